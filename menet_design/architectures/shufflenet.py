"""ShuffleNet v1 (arXiv 1707.01083, Section 3) in the layout of the MENet paper's Table I, as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.layers import join
from menet_design.architectures.network import Graph, Network, Size, divide
from menet_design.architectures.table_one import layout

LETTERS = {"width": "w", "groups": "g", "stem": "c", "resolution": "r", "classes": "n"}


def multiples(numbers: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 4 * numbers["groups"], "stem": numbers["groups"], "resolution": 32}


def network(*, width: Size, groups: Size, stem: Size, resolution: Size = 224, classes: Size = 1000) -> Network:
    """A ShuffleNet: 3×3 conv, max pool, stages 2 to 4 of ShuffleNet units, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(graph: Graph, stage: int, down: bool) -> None:
        # The first pointwise conv of stage 2 is not grouped: its input has few channels.
        first_groups = 1 if down and stage == 0 else groups
        _unit(graph, width * 2**stage, groups, first_groups, down)

    return layout(unit, "ShuffleNet unit", stem, resolution, classes)


def _unit(graph: Graph, channels: Size, groups: Size, first_groups: Size, down: bool) -> None:
    """ShuffleNet unit, standard or downsampling (arXiv 1707.01083, Fig. 2 b and c)."""
    stride = 2 if down else 1
    bottleneck = divide(channels, 4, "the bottleneck")
    x = graph.conv("residual.compress", graph.input, bottleneck, groups=first_groups)
    x = graph.relu("residual.compress_relu", graph.norm("residual.compress_norm", x))
    x = graph.depthwise("residual.depthwise", graph.shuffle("residual.shuffle", x, groups), kernel=3, stride=stride)
    x = graph.norm("residual.depthwise_norm", x)
    x = graph.conv("residual.expand", x, channels - graph.input.channels if down else channels, groups=groups)
    join(graph, graph.norm("residual.expand_norm", x), down)
