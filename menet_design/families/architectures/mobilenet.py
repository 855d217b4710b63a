"""MobileNet v1 (arXiv 1704.04861, Table 1): depthwise separable convolutions in five stages, as rows of numbers."""

from menet_design.families.architectures.layers import classifier, convolution
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation

# Depthwise separable convolutions at each resolution, from 112×112 down to 7×7.
PAIRS = (1, 2, 2, 6, 2)
MULTIPLES = {"width": (2,)}


def network(*, width: Integer, resolution: Integer = 224, classes: Integer = 1000) -> Network:
    """A MobileNet: 3×3 conv, 13 depthwise separable convolutions, global average pool, classifier.

    Channels double with each stage, the first depthwise convolution of which carries the stride; so does the first
    layer, of half the width. Table 1 prints a stride for the last depthwise convolution too, and a size that it
    leaves as it is. Raises IllegalDesign where the width is odd.
    """
    image = (3, resolution, resolution)
    last = convolution(image, divide(width, 2, "the first convolution"), kernel=3, stride=2)
    stages: dict[str, Stage] = {"conv1": last}
    for stage, pairs in enumerate(PAIRS, 1):
        channels = width * 2 ** (stage - 1)
        first = _pair(last.last, channels, stride=1 if stage == 1 else 2)
        last = _pair(first.last, channels, stride=1)
        stages[f"stage{stage}"] = [first, *[last] * (pairs - 1)]
    stages["classifier"] = classifier(last.last, classes)
    return chain(image, stages)


def _pair(before: Operation, channels: Integer, stride: int) -> Block:
    """Depthwise separable convolution: 3×3 depthwise, then 1×1, each with batch norm and ReLU (Fig. 3, right)."""
    builder = BlockBuilder(*before.output)
    x = _normed(builder, "depthwise.", builder.depthwise("depthwise.conv", builder.input, kernel=3, stride=stride))
    _normed(builder, "pointwise.", builder.conv("pointwise.conv", x, channels))
    return builder.block("depthwise separable")


def _normed(builder: BlockBuilder, prefix: str, x: Operation) -> Operation:
    """Batch norm and ReLU, as after every convolution."""
    return builder.relu(f"{prefix}relu", builder.norm(f"{prefix}norm", x))
