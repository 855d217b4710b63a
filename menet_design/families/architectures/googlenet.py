"""GoogLeNet (arXiv 1409.4842, Table 1) without auxiliary classifiers, as rows of numbers."""

from typing import NamedTuple

from menet_design.families.architectures.layers import classifier
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation

MEANINGS = {"width": "width, the output channels of the first convolution"}

WIDTH = 64  # of the first convolution in Table 1


class _Widths(NamedTuple):
    """Output channels of a module's convolutions, in the columns of Table 1; reductions come before 3×3 and 5×5."""

    pointwise: Integer
    reduce3: Integer
    conv3: Integer
    reduce5: Integer
    conv5: Integer
    project: Integer


_MODULES = {
    "stage3": {"a": _Widths(64, 96, 128, 16, 32, 32), "b": _Widths(128, 128, 192, 32, 96, 64)},
    "stage4": {
        "a": _Widths(192, 96, 208, 16, 48, 64),
        "b": _Widths(160, 112, 224, 24, 64, 64),
        "c": _Widths(128, 128, 256, 24, 64, 64),
        "d": _Widths(112, 144, 288, 32, 64, 64),
        "e": _Widths(256, 160, 320, 32, 128, 128),
    },
    "stage5": {"a": _Widths(256, 160, 320, 32, 128, 128), "b": _Widths(384, 192, 384, 48, 128, 128)},
}
MULTIPLES = {"width": (8,)}


def network(
    *, width: Integer = WIDTH, kernel: Integer = 5, resolution: Integer = 224, classes: Integer = 1000
) -> Network:
    """A GoogLeNet: two stages of convolutions, nine Inception modules, global average pool, classifier (Table 1).

    `width` are the channels of the first convolution, with which all others grow; `kernel` is the side of the kernels
    in the 5×5 branch. Raises IllegalDesign where a channel number does not divide.
    """
    first = _stage1(width, resolution)
    second = _stage2(first.last)
    stages: dict[str, Stage] = {"stage1": first, "stage2": second}
    x = second.last
    for stage, modules in _MODULES.items():
        blocks: dict[str, Block] = {}
        for letter, widths in modules.items():
            scaled = _Widths(*(divide(width * channels, WIDTH, "a width of Table 1") for channels in widths))
            blocks[letter] = _module(x, scaled, kernel)
            x = blocks[letter].last
        if stage != "stage5":
            blocks["pool"] = _pool(x)
            x = blocks["pool"].last
        stages[stage] = blocks
    return chain((3, resolution, resolution), {**stages, "classifier": classifier(x, classes)})


def _stage1(width: Integer, resolution: Integer) -> Block:
    """7×7 conv with stride 2, 3×3 max pool with stride 2."""
    builder = BlockBuilder(3, resolution, resolution)
    _halve(builder, "pool", _conv(builder, "conv", builder.input, width, kernel=7, stride=2))
    return builder.block()


def _stage2(x: Operation) -> Block:
    """1×1 and 3×3 conv, 3×3 max pool with stride 2."""
    builder = BlockBuilder(*x.output)
    width = builder.input.channels
    x = _conv(builder, "reduce", builder.input, width)
    _halve(builder, "pool", _conv(builder, "conv", x, 3 * width, kernel=3))
    return builder.block()


def _module(x: Operation, widths: _Widths, kernel: Integer) -> Block:
    """Inception module with dimension reductions (Fig. 2b)."""
    builder = BlockBuilder(*x.output)
    pointwise = _conv(builder, "branch1x1.conv", builder.input, widths.pointwise)
    x = _conv(builder, "branch3x3.reduce", builder.input, widths.reduce3)
    conv3 = _conv(builder, "branch3x3.conv", x, widths.conv3, kernel=3)
    x = _conv(builder, "branch5x5.reduce", builder.input, widths.reduce5)
    conv5 = _conv(builder, "branch5x5.conv", x, widths.conv5, kernel=kernel)
    x = builder.pool("branch_pool.pool", builder.input, "max", kernel=3, stride=1)
    project = _conv(builder, "branch_pool.project", x, widths.project)
    builder.concat("output.concat", pointwise, conv3, conv5, project)
    return builder.block("Inception module")


def _pool(x: Operation) -> Block:
    """The 3×3 max pool with stride 2 that ends a stage of modules."""
    builder = BlockBuilder(*x.output)
    _halve(builder, "max", builder.input)
    return builder.block()


def _conv(
    builder: BlockBuilder, name: str, x: Operation, channels: Integer, kernel: Integer = 1, stride: int = 1
) -> Operation:
    """A convolution with bias, and its ReLU."""
    return builder.relu(f"{name}_relu", builder.conv(name, x, channels, kernel, stride, bias=True))


def _halve(builder: BlockBuilder, name: str, x: Operation) -> Operation:
    """3×3 max pool with stride 2; a row or column that is left over counts as Caffe counts it."""
    return builder.pool(name, x, "max", kernel=3, stride=2, padding=0, ceil=True)
