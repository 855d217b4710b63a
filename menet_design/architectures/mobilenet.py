"""MobileNet v1 (arXiv 1704.04861, Table 1): depthwise separable convolutions in five stages, as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.layers import classifier
from menet_design.architectures.network import Block, Graph, Network, Operation, Size, divide

LETTERS = {"width": "w", "resolution": "r", "classes": "n"}

# Depthwise separable convolutions at each resolution, from 112×112 down to 7×7.
PAIRS = (1, 2, 2, 6, 2)


def multiples(numbers: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 2, "resolution": 32}


def network(*, width: Size, resolution: Size = 224, classes: Size = 1000) -> Network:
    """A MobileNet: 3×3 conv, 13 depthwise separable convolutions, global average pool, classifier.

    Channels double with each stage, the first depthwise convolution of which carries the stride; so does the first
    layer, of half the width. Table 1 prints a stride for the last depthwise convolution too, and a size that it
    leaves as it is. Raises IllegalDesign where the width is odd.
    """
    blocks = [_first(divide(width, 2, "the first convolution"), resolution)]
    for stage, pairs in enumerate(PAIRS, 1):
        channels = width * 2 ** (stage - 1)
        blocks.append(_pair(f"stage{stage}.0", blocks[-1].last, channels, stride=1 if stage == 1 else 2))
        standard = _pair("", blocks[-1].last, channels, stride=1)
        blocks += [standard._replace(name=f"stage{stage}.{index}") for index in range(1, pairs)]
    return Network((*blocks, classifier(blocks[-1].last, classes)))


def _first(channels: Size, resolution: Size) -> Block:
    """3×3 conv with stride 2."""
    graph = Graph(3, resolution, resolution)
    _normed(graph, "", graph.conv("conv", graph.input, channels, kernel=3, stride=2))
    return graph.block("conv1")


def _pair(name: str, before: Operation, channels: Size, stride: int) -> Block:
    """Depthwise separable convolution: 3×3 depthwise, then 1×1, each with batch norm and ReLU (Fig. 3, right)."""
    graph = Graph(*before.output)
    x = _normed(graph, "depthwise.", graph.depthwise("depthwise.conv", graph.input, kernel=3, stride=stride))
    _normed(graph, "pointwise.", graph.conv("pointwise.conv", x, channels))
    return graph.block(name, "depthwise separable")


def _normed(graph: Graph, prefix: str, x: Operation) -> Operation:
    """Batch norm and ReLU, as after every convolution."""
    return graph.relu(f"{prefix}relu", graph.norm(f"{prefix}norm", x))
