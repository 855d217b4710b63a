"""MobileNetV2 (arXiv 1801.04381, Table 2): inverted residuals with linear bottlenecks, as rows of numbers."""

from typing import NamedTuple

from menet_design.families.architectures.layers import classifier
from menet_design.families.mobilenet_v2 import EXPANSION, scaled
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation, Shape

# Channels are rounded, which no polynomial says: a formula is one of a width.
LETTERS = {"expansion": "t", "stem": "c", "head": "h", "resolution": "r", "classes": "n"}

MEANINGS = {"expansion": "expansion, how many times the channels of its input a block has inside"}


class _Row(NamedTuple):
    """A row of Table 2: channels of a bottleneck, how often it is repeated, and the stride of the first."""

    channels: int
    repeats: int
    stride: int


# The rows at each resolution, from 112×112 down to 7×7.
TABLE_2 = (
    (_Row(16, 1, 1),),
    (_Row(24, 2, 2),),
    (_Row(32, 3, 2),),
    (_Row(64, 4, 2), _Row(96, 3, 1)),
    (_Row(160, 3, 2), _Row(320, 1, 1)),
)


def network(
    *,
    width: int,
    stem: Integer,
    head: Integer,
    expansion: Integer = EXPANSION,
    variant: str = "torchvision",
    image: Shape = (3, 224, 224),
    classes: Integer = 1000,
    small_images: bool = False,
) -> Network:
    """A MobileNetV2: 3×3 conv, 17 inverted residuals in five stages, 1×1 conv, global average pool, classifier.

    The block of the first stage expands by 1: without a convolution, or with one, as the variant has it.
    """
    last = _convolution(image, stem, kernel=3, stride=1 if small_images else 2)
    stages: dict[str, Stage] = {"conv1": last}
    for stage, rows in enumerate(TABLE_2, 1):
        times = expansion if stage > 1 else int(variant == "pytorchcv")
        blocks: list[Block] = []
        for row in rows:
            channels = scaled(row.channels, width, variant)
            first = _inverted_residual(last.last, channels, times, row.stride)
            last = _inverted_residual(first.last, channels, times) if row.repeats > 1 else first
            blocks += [first, *[last] * (row.repeats - 1)]
        stages[f"stage{stage}"] = blocks
    last = stages["head"] = _convolution(last.last.output, head)
    end = classifier if variant == "torchvision" else _unbiased
    return chain(image, {**stages, "classifier": end(last.last, classes)})


def _convolution(read: Shape, channels: Integer, kernel: int = 1, stride: int = 1) -> Block:
    """A convolution, batch norm, ReLU6."""
    builder = BlockBuilder(*read)
    _activated(builder, "", builder.conv("conv", builder.input, channels, kernel, stride))
    return builder.block()


def _inverted_residual(x: Operation, channels: Integer, times: Integer, stride: int = 1) -> Block:
    """1×1 to so many times the channels (0: not at all), 3×3 depthwise, linear 1×1; an input of that shape is added."""
    builder = BlockBuilder(*x.output)
    inside = y = builder.input
    if times != 0:
        inside = _activated(builder, "expand.", builder.conv("expand.conv", y, times * y.channels))
    inside = _activated(builder, "depthwise.", builder.depthwise("depthwise.conv", inside, kernel=3, stride=stride))
    projected = builder.norm("project.norm", builder.conv("project.conv", inside, channels))
    if stride == 1 and y.channels == channels:
        builder.add("output.add", projected, y)
    return builder.block("inverted residual")


def _activated(builder: BlockBuilder, prefix: str, x: Operation) -> Operation:
    """Batch norm and ReLU6, as after every convolution but those to a bottleneck."""
    return builder.relu6(f"{prefix}relu6", builder.norm(f"{prefix}norm", x))


def _unbiased(x: Operation, classes: Integer) -> Block:
    """Global average pool and a classifier without bias: a 1×1 convolution."""
    builder = BlockBuilder(*x.output)
    builder.conv("fc", builder.global_pool("pool", builder.input), classes)
    return builder.block()
