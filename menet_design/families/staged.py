"""What may be chosen freely in MENet and ShuffleNet: blocks and widths by stage, the groups of the shuffle.

The papers' networks have 3, 7 and 3 standard units after each downsampling one, channels that double from stage to
stage, and shuffles of as many groups as the convolutions around them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Design
from menet_design.values import MAX_CHANNELS, check_whole, listed

STAGES = 3
BLOCKS = (3, 7, 3)
_MOST_BLOCKS = 1000


@dataclass(frozen=True, kw_only=True, repr=False)
class SmallImages(Design):
    """A network whose first layer halves the map, once with the pool behind it.

    `small_images`: the first convolution has stride 1 and no pool stands behind it, as in networks for CIFAR. `_spared`
    are the halvings that it spares.
    """

    _spared: ClassVar[int] = 1
    optional: ClassVar[tuple[str, ...]] = (*Design.optional, "small_images")

    small_images: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.small_images, bool):
            raise TypeError(f"small_images is true or false, not {self.small_images!r:.20}")
        super().__post_init__()

    @property
    def _halved(self) -> int:
        """How often this very design halves its map."""
        return self._halvings - self._spared * self.small_images


@dataclass(frozen=True, kw_only=True, repr=False)
class Staged(SmallImages):
    """Three stages of units with a bottleneck of a quarter, which a shuffle follows.

    `width` are the output channels of the first stage, `widths` those of all three where they do not double; `blocks`
    the standard units of each; `shuffle_groups` those of the shuffles where they are others than the convolutions'.
    """

    _spared: ClassVar[int] = 2
    optional: ClassVar[tuple[str, ...]] = (*SmallImages.optional, "blocks", "widths", "shuffle_groups")

    width: int
    groups: int
    blocks: tuple[int, ...] = BLOCKS
    widths: tuple[int, ...] | None = None
    shuffle_groups: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("blocks", by_stage("blocks", self.blocks, _MOST_BLOCKS))
        doubled = tuple(self.width * 2**stage for stage in range(STAGES))
        widths = doubled if self.widths is None else by_stage("widths", self.widths)
        self._check_widths(widths)
        self._keep("widths", None if widths == doubled else widths)
        self._keep("shuffle_groups", self._shuffle_groups(widths))

    def _check_widths(self, widths: tuple[int, ...]) -> None:
        """Raise IllegalDesign for widths by stage that do not begin with the width, do not grow or do not split."""
        if widths[0] != self.width:
            cause = f"widths {listed(widths)} do not begin with the width {self.width}"
            raise IllegalDesign(cause, f"Give {listed((self.width, *widths[1:]))}")
        step = 4 * self.groups
        for before, width in pairwise(widths):
            if width % step or width <= before:
                nearest = max(round(width / step), before // step + 1) * step
                cause = (
                    f"widths {listed(widths)}: {width} has to be a multiple of 4 × {self.groups}, larger than {before}"
                )
                raise IllegalDesign(cause, f"Nearest: {nearest}", (nearest,))

    def _shuffle_groups(self, widths: tuple[int, ...]) -> int | None:
        if self.shuffle_groups is None:
            return None
        groups = check_whole("shuffle groups", self.shuffle_groups, 1, MAX_CHANNELS)
        for width in widths:
            if width // 4 % groups:
                nearest = max(each for each in range(1, groups) if width // 4 % each == 0)
                cause = f"the bottleneck of {width // 4} channels does not split into {groups} groups of a shuffle"
                raise IllegalDesign(cause, f"Nearest: {nearest}", (nearest,))
        return None if groups == self.groups else groups


def by_stage(what: str, given: Any, largest: int = MAX_CHANNELS) -> tuple[int, ...]:
    """Three whole numbers, one a stage. Raises TypeError for what is no list, IllegalDesign for other numbers."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise TypeError(f"{what} are {STAGES} numbers, not {type(given).__name__}")
    if len(given) != STAGES:
        raise IllegalDesign(f"{what} are {STAGES} numbers, one a stage, not {len(given)}", "Write them as 3,7,3")
    return tuple(check_whole(what, each, 1, largest) for each in given)
