"""ResNet-15 (arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1), as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.layers import add, join
from menet_design.architectures.network import Graph, Network, Size, divide
from menet_design.architectures.table_one import layout

LETTERS = {"width": "w", "stem": "c", "resolution": "r", "classes": "n"}


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 4, "resolution": 32}


def network(
    *, width: Size, stem: Size, resolution: Size = 224, classes: Size = 1000, downsampling: str = "projection"
) -> Network:
    """A ResNet-15: 3×3 conv, max pool, stages 2 to 4 of bottlenecks 1:4, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(graph: Graph, stage: int, down: bool) -> None:
        channels = width * 2**stage
        bottleneck(graph, channels, divide(channels, 4, "the bottleneck"), 1, downsampling if down else "")

    return layout(unit, "ResNet unit", stem, resolution, classes)


def bottleneck(graph: Graph, channels: Size, narrow: Size, groups: Size, downsampling: str) -> None:
    """Bottleneck of ResNet (arXiv 1512.03385, Fig. 5) or, with groups, ResNeXt (arXiv 1611.05431, Fig. 3c).

    `downsampling` is empty in a standard unit; in the others the 3×3 convolution has the stride.
    """
    emitted = channels - graph.input.channels if downsampling == "concat" else channels
    x = graph.conv("residual.compress", graph.input, narrow)
    x = graph.relu("residual.compress_relu", graph.norm("residual.compress_norm", x))
    x = graph.conv("residual.conv", x, narrow, kernel=3, stride=2 if downsampling else 1, groups=groups)
    x = graph.relu("residual.conv_relu", graph.norm("residual.conv_norm", x))
    x = graph.norm("residual.expand_norm", graph.conv("residual.expand", x, emitted))
    if downsampling == "projection":
        shortcut = graph.conv("projection.conv", graph.input, channels, stride=2)
        add(graph, x, graph.norm("projection.norm", shortcut))
    else:
        join(graph, x, down=downsampling == "concat")
