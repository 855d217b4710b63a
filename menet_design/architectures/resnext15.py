"""ResNeXt-15 (arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1), as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.network import Graph, Network, Size, divide
from menet_design.architectures.resnet15 import bottleneck
from menet_design.architectures.table_one import layout

LETTERS = {
    "width": "w",
    "cardinality": "g",
    "stage2_groups": "h",
    "stem": "c",
    "resolution": "r",
    "classes": "n",
}


def multiples(numbers: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 2 * numbers["cardinality"] * numbers["stage2_groups"], "resolution": 32}


def network(
    *,
    width: Size,
    cardinality: Size,
    stage2_groups: Size,
    stem: Size,
    resolution: Size = 224,
    classes: Size = 1000,
    downsampling: str = "concat",
) -> Network:
    """A ResNeXt-15: 3×3 conv, max pool, stages 2 to 4 of grouped bottlenecks 1:2, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(graph: Graph, stage: int, down: bool) -> None:
        channels, groups = width * 2**stage, cardinality if stage else stage2_groups
        bottleneck(graph, channels, divide(channels, 2, "the bottleneck"), groups, downsampling if down else "")

    return layout(unit, "ResNeXt unit", stem, resolution, classes)
