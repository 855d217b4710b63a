"""What other counters report when they are run, and a network with a layer of each kind."""

import contextlib
import sys
import warnings
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from menet_design.analysis.cost import count
from menet_design.analysis.counters import COUNTERS
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain

# pytorchcv installs torchvision, which cannot be imported beside a torch for the CPU; ptflops does without it.
sys.modules.setdefault("torchvision", None)


class AllKinds(nn.Module):
    """A layer of each kind that a network here has, with biases, ceilings and odd sizes."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.max_pool = nn.Conv2d(3, 6, 5, 2, 2), nn.BatchNorm2d(6), nn.MaxPool2d(3, 2)
        self.grouped, self.average = nn.Conv2d(6, 8, (1, 3), groups=2, bias=False), nn.AvgPool2d(2, ceil_mode=True)
        self.fc, self.logits = nn.Linear(8 * 4 * 3, 11), nn.Linear(11, 7)

    def forward(self, x):
        x = self.max_pool(functional.leaky_relu(self.norm(self.conv(x))))
        x = self.grouped(torch.cat((x[:, 3:], x[:, :3]), 1))
        x = self.average(functional.relu6(functional.relu(x * torch.sigmoid(x) + x)))
        return self.logits(functional.relu(self.fc(x.flatten(1))))


def all_kinds():
    """The same network as rows of numbers, for images of 33×33."""
    builder = BlockBuilder(3, 33, 33)
    x = builder.norm("norm", builder.conv("conv", builder.input, 6, 5, 2, bias=True))  # 17×17
    x = builder.pool("max_pool", builder.leaky_relu("leaky", x), "max", 3, 2, padding=0)  # 8×8
    x = builder.conv("grouped", builder.shuffle("shuffle", x, 2), 8, (1, 3), groups=2, padding=0)  # 8×6
    x = builder.add("add", builder.product("product", x, builder.sigmoid("sigmoid", x)), x)
    x = builder.relu6("relu6", builder.relu("relu", x))
    x = builder.pool("average", x, "average", 2, 2, padding=0, ceil=True)  # 4×3
    builder.linear("logits", builder.relu("relu_fc", builder.linear("fc", x, 11)), 7)
    return chain((3, 33, 33), {"all": builder.block()})


def by_hand(counter):
    """What the closed form says of the network of all kinds."""
    return count(all_kinds(), COUNTERS[counter]).macs


def fvcore(model, images):
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(model, images).unsupported_ops_warnings(False).tracer_warnings("none")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", FutureWarning)  # fvcore traces with torch.jit, which torch deprecates
        return analysis.total()


def ptflops(backend, model, images):
    from ptflops import get_model_complexity_info

    shape = tuple(images.shape[1:])
    with torch.no_grad():
        return get_model_complexity_info(model, shape, print_per_layer_stat=False, as_strings=False, backend=backend)[0]


def thop(model, images):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it compares versions with distutils
        from thop import profile
    return profile(model, (images,), verbose=False)[0]


def torchinfo(model, images):
    from torchinfo import summary

    return summary(model, input_data=images, verbose=0, device="cpu").total_mult_adds


def torch_counter(model, images):
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(images)
    return counter.get_total_flops()


# The functions that DeepSpeed counts at one an element of what they read.
_OF_INPUTS = ("relu", "relu6", "leaky_relu", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d")


def deepspeed(model, images):
    """The rules of DeepSpeed 0.19.8, which calflops 0.3.2 shares, at the functions that both replace.

    Their packages are too heavy for a test; `analysis/heavy_peers.json` holds what their own code reports.
    """
    flops = []

    def counted(function, rule, *given, **options):
        made = function(*given, **options)
        flops.append(rule(made, *given))
        return made

    def conv(made, _, weight, bias, *__):
        return (2 * weight[0].numel() + (bias is not None)) * made.numel()

    def linear(made, images, *_):
        return 2 * images.numel() * made.shape[1]

    rules = {"conv2d": conv, "linear": linear, "batch_norm": lambda made, *_: 2 * made.numel()}
    rules |= dict.fromkeys(_OF_INPUTS, lambda _, read, *__: read.numel())
    with contextlib.ExitStack() as undo, torch.no_grad():
        patch = undo.enter_context(pytest.MonkeyPatch.context())
        for name, rule in rules.items():
            patch.setattr(functional, name, partial(counted, getattr(functional, name), rule))
        model(images)
    return sum(flops)


def of_all_kinds(peer):
    """What a counter reports of the network of all kinds."""
    return peer(AllKinds().eval(), torch.zeros(1, 3, 33, 33))
