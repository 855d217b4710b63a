"""MobileNet v1: the notation α× MobileNet-ρ, what is legal in it, and the networks that the MENet paper compares with.

Source: arXiv 1704.04861, as re-implemented for "Merging and Evolution", arXiv 1803.09127, Section IV-A.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, multiples
from menet_design.families.multipliers import MULTIPLIER, abbreviated, short_decimal, width_said
from menet_design.families.spelling import DECIMAL, NUMBER, POINT, Spellings

# Output channels of the first pointwise convolution with width multiplier 1 (arXiv 1704.04861, Table 1).
WIDTH = 64


@dataclass(frozen=True, kw_only=True)
class MobileNet(Design):
    """α× MobileNet-ρ: 13 depthwise separable convolutions (arXiv 1704.04861, Table 1).

    `width`: output channels of the first pointwise convolution, 64 times the width multiplier α; the last one has
    16 times as many, the first convolution half. The resolution ρ is part of the name.
    """

    family: ClassVar[str] = "mobilenet"
    example: ClassVar[str] = "0.5x-MobileNet-224"
    spellings: ClassVar[Spellings] = (
        re.compile(
            rf"(?:(?P<scale>{DECIMAL})x-?|(?P<point>{POINT})-?|(?P<width>{NUMBER})-)?"
            rf"mobilenet(?:[-_]?v1)?(?:-(?P<resolution>{NUMBER}))?"
        ),
        re.compile(rf"mobilenet[-_]?(?:v1)?[-_]?(?P<scale>{POINT})x?(?:[-_](?P<resolution>{NUMBER}))?"),
        re.compile(rf"mobilenet(?:[-_]?v1)?[-_](?P<scale>[0-9])x?[-_](?P<resolution>{NUMBER})"),
        re.compile(rf"mobilenet_w(?P<multiplier>{MULTIPLIER})(?:_(?P<resolution>{NUMBER}))?"),
        re.compile(rf"mobilenet_?v1_(?P<percent>[0-9]{{3}})(?:_(?P<resolution>{NUMBER}))?"),
    )
    legal: ClassVar[LegalRules] = {"width": multiples(2)}
    faults: ClassVar[Faults] = {
        "width": lambda it: f"width {it.width} is not legal: the first convolution has half of it, {it.width}/2"
    }
    carried: ClassVar[tuple[str, ...]] = ("resolution",)

    width: int = WIDTH

    @property
    def name(self) -> str:
        return f"{self._size('x-', '-')}MobileNet-{self.resolution}"

    @property
    def title(self) -> str:
        return f"{self._size('× ', '-')}MobileNet-{self.resolution}"

    @property
    def identifier(self) -> str:
        resolution = "" if self.resolution == type(self).resolution else f"_{self.resolution}"
        return f"mobilenet_w{abbreviated(Fraction(self.width, WIDTH))}{resolution}"

    def _size(self, by: str, of: str) -> str:
        """The width multiplier, where at most two decimals write it, otherwise the width."""
        scale = short_decimal(Fraction(self.width, WIDTH))
        return f"{self.width}{of}" if scale is None else f"{scale}{by}"

    @classmethod
    def said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        resolution = int(parts["resolution"]) if "resolution" in parts else None
        return {"width": width_said(parts, WIDTH), "resolution": resolution}


DESIGN = MobileNet

MobileNet.published = {
    MobileNet(width=64): (PublishedFigure("Table IV", 569, 70.73, 89.72),),
    MobileNet(width=48): (PublishedFigure("Table IV", 325, 68.60, 88.33),),
    MobileNet(width=32): (PublishedFigure("Table IV", 149, 64.74, 85.63),),
    MobileNet(width=16): (PublishedFigure("Table IV", 41, 53.71, 77.04),),
}
