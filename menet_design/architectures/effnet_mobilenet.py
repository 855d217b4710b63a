"""The MobileNet of the EffNet paper (arXiv 1801.06434) as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.effnet_paper import LETTERS, activated, convolution, layout
from menet_design.architectures.network import Graph, Network, Size

__all__ = ["LETTERS", "multiples", "network"]


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"resolution": 8}


def network(*, width: Size, resolution: Size = 32, classes: Size = 10) -> Network:
    """3×3 conv and max pool, two depthwise separable convolutions with stride 2, and a fully connected layer."""
    return layout(convolution, _separable, width, resolution, classes)


def _separable(graph: Graph, channels: Size) -> None:
    x = activated(graph, graph.depthwise("depthwise", graph.input, kernel=3, stride=2))
    activated(graph, graph.conv("pointwise", x, channels))
