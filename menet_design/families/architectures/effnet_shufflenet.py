"""The ShuffleNet of the EffNet paper (arXiv 1801.06434) as rows of numbers."""

from menet_design.families.architectures.effnet_paper import activated, convolution, layout
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Shape

GROUPS = 4
MULTIPLES = {"width": (2 * GROUPS,)}


def network(*, width: Integer, image: Shape = (3, 32, 32), classes: Integer = 10) -> Network:
    """3×3 conv and max pool, two bottlenecks with stride 2 and grouped 1×1 convs, and a fully connected layer.

    Raises IllegalDesign where the first bottleneck, half the width, does not split into 4 groups.
    """
    return layout(convolution, _bottleneck, width, image, classes)


def _bottleneck(builder: BlockBuilder, channels: Integer) -> None:
    x = builder.conv("compress", builder.input, divide(channels, 4, "the bottleneck"), groups=GROUPS)
    x = builder.shuffle("shuffle", activated(builder, x), GROUPS)
    x = activated(builder, builder.depthwise("depthwise", x, kernel=3, stride=2))
    activated(builder, builder.conv("expand", x, channels, groups=GROUPS))
