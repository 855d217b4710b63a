"""The baseline of the EffNet paper (arXiv 1801.06434) as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.effnet_paper import LETTERS, convolution, layout
from menet_design.architectures.network import Network, Size

__all__ = ["LETTERS", "multiples", "network"]


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"resolution": 8}


def network(*, width: Size, resolution: Size = 32, classes: Size = 10) -> Network:
    """Three times 3×3 conv and 2×2 max pool, and a fully connected layer."""
    return layout(convolution, convolution, width, resolution, classes)
