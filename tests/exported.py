"""What the tests of `.pt2` and `.onnx` share: modules to export, and what torch's own counter says of them."""

from math import prod

import torch
from foreign import build
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from menet_design.quiet import quiet


class Shuffles(nn.Module):
    """Grouped convolutions, and between them the shuffle of 12 channels in 3 groups in seven spellings."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(12, 12, 1, groups=3) for _ in range(8))
        self.shuffle = nn.ChannelShuffle(3)
        self.register_buffer("order", torch.arange(12).view(3, 4).t().reshape(-1))

    def forward(self, x):
        convs, (batch, _, height, width) = iter(self.convs), x.shape
        x = next(convs)(x).view(batch, 3, 4, height, width).transpose(1, 2).reshape(x.shape)
        x = next(convs)(x).unflatten(1, (3, 4)).permute(0, 2, 1, 3, 4).flatten(1, 2)
        x = next(convs)(x)[:, self.order]
        x = next(convs)(x)[:, [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]]
        x = torch.stack(next(convs)(x).chunk(3, 1), 2).flatten(1, 2)
        x = self.shuffle(next(convs)(x))
        x = next(convs)(x)
        return next(convs)(torch.cat([x[:, first::4] for first in range(4)], 1))


ORDER = (0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11)


class UNet(nn.Module):
    """Maps of three sizes, down by strides, up by a transposed convolution and by interpolation."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.three = nn.Conv2d(3, 8, 3, 1, 1), nn.Conv2d(8, 16, 3, 2, 1), nn.Conv2d(16, 32, 3, 2, 1)
        self.up, self.middle, self.last = (
            nn.ConvTranspose2d(32, 16, 2, 2, groups=2),
            nn.Conv2d(32, 16, 1),
            nn.Conv2d(24, 2, 1),
        )

    def forward(self, x):
        one = functional.relu(self.one(x))
        two = functional.silu(self.two(one))
        x = self.up(functional.hardswish(self.three(two)))
        x = functional.interpolate(self.middle(torch.cat((x, two), 1)), scale_factor=2.0, mode="bilinear")
        return self.last(torch.cat((x, one), 1))


class Tokens(nn.Module):
    """Patches as tokens, with a token and an embedding beside them, through attention to logits, named."""

    def __init__(self):
        super().__init__()
        self.patches, self.token, self.table = (
            nn.Conv2d(3, 8, 4, 4),
            nn.Parameter(torch.zeros(1, 1, 8)),
            nn.Embedding(10, 8),
        )
        self.norm, self.qkv, self.out, self.head = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8), nn.Linear(8, 5)

    def forward(self, image, words):
        x = self.patches(image).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x, self.table(words)), 1)
        query, key, value = self.qkv(self.norm(x)).unflatten(2, (3, 2, 4)).permute(2, 0, 3, 1, 4).unbind(0)
        attended = functional.scaled_dot_product_attention(query, key, value)
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        return {"logits": self.head(functional.gelu(x[:, 0])), "tokens": x}


EXAMPLES = {
    Shuffles: (torch.rand(1, 12, 6, 5),),
    UNet: (torch.rand(1, 3, 32, 48),),
    Tokens: (torch.rand(1, 3, 8, 12), torch.tensor([[1, 2, 3]])),
}


def macs(graph):
    """The multiply-adds of operations, as torch counts them."""
    return sum(_macs(operation) for operation in graph.operations)


def _macs(op):
    sides = prod(op.output[1:])
    if op.kind == "conv" and op.variant == "transposed":
        return prod(op.kernel) * op.output[0] // op.groups * prod(op.reads[0])
    return {
        "conv": lambda: prod(op.kernel) * op.reads[0][0] // op.groups * prod(op.output),
        "linear": lambda: op.reads[0][0] * prod(op.output),
        "matmul": lambda: op.kernel[0] * prod(op.output),
        "attention": lambda: sides * op.kernel[0] * op.kernel[1] + prod(op.output) * op.kernel[1],
    }.get(op.kind, lambda: 0)()


def parameters(graph):
    return sum(operation.parameters or 0 for operation in graph.operations)


def torch_macs(module, inputs):
    """The multiply-adds that torch's counter finds."""
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(*inputs)
    return counter.get_total_flops() // 2


def randomized(module):
    """The module in evaluation mode, with no two parameters or statistics alike, so that no exporter merges them."""
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
    return module.eval()


def export_pt2(module, inputs, path, dynamic=None):
    with quiet():
        torch.export.save(torch.export.export(module, inputs, strict=False, dynamic_shapes=dynamic), path)
    return path


def export_onnx(module, inputs, path, dynamic=None, opset=18):
    with quiet():
        torch.onnx.export(
            module,
            inputs,
            path,
            dynamo=True,
            external_data=False,
            opset_version=opset,
            dynamic_shapes=dynamic,
            verbose=False,
        )
    return path


def timm_model(name):
    """A model of timm, without weights, and the shape of its input."""
    network = build(f"timm:{name}")
    return randomized(network), network.default_cfg["input_size"]


def rearranged(graph):
    """The kinds and indices of the operations that move channels."""
    return [(op.kind, op.selection) for op in graph.operations if op.selection]
