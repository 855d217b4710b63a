"""ShuffleNet v1 (arXiv 1707.01083, Section 3) in the layout of the MENet paper's Table I, as rows of numbers."""

from menet_design.families.architectures.layers import activated, end_unit
from menet_design.families.architectures.table_one import layout
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer

MULTIPLES = {"width": (4, "groups"), "stem": ("groups",)}


def network(
    *, width: Integer, groups: Integer, stem: Integer, resolution: Integer = 224, classes: Integer = 1000
) -> Network:
    """A ShuffleNet: 3×3 conv, max pool, stages 2 to 4 of ShuffleNet units, global average pool, classifier.

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(builder: BlockBuilder, stage: int, down: bool) -> None:
        # The first pointwise conv of stage 2 is not grouped: its input has few channels.
        first_groups = 1 if down and stage == 0 else groups
        _unit(builder, width * 2**stage, groups, first_groups, down)

    return layout(unit, "ShuffleNet unit", stem, resolution, classes)


def _unit(builder: BlockBuilder, channels: Integer, groups: Integer, first_groups: Integer, down: bool) -> None:
    """ShuffleNet unit, standard or downsampling (arXiv 1707.01083, Fig. 2 b and c)."""
    bottleneck = divide(channels, 4, "the bottleneck")
    x = activated(builder, builder.conv("residual.compress", builder.input, bottleneck, groups=first_groups))
    x = builder.shuffle("residual.shuffle", x, groups)
    x = builder.depthwise("residual.depthwise", x, kernel=3, stride=2 if down else 1)
    end_unit(builder, builder.norm("residual.depthwise_norm", x), channels, down, groups)
