"""GoogLeNet (arXiv 1409.4842, Table 1) without auxiliary classifiers, as rows of numbers."""

from collections.abc import Mapping
from typing import NamedTuple

from menet_design.architectures.layers import classifier
from menet_design.architectures.network import Block, Graph, Network, Operation, Size, divide

LETTERS = {"width": "w", "kernel": "k", "resolution": "r", "classes": "n"}

MEANINGS = {"width": "width, the output channels of the first convolution"}

WIDTH = 64  # of the first convolution in Table 1


class _Widths(NamedTuple):
    """Output channels of a module's convolutions, in the columns of Table 1; reductions come before 3×3 and 5×5."""

    pointwise: Size
    reduce3: Size
    conv3: Size
    reduce5: Size
    conv5: Size
    project: Size


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


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all halvings of the architecture are exact."""
    return {"width": 8, "resolution": 32}


def network(*, width: Size = WIDTH, kernel: Size = 5, resolution: Size = 224, classes: Size = 1000) -> Network:
    """A GoogLeNet: two stages of convolutions, nine Inception modules, global average pool, classifier (Table 1).

    `width` are the channels of the first convolution, with which all others grow; `kernel` is the side of the kernels
    in the 5×5 branch. Raises IllegalDesign where a channel number does not divide.
    """
    blocks = [_stage1(width, resolution)]
    blocks.append(_stage2(blocks[-1].last))
    for stage, modules in _MODULES.items():
        for letter, widths in modules.items():
            scaled = _Widths(*(divide(width * channels, WIDTH, "a width of Table 1") for channels in widths))
            blocks.append(_module(f"{stage}.{letter}", blocks[-1].last, scaled, kernel))
        if stage != "stage5":
            blocks.append(_pool(f"{stage}.pool", blocks[-1].last))
    return Network((*blocks, classifier(blocks[-1].last, classes)))


def _stage1(width: Size, resolution: Size) -> Block:
    """7×7 conv with stride 2, 3×3 max pool with stride 2."""
    graph = Graph(3, resolution, resolution)
    _halve(graph, "pool", _conv(graph, "conv", graph.input, width, kernel=7, stride=2))
    return graph.block("stage1")


def _stage2(x: Operation) -> Block:
    """1×1 and 3×3 conv, 3×3 max pool with stride 2."""
    graph = Graph(*x.output)
    width = graph.input.channels
    x = _conv(graph, "reduce", graph.input, width)
    _halve(graph, "pool", _conv(graph, "conv", x, 3 * width, kernel=3))
    return graph.block("stage2")


def _module(name: str, x: Operation, widths: _Widths, kernel: Size) -> Block:
    """Inception module with dimension reductions (Fig. 2b)."""
    graph = Graph(*x.output)
    pointwise = _conv(graph, "branch1x1.conv", graph.input, widths.pointwise)
    x = _conv(graph, "branch3x3.reduce", graph.input, widths.reduce3)
    conv3 = _conv(graph, "branch3x3.conv", x, widths.conv3, kernel=3)
    x = _conv(graph, "branch5x5.reduce", graph.input, widths.reduce5)
    conv5 = _conv(graph, "branch5x5.conv", x, widths.conv5, kernel=kernel)
    x = graph.pool("branch_pool.pool", graph.input, "max", kernel=3, stride=1)
    project = _conv(graph, "branch_pool.project", x, widths.project)
    graph.concat("output.concat", pointwise, conv3, conv5, project)
    return graph.block(name, "Inception module")


def _pool(name: str, x: Operation) -> Block:
    """The 3×3 max pool with stride 2 that ends a stage of modules."""
    graph = Graph(*x.output)
    _halve(graph, "max", graph.input)
    return graph.block(name)


def _conv(graph: Graph, name: str, x: Operation, channels: Size, kernel: Size = 1, stride: int = 1) -> Operation:
    """A convolution with bias, and its ReLU."""
    return graph.relu(f"{name}_relu", graph.conv(name, x, channels, kernel, stride, bias=True))


def _halve(graph: Graph, name: str, x: Operation) -> Operation:
    """3×3 max pool with stride 2; a row or column that is left over counts as Caffe counts it."""
    return graph.pool(name, x, "max", kernel=3, stride=2, padding=0, ceil=True)
