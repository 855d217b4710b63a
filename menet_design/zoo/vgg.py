"""VGG-16: its names, what is legal in it, and what the MENet paper prints of it.

Source: arXiv 1409.1556, configuration D of Table 1: without batch norm.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.design import MAX_CHANNELS, Design, Lattices, Quote, check_whole
from menet_design.zoo.lattices import multiples
from menet_design.zoo.multipliers import MULTIPLIER, abbreviated, multiplier, times
from menet_design.zoo.spelling import NUMBER, parts

# Output channels of the first convolutions of configuration D.
WIDTH = 64

_VGG = "vgg(?:net)?[-_]?16"
_SPELLINGS = (
    re.compile(rf"(?:(?P<width>{NUMBER})-)?{_VGG}"),
    re.compile(rf"{_VGG}_w(?P<multiplier>{MULTIPLIER})"),
)


@dataclass(frozen=True, kw_only=True)
class VGGNet(Design):
    """VGG-16: 13 convolutions in five stages and three fully connected layers (arXiv 1409.1556, Table 1, D).

    `width`: output channels of the first stage; the next stages have 2, 4, 8 and 8 times as many. The hidden fully
    connected layers have 4096 features at any width.
    """

    family: ClassVar[str] = "vgg"
    example: ClassVar[str] = "VGG-16"
    lattices: ClassVar[Lattices] = {"width": multiples(1)}  # nothing is divided

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
        said = parts(text, _SPELLINGS)
        if said is None:
            return None
        if "multiplier" in said:
            return {"width": times(WIDTH, multiplier(said["multiplier"]))}
        return {"width": int(said.get("width", WIDTH))}


DESIGN = VGGNet

# The printed MFLOPs are those of the convolutions alone, cut to hundreds.
VGGNet.published = {VGGNet(): (Quote("Table II", 15300, 71.5, 89.8),)}
