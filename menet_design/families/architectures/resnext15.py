"""ResNeXt-15 (arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1), as rows of numbers."""

from menet_design.families.architectures.resnet15 import bottleneck
from menet_design.families.architectures.table_one import layout
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Shape

MULTIPLES = {"width": (2, "cardinality", "stage2_groups")}


def network(
    *,
    width: Integer,
    cardinality: Integer,
    stage2_groups: Integer,
    stem: Integer,
    image: Shape = (3, 224, 224),
    classes: Integer = 1000,
    downsampling: str = "concat",
    small_images: bool = False,
) -> Network:
    """A ResNeXt-15: 3×3 conv, max pool, stages 2 to 4 of grouped bottlenecks 1:2, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(builder: BlockBuilder, stage: int, down: bool) -> None:
        channels, groups = width * 2**stage, cardinality if stage else stage2_groups
        bottleneck(builder, channels, divide(channels, 2, "the bottleneck"), groups, downsampling if down else "")

    return layout(unit, "ResNeXt unit", stem, image, classes, small_images=small_images)
