"""MobileNet v1: the notation α× MobileNet-ρ, what is legal in it, and the networks that the MENet paper compares with.

Source: arXiv 1704.04861, as re-implemented for "Merging and Evolution", arXiv 1803.09127, Section IV-A.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.design import Design, Lattices, Quote, on_lattice, rational
from menet_design.zoo.lattices import multiples
from menet_design.zoo.multipliers import MULTIPLIER, abbreviated, multiplier, short_decimal, times
from menet_design.zoo.spelling import DECIMAL, NUMBER, parts

# Output channels of the first pointwise convolution with width multiplier 1 (arXiv 1704.04861, Table 1).
WIDTH = 64

_POINT = rf"{NUMBER}\.[0-9]{{1,12}}"
_SPELLINGS = (
    re.compile(
        rf"(?:(?P<scale>{DECIMAL})x-?|(?P<point>{_POINT})-?|(?P<width>{NUMBER})-)?"
        rf"mobilenet(?:[-_]?v1)?(?:-(?P<resolution>{NUMBER}))?"
    ),
    re.compile(rf"mobilenet[-_]?(?:v1)?[-_]?(?P<scale>{_POINT})x?(?:[-_](?P<resolution>{NUMBER}))?"),
    re.compile(rf"mobilenet(?:[-_]?v1)?[-_](?P<scale>[0-9])x?[-_](?P<resolution>{NUMBER})"),
    re.compile(rf"mobilenet_w(?P<multiplier>{MULTIPLIER})(?:_(?P<resolution>{NUMBER}))?"),
    re.compile(rf"mobilenet_?v1_(?P<percent>[0-9]{{3}})(?:_(?P<resolution>{NUMBER}))?"),
)


@dataclass(frozen=True, kw_only=True)
class MobileNet(Design):
    """α× MobileNet-ρ: 13 depthwise separable convolutions (arXiv 1704.04861, Table 1).

    `width`: output channels of the first pointwise convolution, 64 times the width multiplier α; the last one has
    16 times as many, the first convolution half. The resolution ρ is part of the name.
    """

    family: ClassVar[str] = "mobilenet"
    example: ClassVar[str] = "0.5x-MobileNet-224"
    subnet: ClassVar[str] = "stage5"
    subnet_remark: ClassVar[str] = (
        "the paper says 28 layers for the base and 4 for the subnet, more than there are; the last 4 convolutions are "
        "taken for the subnet, all before them for the base"
    )
    lattices: ClassVar[Lattices] = {"width": multiples(2)}

    width: int = WIDTH

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", on_lattice(self, "width", self._width_fault))

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

    def _width_fault(self) -> str:
        return f"width {self.width} is not legal: the first convolution has half of it, {self.width}/2"

    @classmethod
    def read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _SPELLINGS)
        if said is None:
            return None
        resolution = int(said["resolution"]) if "resolution" in said else None
        width = int(said["width"]) if "width" in said else times(WIDTH, _multiplier(said))
        return {"width": width, "resolution": resolution}


DESIGN = MobileNet


def _multiplier(said: Mapping[str, str]) -> Fraction:
    """The width multiplier: as a decimal, as pytorchcv's "3d4" or as timm's "075", in percent; 1 where none is said."""
    if "multiplier" in said:
        return multiplier(said["multiplier"])
    if "percent" in said:
        return Fraction(int(said["percent"]), 100)
    return rational(said.get("scale") or said.get("point") or "1")


MobileNet.published = {
    MobileNet(width=64): (Quote("Table IV", 569, 70.73, 89.72),),
    MobileNet(width=48): (Quote("Table IV", 325, 68.60, 88.33),),
    MobileNet(width=32): (Quote("Table IV", 149, 64.74, 85.63),),
    MobileNet(width=16): (Quote("Table IV", 41, 53.71, 77.04),),
}
