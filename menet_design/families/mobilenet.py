"""MobileNet v1: the notation α× MobileNet-ρ, what is legal in it, and the networks that the MENet paper compares with.

Source: arXiv 1704.04861, as re-implemented for "Merging and Evolution", arXiv 1803.09127, Section IV-A.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Faults, PublishedFigure
from menet_design.families.legal import LegalRules, LegalValues, multiples
from menet_design.families.multipliers import MULTIPLIER, abbreviated, short_decimal, width_said
from menet_design.families.spelling import DECIMAL, NUMBER, POINT, SIZE, TAG, Spellings, size, written
from menet_design.families.staged import SmallImages
from menet_design.values import MAX_CHANNELS, check_whole, decimal, listed

# Output channels of the first pointwise convolution with width multiplier 1 (arXiv 1704.04861, Table 1).
WIDTH = 64

CUB = 200  # classes of CUB-200-2011, for which pytorchcv has networks

_RESOLUTION = rf"(?P<resolution>{SIZE})"


def spellings(word: str, identifier: str) -> tuple[re.Pattern[str], ...]:
    """Names by a width, a multiplier and a resolution around the word of a family, and pytorchcv's identifiers."""
    sized = rf"(?:(?P<scale>{DECIMAL})x-?|(?P<point>{POINT})-?|(?P<width>{NUMBER})-)?"
    patterns = (
        rf"{sized}{word}(?:-{_RESOLUTION})?",
        rf"{word}[-_]?(?P<scale>{POINT})x?(?:[-_]{_RESOLUTION})?",
        rf"{word}[-_](?P<scale>[0-9])x?[-_]{_RESOLUTION}",
        rf"{word}-?(?:(?P<scale>[0-9])x|x(?P<point>{DECIMAL}))",
        rf"{identifier}_w(?P<multiplier>{MULTIPLIER})(?:_{_RESOLUTION}|_(?P<cub>cub))?",
    )
    return tuple(map(re.compile, patterns))


def _widths(numbers: Mapping[str, Any]) -> LegalValues:
    """Even ones; where channels are rounded, hundredths of the usual width."""
    if numbers.get("round_to") is None:
        return multiples(2)(numbers)
    return LegalValues(range(1, 100 * MAX_CHANNELS // WIDTH + 1), Fraction(WIDTH, 100))


@dataclass(frozen=True, kw_only=True, repr=False)
class MobileNet(SmallImages):
    """α× MobileNet-ρ: 13 depthwise separable convolutions (arXiv 1704.04861, Table 1).

    `called`: the name without numbers.
    `width`: output channels of the first pointwise convolution, 64 times the width multiplier α; the last one has
    16 times as many, the first convolution half. The resolution ρ is part of the name. `round_to`: channels are cut to
    whole (1) or rounded to multiples of a number, as TF-slim does with 8; then the width need not be whole.
    """

    family: ClassVar[str] = "mobilenet"
    example: ClassVar[str] = "0.5x-MobileNet-224"
    called: ClassVar[str] = "MobileNet"
    _spellings: ClassVar[Spellings] = (
        *spellings("mobilenet(?:[-_]?v1)?", "mobilenet"),
        re.compile(rf"mobilenet_?v1_(?P<percent>[0-9]{{3}})(?:_{_RESOLUTION})?{TAG}"),
    )
    _legal: ClassVar[LegalRules] = {"width": _widths}
    _faults: ClassVar[Faults] = {
        "width": lambda it: f"width {it.width} is not legal: the first convolution has half of it, {it.width}/2"
    }
    _carried: ClassVar[tuple[str, ...]] = ("resolution",)
    optional: ClassVar[tuple[str, ...]] = (*SmallImages.optional, "round_to")

    width: int | Fraction = WIDTH
    round_to: int | None = None

    def __post_init__(self) -> None:
        if self.round_to is not None:
            self._keep("round_to", check_whole("round_to", self.round_to, 1, MAX_CHANNELS))
        elif isinstance(self.width, Fraction):
            nearest = multiples(2)({}).around(self.width)
            remedy = "--round-to 1 cuts channels to whole, --round-to 8 makes them multiples of 8"
            cause = f"width {decimal(self.width)} is not a whole number. Nearest legal widths: {listed(nearest)}"
            raise IllegalDesign(cause, remedy, nearest)
        super().__post_init__()

    @property
    def name(self) -> str:
        return f"{self._size('x-', '-')}{self.called}-{written(self.resolution)}"

    @property
    def heading(self) -> str:
        return f"{self._size('× ', '-')}{self.called}-{written(self.resolution, '×')}"

    @property
    def identifier(self) -> str:
        resolution = "" if self.resolution == type(self).resolution else f"_{written(self.resolution)}"
        return f"{self.called.lower().replace('-', '')}_w{abbreviated(Fraction(self.width, WIDTH))}{resolution}"

    def _size(self, by: str, of: str) -> str:
        """The width multiplier, where at most two decimals write it, otherwise the width."""
        scale = short_decimal(Fraction(self.width, WIDTH))
        return f"{self.width}{of}" if scale is None else f"{scale}{by}"

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        resolution = size(parts["resolution"]) if "resolution" in parts else None
        classes = CUB if "cub" in parts else None
        return {"width": width_said(parts, WIDTH), "resolution": resolution, "classes": classes}


DESIGN = MobileNet

MobileNet.published = {
    MobileNet(width=64): (PublishedFigure("Table IV", 569, 70.73, 89.72),),
    MobileNet(width=48): (PublishedFigure("Table IV", 325, 68.60, 88.33),),
    MobileNet(width=32): (PublishedFigure("Table IV", 149, 64.74, 85.63),),
    MobileNet(width=16): (PublishedFigure("Table IV", 41, 53.71, 77.04),),
}
