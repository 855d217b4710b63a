"""The baseline of the EffNet paper (arXiv 1801.06434) as rows of numbers."""

from menet_design.families.architectures.effnet_paper import convolution, layout
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Shape


def network(*, width: Integer, image: Shape = (3, 32, 32), classes: Integer = 10) -> Network:
    """Three times 3×3 conv and 2×2 max pool, and a fully connected layer."""
    return layout(convolution, convolution, width, image, classes)
