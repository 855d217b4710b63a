"""VGG-16: its names, what is legal in it, and what the MENet paper prints of it.

Source: arXiv 1409.1556, configuration D of Table 1: without batch norm.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.families.design import Design, PublishedFigure
from menet_design.families.legal import LegalRules, multiples
from menet_design.families.multipliers import MULTIPLIER, abbreviated, width_said
from menet_design.families.spelling import NUMBER, Spellings, sized
from menet_design.values import MAX_CHANNELS, check_whole

# Output channels of the first convolutions of configuration D.
WIDTH = 64

_VGG = "vgg(?:net)?[-_]?16"


@dataclass(frozen=True, kw_only=True)
class VGGNet(Design):
    """VGG-16: 13 convolutions in five stages and three fully connected layers (arXiv 1409.1556, Table 1, D).

    `width`: output channels of the first stage; the next stages have 2, 4, 8 and 8 times as many. The hidden fully
    connected layers have 4096 features at any width.
    """

    family: ClassVar[str] = "vgg"
    example: ClassVar[str] = "VGG-16"
    spellings: ClassVar[Spellings] = (
        re.compile(rf"(?:(?P<width>{NUMBER})-)?{_VGG}"),
        re.compile(rf"{_VGG}_w(?P<multiplier>{MULTIPLIER})"),
    )
    legal: ClassVar[LegalRules] = {"width": multiples(1)}  # nothing is divided

    width: int = WIDTH

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", check_whole("width", self.width, 1, MAX_CHANNELS))

    @property
    def name(self) -> str:
        return sized("VGG-16", self.width, WIDTH)

    @property
    def title(self) -> str:
        return self.name

    @property
    def identifier(self) -> str:
        return "vgg16" if self.width == WIDTH else f"vgg16_w{abbreviated(Fraction(self.width, WIDTH))}"

    @classmethod
    def said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        return {"width": width_said(parts, WIDTH)}


DESIGN = VGGNet

# The printed MFLOPs are those of the convolutions alone, cut to hundreds.
VGGNet.published = {VGGNet(): (PublishedFigure("Table II", 15300, 71.5, 89.8),)}
