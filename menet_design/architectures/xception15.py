"""Xception-15 (arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1), as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.layers import join
from menet_design.architectures.network import Graph, Network, Size, divide
from menet_design.architectures.table_one import layout

LETTERS = {"width": "w", "stem": "c", "resolution": "r", "classes": "n"}


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 4, "resolution": 32}


def network(*, width: Size, stem: Size, resolution: Size = 224, classes: Size = 1000) -> Network:
    """An Xception-15: 3×3 conv, max pool, stages 2 to 4 of Xception-like units, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(graph: Graph, stage: int, down: bool) -> None:
        _unit(graph, width * 2**stage, down)

    return layout(unit, "Xception unit", stem, resolution, classes)


def _unit(graph: Graph, channels: Size, down: bool) -> None:
    """ShuffleNet's unit with one group: 1×1, depthwise 3×3 without a ReLU, 1×1."""
    bottleneck = divide(channels, 4, "the bottleneck")
    x = graph.conv("residual.compress", graph.input, bottleneck)
    x = graph.relu("residual.compress_relu", graph.norm("residual.compress_norm", x))
    x = graph.depthwise("residual.depthwise", x, kernel=3, stride=2 if down else 1)
    x = graph.norm("residual.depthwise_norm", x)
    x = graph.conv("residual.expand", x, channels - graph.input.channels if down else channels)
    join(graph, graph.norm("residual.expand_norm", x), down)
