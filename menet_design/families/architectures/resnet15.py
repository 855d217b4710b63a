"""ResNet-15 (arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1), as rows of numbers."""

from menet_design.families.architectures.layers import activated, add, end_unit
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
    downsampling: str = "projection",
    small_images: bool = False,
) -> Network:
    """A ResNet-15: 3×3 conv, max pool, stages 2 to 4 of bottlenecks 1:4, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(builder: BlockBuilder, stage: int, down: bool) -> None:
        channels = width * 2**stage
        bottleneck(builder, channels, divide(channels, 4, "the bottleneck"), 1, downsampling if down else "")

    return layout(unit, "ResNet unit", stem, image, classes, small_images=small_images)


def bottleneck(builder: BlockBuilder, channels: Integer, narrow: Integer, groups: Integer, downsampling: str) -> None:
    """Bottleneck of ResNet (arXiv 1512.03385, Fig. 5) or, with groups, ResNeXt (arXiv 1611.05431, Fig. 3c).

    `downsampling` is empty in a standard unit; in the others the 3×3 convolution has the stride.
    """
    x, stride = activated(builder, builder.conv("residual.compress", builder.input, narrow)), 2 if downsampling else 1
    x = activated(builder, builder.conv("residual.conv", x, narrow, kernel=3, stride=stride, groups=groups))
    if downsampling == "projection":
        x = builder.norm("residual.expand_norm", builder.conv("residual.expand", x, channels))
        shortcut = builder.conv("projection.conv", builder.input, channels, stride=2)
        add(builder, x, builder.norm("projection.norm", shortcut))
    else:
        end_unit(builder, x, channels, down=downsampling == "concat")
