"""ShuffleNet v1: the notation s× (g), what is legal in it, and the networks that the MENet paper compares with.

Source: arXiv 1707.01083, as re-implemented for "Merging and Evolution", arXiv 1803.09127, Section IV-A.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.errors import NotationError
from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, grouped_stems, grouped_widths
from menet_design.families.multipliers import MULTIPLIER, abbreviated, multiplier, short_decimal, times
from menet_design.families.spelling import DECIMAL, NUMBER, Spellings
from menet_design.values import MAX_CHANNELS, check_whole, rational

# Output channels of stage 2 at scale 1×, by number of groups (arXiv 1707.01083, Table 1).
WIDTHS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}

_GROUPS = rf"(?:/g?(?P<slash>{NUMBER})|-?g=?(?P<spoken>{NUMBER})|\(g=(?P<given>{NUMBER})\))?"


def _width_fault(design: "ShuffleNet") -> str:
    named = f"width {design.width} is not legal with {design.groups} groups and stem {design.stem}"
    return f"{named}: it has to be a multiple of 4 × {design.groups}, larger than the stem"


@dataclass(frozen=True, kw_only=True)
class ShuffleNet(Design):
    """ShuffleNet s× with g groups: MENet's layout with ShuffleNet units (arXiv 1707.01083, Table 1).

    `width`: output channels of stage 2, doubled by stages 3 and 4; `groups` g of the pointwise convolutions.
    The name gives the width as a multiple of 240 for 3 groups, of 384 for 8 and so on (WIDTHS). For other numbers of
    groups the paper gives no such width, and the name gives the width itself.
    """

    family: ClassVar[str] = "shufflenet"
    example: ClassVar[str] = "ShuffleNet-1x/3"
    spellings: ClassVar[Spellings] = (
        re.compile(rf"shufflenet-?(?P<scale>{DECIMAL})x{_GROUPS}"),
        re.compile(rf"(?P<scale>{DECIMAL})x-?shufflenet{_GROUPS}"),
        re.compile(rf"(?P<width>{NUMBER})-shufflenet{_GROUPS}"),
        re.compile(rf"shufflenet_g(?P<given>{NUMBER})_w(?P<multiplier>{MULTIPLIER})"),
    )
    legal: ClassVar[LegalRules] = {"width": grouped_widths, "stem": grouped_stems}
    faults: ClassVar[Faults] = {
        "stem": lambda it: f"stem {it.stem} does not split into {it.groups} groups",
        "width": _width_fault,
    }

    width: int
    stem: int
    groups: int

    def __post_init__(self) -> None:
        self._keep("groups", check_whole("groups", self.groups, 1, MAX_CHANNELS))
        super().__post_init__()

    @property
    def name(self) -> str:
        scale = self._scale()
        return f"{self.width}-ShuffleNet/{self.groups}" if scale is None else f"ShuffleNet-{scale}x/{self.groups}"

    @property
    def title(self) -> str:
        scale = self._scale()
        return (f"{self.width}-ShuffleNet" if scale is None else f"ShuffleNet {scale}×") + f" (g = {self.groups})"

    @property
    def identifier(self) -> str:
        return f"shufflenet_g{self.groups}_w{abbreviated(Fraction(self.width, _unit(self.groups)))}"

    def _scale(self) -> str | None:
        """The width as a multiple of that of scale 1×, where there is one and at most two decimals write it."""
        if self.groups not in WIDTHS:
            return None
        return short_decimal(Fraction(self.width, WIDTHS[self.groups]))

    @classmethod
    def said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        groups = next((int(parts[key]) for key in ("slash", "spoken", "given") if key in parts), None)
        if "scale" in parts:
            return {"scale": rational(parts["scale"]), "groups": groups}
        if "multiplier" in parts:
            return {"width": times(_unit(int(parts["given"])), multiplier(parts["multiplier"])), "groups": groups}
        return {"width": int(parts["width"]), "groups": groups}

    @classmethod
    def resolve(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
        others = {key: value for key, value in numbers.items() if key != "scale"}
        if "scale" not in numbers or numbers.get("groups") is None:
            return others
        if numbers["groups"] not in WIDTHS:
            known = ", ".join(map(str, WIDTHS))
            groups = numbers["groups"]
            remedy = f"Known: {known}; otherwise name the width, as in {40 * groups}-ShuffleNet/{groups}"
            raise NotationError(f"the paper scales no ShuffleNet of {groups} groups", remedy)
        return others | {"width": times(WIDTHS[numbers["groups"]], numbers["scale"])}


DESIGN = ShuffleNet


def _unit(groups: int) -> int:
    """The width that identifiers give multiples of: that of scale 1×, or a single channel where there is none."""
    return WIDTHS.get(groups, 1)


def _published(scale: str, groups: int, stem: int) -> ShuffleNet:
    return ShuffleNet(width=int(WIDTHS[groups] * Fraction(scale)), groups=groups, stem=stem)


# Table III prints the accuracies of the re-implementation, trained as MENet was, and those of the ShuffleNet paper.
ShuffleNet.published = {
    _published("0.5", 3, 12): (PublishedFigure("Table IV", 38, 55.40, 78.70),),
    _published("1", 3, 24): (
        PublishedFigure("Table IV", 137, 65.69, 86.29),
        PublishedFigure("Table III", 137, 65.7, 86.3),
        PublishedFigure("Table III, quoted", 137, 65.9),
    ),
    _published("1", 4, 24): (
        PublishedFigure("Table III", 134, 65.5, 86.2),
        PublishedFigure("Table III, quoted", 134, 65.7),
    ),
    _published("1", 8, 24): (
        PublishedFigure("Table III", 138, 65.4, 86.3),
        PublishedFigure("Table III, quoted", 138, 65.3),
    ),
    _published("1.5", 3, 24): (PublishedFigure("Table IV", 292, 68.85, 88.41),),
    _published("2", 3, 48): (PublishedFigure("Table IV", 524, 70.79, 89.80),),
}
