"""Xception-15 (arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1), as rows of numbers."""

from menet_design.families.architectures.layers import activated, end_unit
from menet_design.families.architectures.table_one import layout
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Shape

MULTIPLES = {"width": (4,)}


def network(
    *,
    width: Integer,
    stem: Integer,
    image: Shape = (3, 224, 224),
    classes: Integer = 1000,
    small_images: bool = False,
) -> Network:
    """An Xception-15: 3×3 conv, max pool, stages 2 to 4 of Xception-like units, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(builder: BlockBuilder, stage: int, down: bool) -> None:
        _unit(builder, width * 2**stage, down)

    return layout(unit, "Xception unit", stem, image, classes, small_images=small_images)


def _unit(builder: BlockBuilder, channels: Integer, down: bool) -> None:
    """ShuffleNet's unit with one group: 1×1, depthwise 3×3 without a ReLU, 1×1."""
    bottleneck = divide(channels, 4, "the bottleneck")
    x = activated(builder, builder.conv("residual.compress", builder.input, bottleneck))
    x = builder.depthwise("residual.depthwise", x, kernel=3, stride=2 if down else 1)
    end_unit(builder, builder.norm("residual.depthwise_norm", x), channels, down)
