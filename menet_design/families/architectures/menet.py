"""MENet (arXiv 1803.09127, Section III): ME modules in three stages, as rows of numbers."""

from menet_design.families.architectures.layers import activated, end_unit
from menet_design.families.architectures.table_one import layout
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Operation

MULTIPLES = {"width": (4, "groups"), "stem": ("groups",)}


def network(
    *,
    width: Integer,
    fusion: Integer,
    expansion: Integer,
    groups: Integer,
    stem: Integer,
    resolution: Integer = 224,
    classes: Integer = 1000,
    combine: str = "product",
) -> Network:
    """A MENet: 3×3 conv, max pool, stages 2 to 4 of ME modules, global average pool, classifier (Table I).

    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(builder: BlockBuilder, stage: int, down: bool) -> None:
        fused = divide(fusion * expansion**stage, 1, f"the fusion width of stage {stage + 2}")
        # The first pointwise conv of stage 2 is not grouped.
        first_groups = 1 if down and stage == 0 else groups
        _module(builder, width * 2**stage, fused, groups, first_groups, down, combine)

    return layout(unit, "ME module", stem, resolution, classes, branches=("fusion",))


def _module(
    builder: BlockBuilder,
    channels: Integer,
    fused: Integer,
    groups: Integer,
    first_groups: Integer,
    down: bool,
    combine: str,
) -> None:
    """ME module, standard or downsampling, with its three branches (Fig. 3)."""
    stride = 2 if down else 1
    bottleneck = divide(channels, 4, "the bottleneck")
    x = activated(builder, builder.conv("residual.compress", builder.input, bottleneck, groups=first_groups))
    squeezed = builder.shuffle("residual.shuffle", x, groups)
    x = builder.depthwise("residual.depthwise", squeezed, kernel=3, stride=stride)
    x = _fuse(builder, squeezed, builder.norm("residual.depthwise_norm", x), fused, stride, combine)
    end_unit(builder, x, channels, down, groups)


def _fuse(
    builder: BlockBuilder, squeezed: Operation, residual: Operation, fused: Integer, stride: int, combine: str
) -> Operation:
    """Merging and evolution (Eq. 4 to 6), combined with the residual branch (Eq. 7, Table VII)."""
    x = activated(builder, builder.conv("fusion.merge", squeezed, fused))
    x = activated(builder, builder.conv("fusion.evolve", x, fused, kernel=3, stride=stride))
    x = builder.norm("fusion.match_norm", builder.conv("fusion.match", x, residual.channels))
    if combine == "add":
        return builder.add("fusion.add", residual, x)
    return builder.product("fusion.product", residual, builder.sigmoid("fusion.sigmoid", x))
