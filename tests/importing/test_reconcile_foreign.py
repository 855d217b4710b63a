"""What each counter reports of networks of other people, foretold to the integer.

fvcore, ptflops, thop, torchinfo and torch are run. DeepSpeed and calflops are too heavy to install for a test, and
those of earlier years do not stand beside what is installed: heavy_peers.json holds what they reported themselves (null
where they raise), with torch 2.13.0 for the CPU, timm 1.0.31
and pytorchcv 0.0.74, from model = foreign.build(source) and shape = (1, *input), in a process of its own for each:

    deepspeed.profiling.flops_profiler.get_model_profile(model, shape, print_profile=False, as_string=False)[0]
    calflops.calculate_flops(model, shape, print_results=False, output_as_string=False)[0]
    thop.profile(model, (torch.zeros(shape),))[0]
    mmcv/cnn/utils/flops_counter.py: get_model_complexity_info(model, shape[1:], as_strings=False)[0]
"""

import json
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import foreign
import peers
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design import build, network, parse, reconcile
from menet_design.analysis.counters import COUNTERS, EARLIER, VERSIONS
from menet_design.errors import DesignError
from menet_design.importing.modules import record
from menet_design.importing.sources import described

RECORDED = json.loads(Path(__file__).with_name("heavy_peers.json").read_text(encoding="utf-8"))
SOURCES = [source for source in RECORDED["deepspeed"]["flops"] if ":" in source]
QUICK = [
    "pytorchcv:menet108_8x1_g3@224",
    "pytorchcv:mobilenetv3_large_w1@224",
    "pytorchcv:octresnet10_ad2@224",
    "timm:tf_efficientnet_b0@64",
    "timm:convnextv2_atto@64",
    "timm:vit_tiny_patch16_224@224",
]
# thop added in float32 until April 2020.
ROUNDED = ("thop_1912", "thop_2001")
PEERS = {
    "fvcore": peers.fvcore,
    "ptflops_pytorch": partial(peers.ptflops, "pytorch"),
    "ptflops_aten": partial(peers.ptflops, "aten"),
    "torchinfo": peers.torchinfo,
    "torch": peers.torch_counter,
    "thop": peers.thop,  # last: it leaves buffers in the module
}


def reported(module, shape):
    """What the counters report of a module; None of those that fail."""
    found = {}
    for name, peer in PEERS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[name] = peer(module, torch.zeros(1, *shape))
            except Exception:  # whatever they raise at what they do not expect
                found[name] = None
    return found


def assert_foretold(source, module, shape):
    found = reconcile(module, input=shape, allow=["mv"], earlier=True)
    expected = reported(module, shape) | {name: RECORDED[name]["flops"][source] for name in RECORDED}
    for name in ROUNDED:
        expected[name] = expected[name] and pytest.approx(expected[name], rel=1e-6, abs=0)
    assert {name: found.counters[name] for name in expected} == expected
    assert found.counters["torchstat"] is found.counters["torchstat_madd"] is None
    assert {*COUNTERS} - {*expected} == {"imgclsmob", "imgclsmob_flops"}  # figures in print: test_imgclsmob
    for name, total in found.counters.items():
        steps = [each.amount for each in found.steps if each.counter == name]
        assert total is None or found.macs + sum(steps) == total
        assert total is not None or (not steps and name in {remark.counter for remark in found.remarks})


def by_source(source):
    name, _, side = source.partition("@")
    assert_foretold(source, foreign.build(name), (3, int(side), int(side)))


@pytest.mark.parametrize("source", QUICK)
def test_a_network_of_a_library(source):
    by_source(source)


@pytest.mark.slow
@pytest.mark.parametrize("source", [source for source in SOURCES if source not in QUICK])
def test_any_network_of_a_library(source):
    by_source(source)


@pytest.mark.parametrize("name", foreign.HAND_WRITTEN)
def test_a_network_by_hand(name):
    assert_foretold(name, foreign.build(name), foreign.HAND_WRITTEN[name][1])


def test_thirty_networks_and_more_are_compared():
    assert len(SOURCES) >= 50
    assert set(QUICK) <= set(SOURCES)
    stated = {name: VERSIONS.get(name) or EARLIER[name].statement for name in RECORDED}
    assert all(RECORDED[name]["version"] in stated[name] for name in RECORDED)


@pytest.mark.parametrize(
    "name",
    [
        "108-MENet-8x1/3",
        "ShuffleNet-0.5x/3",
        "0.25x MobileNet-224",
        "ResNet-20",
        "EffNet",
        "1x MobileNetV2-224",
        "GoogLeNet",
    ],
)
def test_a_built_in_network_is_counted_as_its_model_is(name):
    design = parse(name)
    shape = (3, design.resolution, design.resolution)
    assert reconcile(build(design), input=shape).counters == reconcile(design).counters


def test_what_is_not_counted_is_said():
    found = reconcile(foreign.Subclasses().eval(), input=(3, 8, 8))
    said = {remark.counter: remark.text for remark in found.remarks}
    assert "1 × foreign.Standardized" in said["thop"]
    assert "1 × foreign.OwnLinear" in said["ptflops_pytorch"]
    assert not {"fvcore", "deepspeed", "torch"} & set(said)
    assert reconcile("108-MENet-8x1/3").remarks == ()


@pytest.mark.parametrize(
    ("name", "counter", "why"),
    [
        ("ByKeyword", "thop", "fails: conv is given its input by name"),
        ("ByKeyword", "deepspeed", "fails: nearest calls torch.nn.functional.interpolate with its input by name"),
        ("Listed", "calflops", "fails: matmul calls torch.einsum with a list of operands"),
        ("Vector", "fvcore", "fails: elementwise calls torch.matmul with a vector"),
    ],
)
def test_why_a_counter_fails_is_said(name, counter, why):
    make, shape = foreign.HAND_WRITTEN[name]
    found = reconcile(make().eval(), input=shape, allow=["mv"])
    assert found.counters[counter] is None
    assert (counter, why) in found.remarks


def test_attention_that_runs_in_one_go_or_not_cannot_be_foretold():
    class Attending(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x):
            return self.attention(x, x, x, need_weights=False)[0]

    found = reconcile(Attending().eval(), input=(5, 8))
    assert {name for name, total in found.counters.items() if total is not None} == {"thop", "torchinfo"}
    assert all(remark.text.startswith(("cannot be told", "does not count")) for remark in found.remarks)


def test_a_file_says_what_is_executed_alone():
    trace = record(foreign.UNet().eval(), [(3, 32, 32)])
    found = reconcile(described(replace(trace, layers=None), "UNet", "unet.pt2", {}))
    assert {name for name, total in found.counters.items() if total is not None} == {"torch"}
    assert found.counters["torch"] == reconcile(foreign.UNet().eval(), input=(3, 32, 32)).counters["torch"]


@pytest.mark.parametrize("fails", [False, True])
def test_the_functions_of_torch_are_as_before(fails):
    class Net(nn.Module):
        def forward(self, x):
            if fails:
                raise ValueError("no")
            return functional.relu(x).mul(2) @ x

    before = functional.relu, torch.mul, torch.einsum, Tensor.mul, Tensor.__matmul__, set(vars(Tensor))
    if fails:
        with pytest.raises(DesignError):
            network(Net(), input=(3, 4, 4))
    else:
        network(Net(), input=(3, 4, 4))
    assert before == (functional.relu, torch.mul, torch.einsum, Tensor.mul, Tensor.__matmul__, set(vars(Tensor)))
