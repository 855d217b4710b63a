"""EffNet (arXiv 1801.06434) as rows of numbers."""

from menet_design.families.architectures.effnet_paper import activated, layout
from menet_design.graph.builder import BlockBuilder, at_least, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Shape

FEWEST = 6  # channels inside a block
MULTIPLES = {"width": (2,)}


def network(*, width: Integer, image: Shape = (3, 32, 32), classes: Integer = 10) -> Network:
    """An EffNet: three EffNet blocks, the first of them on the image, and a fully connected layer.

    Raises IllegalDesign where the width is odd.
    """
    return layout(_block, _block, width, image, classes)


def _block(builder: BlockBuilder, channels: Integer) -> None:
    """EffNet block: 1×1, depthwise 1×3, pool over the height, depthwise 3×1, strided convolution over the width."""
    inside = at_least(FEWEST, divide(channels, 2, "the first convolution"))
    x = activated(builder, builder.conv("compress", builder.input, inside))
    x = activated(builder, builder.depthwise("row", x, kernel=(1, 3)))
    x = builder.pool("pool", x, "max", kernel=(2, 1), stride=(2, 1))
    x = activated(builder, builder.depthwise("column", x, kernel=(3, 1)))
    activated(builder, builder.conv("expand", x, channels, kernel=(1, 2), stride=(1, 2)))
