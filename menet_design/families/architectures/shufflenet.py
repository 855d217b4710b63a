"""ShuffleNet v1 (arXiv 1707.01083, Section 3) in the layout of the MENet paper's Table I, as rows of numbers."""

from collections.abc import Sequence
from typing import Any

from menet_design.families.architectures.layers import activated, end_unit
from menet_design.families.architectures.table_one import BLOCKS, layout
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Network
from menet_design.graph.operation import Integer, Operation, Shape

MULTIPLES = {"width": (4, "groups"), "stem": ("groups",)}


def network(
    *,
    width: Integer,
    groups: Integer,
    stem: Integer,
    image: Shape = (3, 224, 224),
    classes: Integer = 1000,
    variant: str = "paper",
    blocks: Sequence[int] = BLOCKS,
    widths: Sequence[Integer] | None = None,
    shuffle_groups: Integer | None = None,
    small_images: bool = False,
) -> Network:
    """A ShuffleNet: 3×3 conv, max pool, stages 2 to 4 of ShuffleNet units, global average pool, classifier.

    The classifier of the variant "megvii" has no bias. `widths` by stage and the groups of the shuffle follow from the
    other numbers unless they are given. Raises IllegalDesign where a channel number does not divide.
    """

    def unit(builder: BlockBuilder, stage: int, down: bool) -> None:
        # The first pointwise conv of stage 2 is not grouped: its input has few channels.
        first_groups = 1 if down and stage == 0 else groups
        channels = width * 2**stage if widths is None else widths[stage]
        x = _shuffled(builder, channels, first_groups, shuffle_groups or groups)
        x = builder.depthwise("residual.depthwise", x, kernel=3, stride=2 if down else 1)
        end_unit(builder, builder.norm("residual.depthwise_norm", x), channels, down, groups)

    fixed: dict[str, Any] = {"bias": variant == "paper", "blocks": blocks, "small_images": small_images}
    return layout(unit, "ShuffleNet unit", stem, image, classes, **fixed)


def _shuffled(builder: BlockBuilder, channels: Integer, groups: Integer, shuffle_groups: Integer) -> Operation:
    """The bottleneck of a unit (arXiv 1707.01083, Fig. 2 b and c): a quarter of its channels, shuffled."""
    bottleneck = divide(channels, 4, "the bottleneck")
    x = activated(builder, builder.conv("residual.compress", builder.input, bottleneck, groups=groups))
    return builder.shuffle("residual.shuffle", x, shuffle_groups)
