"""MENet (arXiv 1803.09127, Section III): ME modules in three stages, as rows of numbers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from menet_design.families.architectures.layers import activated, end_unit
from menet_design.families.architectures.table_one import BLOCKS, layout
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Operation, Shape

MULTIPLES = {"width": (4, "groups"), "stem": ("groups",)}


def network(
    *,
    width: Integer,
    fusion: Integer,
    expansion: Integer,
    groups: Integer,
    stem: Integer,
    image: Shape = (3, 224, 224),
    classes: Integer = 1000,
    combine: str = "product",
    blocks: Sequence[int] = BLOCKS,
    widths: Sequence[Integer] | None = None,
    fusions: Sequence[Integer] | None = None,
    shuffle_groups: Integer | None = None,
    small_images: bool = False,
) -> Network:
    """A MENet: 3×3 conv, max pool, stages 2 to 4 of ME modules, global average pool, classifier (Table I).

    `widths` and `fusions` by stage, and the groups of the shuffle, follow from the other numbers unless they are given.
    Raises IllegalDesign where a channel number does not divide.
    """

    def unit(builder: BlockBuilder, stage: int, down: bool) -> None:
        grown = fusion * expansion**stage if fusions is None else fusions[stage]
        fused = divide(grown, 1, f"the fusion width of stage {stage + 2}")
        channels = width * 2**stage if widths is None else widths[stage]
        # The first pointwise conv of stage 2 is not grouped.
        split = _Groups(1 if down and stage == 0 else groups, shuffle_groups or groups, groups)
        _module(builder, channels, fused, split, down, combine)

    fixed: dict[str, Any] = {"branches": ("fusion",), "blocks": blocks, "small_images": small_images}
    return layout(unit, "ME module", stem, image, classes, **fixed)


class _Groups(NamedTuple):
    """The groups of the two pointwise convolutions of a module, and those of the shuffle between them."""

    first: Integer
    shuffle: Integer
    last: Integer


def _module(
    builder: BlockBuilder,
    channels: Integer,
    fused: Integer,
    groups: _Groups,
    down: bool,
    combine: str,
) -> None:
    """ME module, standard or downsampling, with its three branches (Fig. 3)."""
    stride = 2 if down else 1
    bottleneck = divide(channels, 4, "the bottleneck")
    x = activated(builder, builder.conv("residual.compress", builder.input, bottleneck, groups=groups.first))
    squeezed = builder.shuffle("residual.shuffle", x, groups.shuffle)
    x = builder.depthwise("residual.depthwise", squeezed, kernel=3, stride=stride)
    x = _fuse(builder, squeezed, builder.norm("residual.depthwise_norm", x), fused, stride, combine)
    end_unit(builder, x, channels, down, groups.last)


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
