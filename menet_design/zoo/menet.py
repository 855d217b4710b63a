"""MENet: the notation w-MENet-k×α/g, what is legal in it, and the published networks.

Source: "Merging and Evolution", arXiv 1803.09127. What the paper leaves open (stems, block counts) is
taken from the models that its authors released.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import isqrt
from typing import Any, ClassVar

from menet_design.design import (
    MAX_CHANNELS,
    Design,
    Lattice,
    Lattices,
    Quote,
    Tier,
    check_whole,
    decimal,
    exact,
    listed,
    on_lattice,
    rational,
)
from menet_design.errors import IllegalDesign, NotationError
from menet_design.zoo.lattices import grouped_stems, grouped_widths
from menet_design.zoo.spelling import DECIMAL, NUMBER, parts

STAGES = 3
BLOCK_LAYERS = (3, 7, 3)  # standard modules after each downsampling one (Table I)
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


def _fusions(numbers: Mapping[str, Any]) -> Lattice:
    """Fusion widths k for which k, kα and kα² are whole: multiples of the squared denominator of α."""
    growth = _expansion(numbers["expansion"]) ** (STAGES - 1)
    largest = int(MAX_CHANNELS / max(growth, Fraction(1)))
    return Lattice(range(growth.denominator, largest + 1, growth.denominator))


def _expansions(numbers: Mapping[str, Any]) -> Lattice:
    """Expansions α for which k, kα and kα² are whole: multiples of 1/q, with q² the largest square that divides k."""
    fusion = numbers["fusion"]
    root = max(q for q in range(1, isqrt(fusion) + 1) if fusion % q**2 == 0)
    largest = isqrt(MAX_CHANNELS * root**2 // fusion)
    return Lattice(range(1, largest + 1), Fraction(1, root))


@dataclass(frozen=True, kw_only=True)
class MENet(Design):
    """w-MENet-k×α with g groups (Section III-C of the paper).

    `width` w: output channels of stage 2, doubled by stages 3 and 4; `fusion` k: channels of the fusion
    branch in stage 2; `expansion` α: their growth from stage to stage; `groups` g of the pointwise
    convolutions; `combine`: how the fusion branch joins the residual one, "product" or "add" (Table VII).
    """

    family: ClassVar[str] = "menet"
    example: ClassVar[str] = "228-MENet-12x1/3"
    quantities: ClassVar[tuple[str, ...]] = ("width", "fusion", "expansion", "resolution")
    lattices: ClassVar[Lattices] = {
        "width": grouped_widths,
        "stem": grouped_stems,
        "fusion": _fusions,
        "expansion": _expansions,
    }
    subnet: ClassVar[str] = "stage4"
    tiers: ClassVar[tuple[Tier, ...]] = (
        Tier(70e6, {"stem": 12, "fusion": 8}),
        Tier(420e6, {"stem": 24, "fusion": 12}),
        Tier(float("inf"), {"stem": 48, "fusion": 24}),
    )

    width: int
    stem: int
    fusion: int
    groups: int
    expansion: Fraction = Fraction(1)
    combine: str = "product"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("groups", check_whole("groups", self.groups, 1, MAX_CHANNELS))
        self._keep("expansion", _expansion(self.expansion))
        _check_combine(self.combine)
        for quantity, fault in _FAULTS.items():
            self._keep(quantity, on_lattice(self, quantity, partial(fault, self)))

    @property
    def name(self) -> str:
        return f"{self._sizes_in_name('x')}{'-add' * self._adds}/{self.groups}"

    @property
    def title(self) -> str:
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
    def read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _SPELLINGS)
        if said is None:
            return None
        numbers = {key: int(said[key]) for key in ("width", "fusion")}
        groups = {int(said[key]) for key in ("slash", "group", "under", "given") if key in said}
        if len(groups) > 1:
            raise NotationError(f"{text} gives groups {listed(sorted(groups))}", "Give groups once")
        expansion = _expansion(said["expansion"].strip("()"))
        combine = "add" if said.keys() & {"add", "only", "also"} else "product"
        return numbers | {"expansion": expansion, "combine": combine, "groups": next(iter(groups), None)}

    @classmethod
    def read_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(config) - _CONFIG_KEYS)
        if unknown:
            raise NotationError(
                f"the model config of a MENet has no {unknown[0]!r}", f"Known: {', '.join(sorted(_CONFIG_KEYS))}"
            )
        widths, sides = _triple(config, "block_channels"), _triple(config, "side_channels")
        if _triple({"block_layers": list(BLOCK_LAYERS), **config}, "block_layers") != list(BLOCK_LAYERS):
            raise NotationError("block_layers of a MENet are [3, 7, 3] (Table I)")
        if widths != [widths[0] * 2**stage for stage in range(STAGES)]:
            raise NotationError(f"block_channels {widths} do not double from stage to stage")
        expansion = Fraction(sides[1], sides[0])
        if sides[2] != sides[0] * expansion**2:
            raise NotationError(f"side_channels {sides} do not grow by one factor from stage to stage")
        numbers = {"width": widths[0], "fusion": sides[0], "expansion": expansion}
        return numbers | {"stem": _entry(config, "init_c"), "groups": _entry(config, "groups")}

    def config(self) -> dict[str, Any]:
        if self._adds:
            raise NotationError(f"the authors' model config has no word for element-wise addition ({self.name})")
        return {
            "name": self.family,
            "block_channels": [self.width * 2**stage for stage in range(STAGES)],
            "block_layers": list(BLOCK_LAYERS),
            "init_c": self.stem,
            "side_channels": [int(self.fusion * self.expansion**stage) for stage in range(STAGES)],
            "groups": self.groups,
            "init_mode": "fan_out",
        }


DESIGN = MENet
_CONFIG_KEYS = {"name", "block_channels", "block_layers", "init_c", "side_channels", "groups", "init_mode"}


def _expansion(value: Any) -> Fraction:
    try:
        expansion = rational(value) if isinstance(value, str) else exact(value)
    except (ValueError, TypeError, OverflowError):
        raise IllegalDesign(f"expansion {value!s:.20} is not a number", "Use a decimal such as 1.5") from None
    if not 0 < expansion <= MAX_CHANNELS:
        raise IllegalDesign(f"expansion {value!s:.20} is not between 0 and {MAX_CHANNELS:,}", "The paper uses 1 to 2.5")
    return expansion


def _check_combine(combine: str) -> None:
    if combine not in COMBINES:
        raise IllegalDesign(f"combine {combine!r} is neither product nor add", "The paper uses product", ("product",))


def _stem_fault(design: MENet) -> str:
    unsplit = f"{design.stem} channels do not split into {design.groups} groups"
    return f"no width is legal with {design.groups} groups and stem {design.stem}: {unsplit}"


def _fusion_fault(design: MENet) -> str:
    named = f"fusion {design.fusion} × {decimal(design.expansion)}"
    widths = [design.fusion * design.expansion**stage for stage in range(STAGES)]
    if all(width.denominator == 1 for width in widths):
        return f"{named} gives {listed(widths)} channels: more than {MAX_CHANNELS:,}"
    expansions = listed(design.lattice("expansion", vars(design)).around(design.expansion))
    return f"{named} gives {listed(widths)} channels: not whole, as with expansions {expansions}"


def _width_fault(design: MENet) -> str:
    named = f"width {design.width} is not legal with {design.groups} groups and stem {design.stem}"
    bottleneck, rest = divmod(design.width, 4)
    if rest:
        return f"{named}: the bottleneck {design.width}/4 is not whole"
    if bottleneck % design.groups:
        return f"{named}: the bottleneck of {bottleneck} channels does not split into {design.groups} groups"
    return f"{named}: it has to be larger than the stem"


# In the order in which they are checked: a width is legal for groups and a stem that go together.
_FAULTS = {"stem": _stem_fault, "fusion": _fusion_fault, "width": _width_fault}


def _entry(config: Mapping[str, Any], key: str) -> Any:
    if type(config.get(key)) is int:
        return config[key]
    raise NotationError(f"the model config of a MENet needs a whole number {key!r}")


def _triple(config: Mapping[str, Any], key: str) -> list[int]:
    values = config.get(key)
    if isinstance(values, list) and len(values) == STAGES and all(type(v) is int and v > 0 for v in values):
        return values
    raise NotationError(f"the model config of a MENet needs {key!r}, {STAGES} whole numbers")


def _design(name: str, stem: int) -> Design:
    return MENet(**{**(MENet.read(name.lower()) or {}), "stem": stem})


MENet.published = {
    _design("108-MENet-8x1/3", 12): (Quote("Table IV", 38, 56.08, 79.24), Quote("Table II", 38, 56.1, 79.2)),
    _design("128-MENet-8x1/4", 12): (Quote("release"),),
    _design("160-MENet-8x1/8", 16): (Quote("release"),),
    _design("228-MENet-10x1/3", 24): (Quote("Table V", 140, 66.37, 86.70),),
    _design("228-MENet-12x1/3", 24): (
        Quote("Table IV", 144, 66.43, 86.72),
        Quote("Table I", 144),
        Quote("Table III", 144, 66.4, 86.7),
        Quote("Table V", 144, 66.43, 86.72),
        Quote("Table VI", 144, 66.43, 86.72),
        Quote("Table VII", None, 66.43, 86.77),
    ),
    _design("228-MENet-12x1-add/3", 24): (Quote("Table VII", None, 66.27, 86.25),),
    _design("228-MENet-14x1/3", 24): (Quote("Table V", 148, 66.56, 86.95),),
    _design("228-MENet-16x1/3", 24): (Quote("Table V", 153, 66.86, 87.19),),
    _design("228-MENet-12x1.5/3", 24): (Quote("Table VI", 152, 66.71, 87.14),),
    _design("228-MENet-12x2/3", 24): (Quote("Table VI", 163, 67.25, 87.30),),
    _design("228-MENet-12x2.5/3", 24): (Quote("Table VI", 179, 67.51, 87.66),),
    _design("256-MENet-12x1/4", 24): (
        Quote("Table III", 140, 66.6, 86.7),
        Quote("Table I", 140),
        Quote("Table VII", None, 66.53, 86.82),
    ),
    _design("256-MENet-12x1-add/4", 24): (Quote("Table VII", None, 65.48, 86.30),),
    _design("348-MENet-12x1/3", 24): (Quote("Table IV", 299, 69.91, 89.08),),
    _design("352-MENet-12x1/8", 24): (
        Quote("Table IV", 144, 66.69, 86.92),
        Quote("Table I", 144),
        Quote("Table II", 144, 66.7, 86.9),
        Quote("Table III", 144, 66.7, 86.9),
    ),
    _design("456-MENet-24x1/3", 48): (Quote("Table IV", 551, 71.60, 90.07), Quote("Table II", 551, 71.6, 90.2)),
}
