"""MobileNetV2: its names, what is legal in it, and what its paper and its authors' release print of it.

Source: arXiv 1801.04381, Table 2. What a width multiplier makes of channels that it does not leave whole the paper
does not say. Its authors' code, torchvision and timm round to multiples of 8; pytorchcv rounds nothing, and has no bias
in the classifier. Every published multiplier is a multiple of 0.05, of which none makes anybody round the channels of
the last bottleneck: they tell such networks apart, and are their width.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, LegalValues
from menet_design.families.multipliers import MULTIPLIER, abbreviated, width_said
from menet_design.families.spelling import DECIMAL, NUMBER, POINT, SIZE, TAG, Spellings, size, written
from menet_design.families.staged import SmallImages
from menet_design.graph.network import Assumption
from menet_design.values import MAX_CHANNELS, decimal, listed

# Table 2: channels of the first and the last convolution and of the last bottleneck, and the factor of expansion.
STEM, HEAD, WIDTH, EXPANSION = 32, 1280, 320, 6
_WIDEST = MAX_CHANNELS * WIDTH // HEAD  # which makes the widest head

# Whose network it is, and what that means.
VARIANTS = {
    "torchvision": "as in the authors' code and timm: channels are multiples of 8, the first block has no expansion",
    "pytorchcv": "channels are not rounded, the first block expands by 1, the classifier has no bias",
    "pytorchcv-b": "channels are not rounded, the first block has no expansion, the classifier has no bias",
}

_V2 = "mobilenet[-_]?v2"
_SCALED = rf"(?:(?P<scale>{DECIMAL})x-?|(?P<point>{POINT})-?)?{_V2}(?:-(?P<resolution>{SIZE}))?"
_END = rf"(?:_(?P<resolution>{SIZE}))?(?:_t(?P<expansion>{NUMBER}))?(?:_head(?P<head>{NUMBER}))?"
_VARIANT = "(?P<variant>pytorchcv(?:-b)?)"
# By what follows "mobilenetv2" in pytorchcv's names, and in its tables.
_MARKS = {"_w": "pytorchcv", "b_w": "pytorchcv-b", "x": "pytorchcv", "bx": "pytorchcv-b"}


def _widths(numbers: Mapping[str, Any]) -> LegalValues:
    """Those of width multipliers of 0.05, or of 0.25 where nothing is rounded, up to the widest head."""
    step = WIDTH // (20 if numbers["variant"] == "torchvision" else 4)
    return LegalValues(range(step, _WIDEST + 1, step))


def _expansions(_: Mapping[str, Any]) -> LegalValues:
    """From 2: a block that expands by 1 does so in one variant only, where it is the first."""
    return LegalValues(range(2, MAX_CHANNELS + 1))


def scaled(channels: int, width: int, variant: str) -> int:
    """So many channels of Table 2 at a width: exact, or the nearest multiple of 8 that is not a tenth smaller."""
    product = channels * width
    if variant != "torchvision":
        return product // WIDTH
    eighth = 8 * WIDTH
    return 8 * max((product + eighth // 2) // eighth, -(-9 * product // (10 * eighth)))


def _width_fault(design: Design) -> str:
    width, step = vars(design)["width"], design.legal_values("width", vars(design)).indices.step
    return f"width {width} is not legal: it is not a multiple of {step}, up to {_WIDEST:,}"


@dataclass(frozen=True, kw_only=True, repr=False)
class MobileNetV2(SmallImages):
    """α× MobileNetV2-ρ: inverted residuals with linear bottlenecks (arXiv 1801.04381, Table 2).

    `width`: channels of the last bottleneck, 320 times the width multiplier α, of which the others are shares;
    `expansion` t: how many times those of its input each block but the first has inside; `stem` and `head`: channels
    of the first and the last convolution, which by default follow the width, the head from 1× on; `variant`: one of
    VARIANTS. The resolution ρ is part of the name.
    """

    family: ClassVar[str] = "mobilenet-v2"
    example: ClassVar[str] = "1x-MobileNetV2-224"
    _spellings: ClassVar[Spellings] = (
        re.compile(rf"{_SCALED}(?:-{_VARIANT})?(?:-t(?P<expansion>{NUMBER}))?(?:-head(?P<head>{NUMBER}))?"),
        re.compile(rf"{_SCALED}\((?!\)){_VARIANT}?,?(?:t=(?P<expansion>{NUMBER}))?,?(?:head=(?P<head>{NUMBER}))?\)"),
        re.compile(rf"{_V2}[-_](?:(?P<scale>{DECIMAL})x|(?P<point>{POINT})x?)(?:[-_](?P<resolution>{SIZE}))?"),
        re.compile(rf"{_V2}\((?P<point>{POINT})\)"),
        re.compile(rf"{_V2}_(?P<percent>[0-9]{{3,4}}){_END}{TAG}"),
        re.compile(rf"mobilenetv2(?P<mark>b?_w)(?P<multiplier>{MULTIPLIER}){_END}"),
        re.compile(rf"mobilenetv2(?P<mark>b?x)(?P<point>{DECIMAL})"),
    )
    quantities: ClassVar[tuple[str, ...]] = ("width", "expansion", "resolution")
    _legal: ClassVar[LegalRules] = {"width": _widths, "expansion": _expansions}
    _faults: ClassVar[Faults] = {
        "width": _width_fault,
        "expansion": lambda it: f"expansion {it.expansion} is not legal: only the first block does not expand",
    }
    _carried: ClassVar[tuple[str, ...]] = ("resolution",)

    width: int = WIDTH
    expansion: int = EXPANSION
    stem: int = None  # type: ignore[assignment]  # the usual one, where none is given
    head: int = None  # type: ignore[assignment]  # the usual one, where none is given
    variant: str = "torchvision"

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise IllegalDesign(f"variant {self.variant!r:.20} is not known", f"Known: {listed(VARIANTS)}", VARIANTS)
        super().__post_init__()

    @property
    def name(self) -> str:
        return "-".join((self._sized("x-"), *self._owner, *self._marks("")))

    @property
    def heading(self) -> str:
        said = ", ".join((*self._owner, *self._marks(" = ")))
        return self._sized("× ") + (f" ({said})" if said else "")

    @property
    def identifier(self) -> str:
        mark = next((mark for mark, variant in _MARKS.items() if variant == self.variant), None)
        scale = f"{mark}{abbreviated(self._scale)}" if mark else f"_{int(100 * self._scale):03}"
        resolution = [written(self.resolution)] if self.resolution != type(self).resolution else []
        return "_".join((f"mobilenetv2{scale}", *resolution, *self._marks("")))

    @property
    def _scale(self) -> Fraction:
        """The width multiplier."""
        return Fraction(self.width, WIDTH)

    def _sized(self, by: str) -> str:
        return f"{decimal(self._scale)}{by}MobileNetV2-{written(self.resolution)}"

    @property
    def _owner(self) -> list[str]:
        """What a name says of the variant."""
        return [] if self.variant == "torchvision" else [self.variant]

    def _marks(self, equals: str) -> list[str]:
        """What a name says of the expansion and the head, where they are not the usual ones."""
        said = {"t": (self.expansion, EXPANSION), "head": (self.head, self._usual["head"])}
        return [f"{letter}{equals}{number}" for letter, (number, usual) in said.items() if number != usual]

    @property
    def _usual(self) -> dict[str, int]:
        """The stem and the head that go with the width."""
        return {"stem": scaled(STEM, self.width, self.variant), "head": max(HEAD, self.width * HEAD // WIDTH)}

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        others = tuple(name for other in VARIANTS if other != self.variant for name in self._named_with(variant=other))
        return (Assumption("variant", self.variant, VARIANTS[self.variant], others),)

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        numbers: dict[str, Any] = {key: int(parts[key]) if key in parts else None for key in ("expansion", "head")}
        numbers["resolution"] = size(parts["resolution"]) if "resolution" in parts else None
        variant = _MARKS[parts["mark"]] if "mark" in parts else parts.get("variant", "torchvision")
        return {"width": width_said(parts, WIDTH), "variant": variant, **numbers}


DESIGN = MobileNetV2

# Table 4, and what the authors print of the checkpoints that they released (github.com/tensorflow/models, slim).
MobileNetV2.published = {
    MobileNetV2(width=448): (PublishedFigure("Table 4", 585, 74.7), PublishedFigure("release", 582, 75.0, 92.5)),
    MobileNetV2(width=416): (PublishedFigure("release", 509, 74.4, 92.1),),
    MobileNetV2(width=320): (PublishedFigure("Table 4", 300, 72.0), PublishedFigure("release", 300, 71.8, 91.0)),
    MobileNetV2(width=240): (PublishedFigure("release", 209, 69.8, 89.6),),
    MobileNetV2(width=160): (PublishedFigure("release", 97, 65.4, 86.4),),
    MobileNetV2(width=112): (PublishedFigure("release", 59, 60.3, 82.9),),
}
