"""MENet: the notation w-MENet-k×α/g, what is legal in it, and the published networks.

Source: "Merging and Evolution", arXiv 1803.09127. What the paper leaves open (stems, block counts) is
taken from the models that its authors released.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, LegalValues, grouped_stems, grouped_widths
from menet_design.families.spelling import DECIMAL, NUMBER, one, parts
from menet_design.families.staged import STAGES, Staged, by_stage
from menet_design.values import MAX_CHANNELS, as_fraction, check_whole, decimal, listed, rational

COMBINES = ("product", "add")

_SIZES = rf"(?P<fusion>{NUMBER})x(?P<expansion>{DECIMAL}|\({NUMBER}/{NUMBER}\))"
_SPELLINGS = (
    re.compile(
        rf"(?P<width>{NUMBER})-?menet-?{_SIZES}(?P<add>-?add)?"
        rf"(?:/g?(?P<slash>{NUMBER})|-group-(?P<group>{NUMBER})|_g(?P<under>{NUMBER}))?"
        rf"(?:\((?:(?P<only>add)|(?P<also>add,)?g=(?P<given>{NUMBER}))\))?"
    ),
    re.compile(rf"menet(?P<width>{NUMBER})_{_SIZES}(?P<add>_add)?(?:_g(?P<under>{NUMBER}))?"),
)


def _expansion(value: Any) -> Fraction:
    try:
        expansion = rational(value) if isinstance(value, str) else as_fraction(value)
    except (ValueError, TypeError, OverflowError):
        raise IllegalDesign(f"expansion {value!s:.20} is not a number", "Use a decimal such as 1.5") from None
    if not 0 < expansion <= MAX_CHANNELS:
        raise IllegalDesign(f"expansion {value!s:.20} is not between 0 and {MAX_CHANNELS:,}", "The paper uses 1 to 2.5")
    return expansion


def _fusions(numbers: Mapping[str, Any]) -> LegalValues:
    """Fusion widths k for which k, kα and kα² are whole: multiples of the squared denominator of α."""
    growth = _expansion(numbers["expansion"]) ** (STAGES - 1)
    largest = int(MAX_CHANNELS / max(growth, Fraction(1)))
    return LegalValues(range(growth.denominator, largest + 1, growth.denominator))


def _expansions(numbers: Mapping[str, Any]) -> LegalValues:
    """Expansions α for which k, kα and kα² are whole: multiples of 1/q, with q² the largest square that divides k."""
    fusion = numbers["fusion"]
    root = max(q for q in range(1, isqrt(fusion) + 1) if fusion % q**2 == 0)
    largest = isqrt(MAX_CHANNELS * root**2 // fusion)
    return LegalValues(range(1, largest + 1), Fraction(1, root))


def _stem_fault(design: "MENet") -> str:
    unsplit = f"{design.stem} channels do not split into {design.groups} groups"
    return f"no width is legal with {design.groups} groups and stem {design.stem}: {unsplit}"


def _fusion_fault(design: "MENet") -> str:
    named = f"fusion {design.fusion} × {decimal(design.expansion)}"
    widths = [design.fusion * design.expansion**stage for stage in range(STAGES)]
    if all(width.denominator == 1 for width in widths):
        return f"{named} gives {listed(widths)} channels: more than {MAX_CHANNELS:,}"
    expansions = listed(design.legal_values("expansion", vars(design)).around(design.expansion))
    return f"{named} gives {listed(widths)} channels: not whole, as with expansions {expansions}"


def _width_fault(design: "MENet") -> str:
    named = f"width {design.width} is not legal with {design.groups} groups and stem {design.stem}"
    bottleneck, rest = divmod(design.width, 4)
    if rest:
        return f"{named}: the bottleneck {design.width}/4 is not whole"
    if bottleneck % design.groups:
        return f"{named}: the bottleneck of {bottleneck} channels does not split into {design.groups} groups"
    return f"{named}: it has to be larger than the stem"


@dataclass(frozen=True, kw_only=True, repr=False)
class MENet(Staged):
    """w-MENet-k×α with g groups (Section III-C of the paper).

    `width` w: output channels of stage 2, doubled by stages 3 and 4; `fusion` k: channels of the fusion
    branch in stage 2; `expansion` α: their growth from stage to stage; `groups` g of the pointwise
    convolutions; `combine`: how the fusion branch joins the residual one, "product" or "add" (Table VII); `fusions`:
    fusion widths of the three stages where they do not grow by one factor. Blocks, widths by stage and the groups of
    the shuffle may be others than the paper's (see `families.staged`).
    """

    family: ClassVar[str] = "menet"
    example: ClassVar[str] = "228-MENet-12x1/3"
    quantities: ClassVar[tuple[str, ...]] = ("width", "fusion", "expansion", "resolution")
    optional: ClassVar[tuple[str, ...]] = (*Staged.optional, "fusions")
    _legal: ClassVar[LegalRules] = {
        "width": grouped_widths,
        "stem": grouped_stems,
        "fusion": _fusions,
        "expansion": _expansions,
    }
    # A width is legal for groups and a stem that go together.
    _faults: ClassVar[Faults] = {"stem": _stem_fault, "fusion": _fusion_fault, "width": _width_fault}

    width: int
    stem: int
    fusion: int
    groups: int
    expansion: Fraction = Fraction(1)
    combine: str = "product"
    fusions: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        self._keep("groups", check_whole("groups", self.groups, 1, MAX_CHANNELS))
        self._keep("expansion", _expansion(self.expansion))
        if self.combine not in COMBINES:
            cause = f"combine {self.combine!r} is neither product nor add"
            raise IllegalDesign(cause, "The paper uses product", ("product",))
        super().__post_init__()
        self._keep("fusions", self._fusions())

    def _fusions(self) -> tuple[int, ...] | None:
        """The fusion widths by stage; None where they grow by the expansion."""
        if self.fusions is None:
            return None
        fusions = by_stage("fusions", self.fusions)
        if fusions[0] != self.fusion:
            cause = f"fusions {listed(fusions)} do not begin with the fusion width {self.fusion}"
            raise IllegalDesign(cause, f"Give {listed((self.fusion, *fusions[1:]))}")
        return None if fusions == tuple(self.fusion * self.expansion**stage for stage in range(STAGES)) else fusions

    @property
    def name(self) -> str:
        return f"{self._sizes_in_name('x')}{'-add' * self._adds}/{self.groups}"

    @property
    def heading(self) -> str:
        return f"{self._sizes_in_name('×')} ({'add, ' * self._adds}g = {self.groups})"

    @property
    def identifier(self) -> str:
        sizes = f"{self.width}_{self.fusion}x{decimal(self.expansion)}"
        return f"menet{sizes}{'_add' * self._adds}_g{self.groups}"

    def _sizes_in_name(self, times: str) -> str:
        return f"{self.width}-MENet-{self.fusion}{times}{decimal(self.expansion)}"

    @property
    def _adds(self) -> bool:
        return self.combine == "add"

    @classmethod
    def _read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _SPELLINGS)
        if said is None:
            return None
        numbers = {key: int(said[key]) for key in ("width", "fusion")}
        groups = one(text, "groups", {int(said[key]) for key in ("slash", "group", "under", "given") if key in said})
        expansion = _expansion(said["expansion"].strip("()"))
        combine = "add" if said.keys() & {"add", "only", "also"} else "product"
        return numbers | {"expansion": expansion, "combine": combine, "groups": groups}


DESIGN = MENet


def _design(name: str, stem: int) -> Design:
    return MENet(**{**(MENet._read(name.lower()) or {}), "stem": stem})


MENet.published = {
    _design("108-MENet-8x1/3", 12): (
        PublishedFigure("Table IV", 38, 56.08, 79.24),
        PublishedFigure("Table II", 38, 56.1, 79.2),
    ),
    _design("128-MENet-8x1/4", 12): (PublishedFigure("release"),),
    _design("160-MENet-8x1/8", 16): (PublishedFigure("release"),),
    _design("228-MENet-10x1/3", 24): (PublishedFigure("Table V", 140, 66.37, 86.70),),
    _design("228-MENet-12x1/3", 24): (
        PublishedFigure("Table IV", 144, 66.43, 86.72),
        PublishedFigure("Table I", 144),
        PublishedFigure("Table III", 144, 66.4, 86.7),
        PublishedFigure("Table V", 144, 66.43, 86.72),
        PublishedFigure("Table VI", 144, 66.43, 86.72),
        PublishedFigure("Table VII", None, 66.43, 86.77),
    ),
    _design("228-MENet-12x1-add/3", 24): (PublishedFigure("Table VII", None, 66.27, 86.25),),
    _design("228-MENet-14x1/3", 24): (PublishedFigure("Table V", 148, 66.56, 86.95),),
    _design("228-MENet-16x1/3", 24): (PublishedFigure("Table V", 153, 66.86, 87.19),),
    _design("228-MENet-12x1.5/3", 24): (PublishedFigure("Table VI", 152, 66.71, 87.14),),
    _design("228-MENet-12x2/3", 24): (PublishedFigure("Table VI", 163, 67.25, 87.30),),
    _design("228-MENet-12x2.5/3", 24): (PublishedFigure("Table VI", 179, 67.51, 87.66),),
    _design("256-MENet-12x1/4", 24): (
        PublishedFigure("Table III", 140, 66.6, 86.7),
        PublishedFigure("Table I", 140),
        PublishedFigure("Table VII", None, 66.53, 86.82),
    ),
    _design("256-MENet-12x1-add/4", 24): (PublishedFigure("Table VII", None, 65.48, 86.30),),
    _design("348-MENet-12x1/3", 24): (PublishedFigure("Table IV", 299, 69.91, 89.08),),
    _design("352-MENet-12x1/8", 24): (
        PublishedFigure("Table IV", 144, 66.69, 86.92),
        PublishedFigure("Table I", 144),
        PublishedFigure("Table II", 144, 66.7, 86.9),
        PublishedFigure("Table III", 144, 66.7, 86.9),
    ),
    _design("456-MENet-24x1/3", 48): (
        PublishedFigure("Table IV", 551, 71.60, 90.07),
        PublishedFigure("Table II", 551, 71.6, 90.2),
    ),
}
