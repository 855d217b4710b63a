"""FD-MobileNet (arXiv 1802.03750): MobileNet that halves the map five times in its first 12 layers."""

from menet_design.families.architectures.mobilenet import Width, separable
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Shape

# As MobileNet's, on maps from 56×56 down to 7×7.
STAGES = ((1,), (2,) * 2, (4,) * 2, (8,) * 5 + (16,))
MULTIPLES = {"width": (2,)}


def network(
    *,
    width: Integer,
    image: Shape = (3, 224, 224),
    classes: Integer = 1000,
    round_to: int | None = None,
    small_images: bool = False,
) -> Network:
    """An FD-MobileNet: 3×3 conv, 11 depthwise separable convolutions, global average pool, classifier.

    The first layer, of half the width, and each stage begin with a stride; for small images the first layer has none.
    Channels are rounded to multiples of a number, if one is given. Raises IllegalDesign where the width is odd.
    """
    strides = (1 if small_images else 2, 2)
    return separable(Width(width, round_to), STAGES, strides, image, classes)
