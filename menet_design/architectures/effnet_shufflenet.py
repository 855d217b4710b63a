"""The ShuffleNet of the EffNet paper (arXiv 1801.06434) as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.effnet_paper import LETTERS, activated, convolution, layout
from menet_design.architectures.network import Graph, Network, Size, divide

__all__ = ["LETTERS", "multiples", "network"]

GROUPS = 4


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 2 * GROUPS, "resolution": 8}


def network(*, width: Size, resolution: Size = 32, classes: Size = 10) -> Network:
    """3×3 conv and max pool, two bottlenecks with stride 2 and grouped 1×1 convs, and a fully connected layer.

    Raises IllegalDesign where the first bottleneck, half the width, does not split into 4 groups.
    """
    return layout(convolution, _bottleneck, width, resolution, classes)


def _bottleneck(graph: Graph, channels: Size) -> None:
    x = graph.conv("compress", graph.input, divide(channels, 4, "the bottleneck"), groups=GROUPS)
    x = graph.shuffle("shuffle", activated(graph, x), GROUPS)
    x = activated(graph, graph.depthwise("depthwise", x, kernel=3, stride=2))
    activated(graph, graph.conv("expand", x, channels, groups=GROUPS))
