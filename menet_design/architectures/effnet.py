"""EffNet (arXiv 1801.06434) as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.effnet_paper import LETTERS, activated, layout
from menet_design.architectures.network import Graph, Network, Size, at_least, divide

__all__ = ["LETTERS", "multiples", "network"]

FEWEST = 6  # channels inside a block


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 2, "resolution": 8}


def network(*, width: Size, resolution: Size = 32, classes: Size = 10) -> Network:
    """An EffNet: three EffNet blocks, the first of them on the image, and a fully connected layer.

    Raises IllegalDesign where the width is odd.
    """
    return layout(_block, _block, width, resolution, classes)


def _block(graph: Graph, channels: Size) -> None:
    """EffNet block: 1×1, depthwise 1×3, pool over the height, depthwise 3×1, strided convolution over the width."""
    inside = at_least(FEWEST, divide(channels, 2, "the first convolution"))
    x = activated(graph, graph.conv("compress", graph.input, inside))
    x = activated(graph, graph.depthwise("row", x, kernel=(1, 3)))
    x = graph.pool("pool", x, "max", kernel=(2, 1), stride=(2, 1))
    x = activated(graph, graph.depthwise("column", x, kernel=(3, 1)))
    activated(graph, graph.conv("expand", x, channels, kernel=(1, 2), stride=(1, 2)))
