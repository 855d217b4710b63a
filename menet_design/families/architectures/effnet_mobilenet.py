"""The MobileNet of the EffNet paper (arXiv 1801.06434) as rows of numbers."""

from menet_design.families.architectures.effnet_paper import activated, convolution, layout
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Shape


def network(*, width: Integer, image: Shape = (3, 32, 32), classes: Integer = 10) -> Network:
    """3×3 conv and max pool, two depthwise separable convolutions with stride 2, and a fully connected layer."""
    return layout(convolution, _separable, width, image, classes)


def _separable(builder: BlockBuilder, channels: Integer) -> None:
    x = activated(builder, builder.depthwise("depthwise", builder.input, kernel=3, stride=2))
    activated(builder, builder.conv("pointwise", x, channels))
