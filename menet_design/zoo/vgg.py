"""VGG-16: its names, what is legal in it, and what the MENet paper prints of it.

Source: arXiv 1409.1556, configuration D of Table 1: without batch norm.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.design import MAX_CHANNELS, Design, Lattice, Quote, check_whole
from menet_design.zoo.lattices import resolutions
from menet_design.zoo.multipliers import MULTIPLIER, abbreviated, multiplier

# Output channels of the first convolutions of configuration D.
WIDTH = 64

_NUMBER = "[0-9]{1,9}"
_VGG = "vgg(?:net)?[-_]?16"
_NAME = re.compile(rf"(?:(?P<width>{_NUMBER})-)?{_VGG}")
_IDENTIFIER = re.compile(rf"{_VGG}_w(?P<multiplier>{MULTIPLIER})")


@dataclass(frozen=True, kw_only=True)
class VGGNet(Design):
    """VGG-16: 13 convolutions in five stages and three fully connected layers (arXiv 1409.1556, Table 1, D).

    `width`: output channels of the first stage; the next stages have 2, 4, 8 and 8 times as many. The hidden fully
    connected layers have 4096 features at any width.
    """

    family: ClassVar[str] = "vgg"
    example: ClassVar[str] = "VGG-16"

    width: int = WIDTH

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", check_whole("width", self.width, 1, MAX_CHANNELS))

    @property
    def name(self) -> str:
        return "VGG-16" if self.width == WIDTH else f"{self.width}-VGG-16"

    @property
    def title(self) -> str:
        return self.name

    @property
    def identifier(self) -> str:
        return "vgg16" if self.width == WIDTH else f"vgg16_w{abbreviated(Fraction(self.width, WIDTH))}"

    @classmethod
    def read(cls, text: str) -> dict[str, Any] | None:
        named, scaled = _NAME.fullmatch(text), _IDENTIFIER.fullmatch(text)
        if named:
            return {"width": int(named["width"] or WIDTH)}
        if scaled:
            width = WIDTH * multiplier(scaled["multiplier"])
            return {"width": width.numerator if width.denominator == 1 else width}
        return None

    @classmethod
    def lattice(cls, quantity: str, numbers: Mapping[str, Any]) -> Lattice:
        return Lattice(range(1, MAX_CHANNELS + 1)) if quantity == "width" else resolutions(numbers)


DESIGN = VGGNet

# The printed MFLOPs are those of the convolutions alone, cut to hundreds.
VGGNet.published = {VGGNet(): (Quote("Table II", 15300, 71.5, 89.8),)}
