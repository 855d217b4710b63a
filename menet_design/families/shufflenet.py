"""ShuffleNet v1: the notation s× (g), what is legal in it, and the networks that the MENet paper compares with.

Source: arXiv 1707.01083, as re-implemented for "Merging and Evolution", arXiv 1803.09127, Section IV-A. pytorchcv
scales the first convolution with the others, and its names mean that. megvii's (github.com/megvii-model,
ShuffleNet-Series) has the stems of MENet's authors, and a classifier without bias.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.design import Faults, PublishedFigure
from menet_design.families.legal import LegalRules, grouped_stems, grouped_widths
from menet_design.families.multipliers import MULTIPLIER, abbreviated, multiplier, short_decimal, times
from menet_design.families.spelling import DECIMAL, NUMBER, Spellings
from menet_design.families.staged import Staged
from menet_design.graph.network import Assumption
from menet_design.values import MAX_CHANNELS, check_whole, listed, rational

# Output channels of stage 2 at scale 1×, by number of groups (arXiv 1707.01083, Table 1).
WIDTHS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
STEM = 24  # at scale 1×

# Whose classifier it is.
VARIANTS = {
    "paper": "the classifier has biases, as in the re-implementation of MENet's authors",
    "megvii": "the classifier has no bias, as in megvii's ShuffleNet-Series",
}

_BRACKET = rf"\(g=(?P<given>{NUMBER})(?:,(?P<whose>megvii))?\)"
_GROUPS = rf"(?:/g?(?P<slash>{NUMBER})|-?g=?(?P<spoken>{NUMBER})|{_BRACKET})?"
_VARIANT = "(?:-(?P<variant>megvii))?"
_NAME = "shufflenet(?:-?v1)?"


def _width_fault(design: "ShuffleNet") -> str:
    named = f"width {design.width} is not legal with {design.groups} groups and stem {design.stem}"
    return f"{named}: it has to be a multiple of 4 × {design.groups}, larger than the stem"


@dataclass(frozen=True, kw_only=True, repr=False)
class ShuffleNet(Staged):
    """ShuffleNet s× with g groups: MENet's layout with ShuffleNet units (arXiv 1707.01083, Table 1).

    `width`: output channels of stage 2, doubled by stages 3 and 4; `groups` g of the pointwise convolutions.
    The name gives the width as a multiple of 240 for 3 groups, of 384 for 8 and so on (WIDTHS). For other numbers of
    groups the paper gives no such width, and the name gives the width itself. `variant`: one of VARIANTS. Blocks,
    widths by stage and the groups of the shuffle may be others than the paper's (see `families.staged`).
    """

    family: ClassVar[str] = "shufflenet"
    example: ClassVar[str] = "ShuffleNet-1x/3"
    _spellings: ClassVar[Spellings] = (
        re.compile(rf"{_NAME}-?(?P<scale>{DECIMAL})x{_GROUPS}{_VARIANT}"),
        re.compile(rf"(?P<scale>{DECIMAL})x-?{_NAME}{_GROUPS}{_VARIANT}"),
        re.compile(rf"(?P<width>{NUMBER})-shufflenet{_GROUPS}{_VARIANT}"),
        # pytorchcv's names, and those of its tables
        re.compile(
            rf"shufflenet_g(?P<given>{NUMBER})_w(?P<multiplier>{MULTIPLIER})"
            rf"(?:_stem(?P<stem>{NUMBER}))?(?:_(?P<variant>megvii))?"
        ),
        re.compile(rf"shufflenetx(?P<scaled>{DECIMAL}){_GROUPS}"),
        re.compile(rf"shufflenetv1-?(?P<scale>{DECIMAL})x\((?P<megvii>group)=(?P<given>{NUMBER})\)"),
    )
    _legal: ClassVar[LegalRules] = {"width": grouped_widths, "stem": grouped_stems}
    _faults: ClassVar[Faults] = {
        "stem": lambda it: f"stem {it.stem} does not split into {it.groups} groups",
        "width": _width_fault,
    }

    width: int
    stem: int
    groups: int
    variant: str = "paper"

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise IllegalDesign(f"variant {self.variant!r:.20} is not known", f"Known: {listed(VARIANTS)}", VARIANTS)
        self._keep("groups", check_whole("groups", self.groups, 1, MAX_CHANNELS))
        super().__post_init__()

    @property
    def name(self) -> str:
        scale, mark = self._scale(), "-megvii" * self._is_megvii
        sized = f"{self.width}-ShuffleNet" if scale is None else f"ShuffleNet-{scale}x"
        return f"{sized}/{self.groups}{mark}"

    @property
    def heading(self) -> str:
        scale = self._scale()
        said = f" (g = {self.groups}{', megvii' * self._is_megvii})"
        return (f"{self.width}-ShuffleNet" if scale is None else f"ShuffleNet {scale}×") + said

    @property
    def identifier(self) -> str:
        scale = Fraction(self.width, _unit(self.groups))
        is_usual = self.groups not in WIDTHS or self.stem == _stem(scale)
        stem = "" if is_usual else f"_stem{self.stem}"
        return f"shufflenet_g{self.groups}_w{abbreviated(scale)}{stem}{'_megvii' * self._is_megvii}"

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        if self._is_megvii:
            return (Assumption("classifier", "without bias", "as in megvii's", self._named_with(variant="paper")),)
        return ()

    @property
    def _is_megvii(self) -> bool:
        return self.variant == "megvii"

    def _scale(self) -> str | None:
        """The width as a multiple of that of scale 1×, where there is one and at most two decimals write it."""
        if self.groups not in WIDTHS:
            return None
        return short_decimal(Fraction(self.width, WIDTHS[self.groups]))

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        groups = next((int(parts[key]) for key in ("slash", "spoken", "given") if key in parts), None)
        is_megvii = not parts.keys().isdisjoint(("variant", "whose", "megvii"))
        others = {"groups": groups, "variant": "megvii" if is_megvii else "paper"}
        if "scale" in parts:
            return {"scale": rational(parts["scale"]), **others}
        if "scaled" in parts:
            scale = rational(parts["scaled"])
            return {"scale": scale, "stem": _stem(scale), **others}
        if "multiplier" in parts:
            scale = multiplier(parts["multiplier"])
            stem = int(parts["stem"]) if "stem" in parts else _stem(scale) if groups in WIDTHS else None
            return {"width": times(_unit(int(parts["given"])), scale), "stem": stem, **others}
        return {"width": int(parts["width"]), **others}

    @classmethod
    def _resolve(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
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


def _stem(scale: Fraction) -> int:
    """The channels of the first convolution that pytorchcv's names mean, cut to whole ones as its code cuts them."""
    return int(STEM * scale)


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
