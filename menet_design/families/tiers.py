"""The numbers that go with a size where a name leaves them unsaid, as the authors chose them.

The notation w-MENet-k×α does not carry the stem. The authors' released models use stem 12 with fusion
width 8 up to 70 MFLOPs, 24 with 12 up to 420, and 48 with 24 above; a stem is rounded up to a multiple of
the groups. The size of a named network is its cost at 224×224 with 1000 classes, so that it stays the same
network whatever it is fed; the size that a budget stands for is the budget itself.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from menet_design.analysis.cost import count
from menet_design.families.architectures import network
from menet_design.families.design import Design
from menet_design.values import given


class Tier(NamedTuple):
    """The channel numbers, by field, that the authors gave to networks of up to `macs` multiply-adds."""

    macs: float
    channels: Mapping[str, int]


_STEMS = (Tier(70e6, {"stem": 12}), Tier(420e6, {"stem": 24}), Tier(float("inf"), {"stem": 48}))
_FUSIONS = (8, 12, 24)
_TIERS: Mapping[str, tuple[Tier, ...]] = {
    "menet": tuple(Tier(macs, {**stem, "fusion": k}) for (macs, stem), k in zip(_STEMS, _FUSIONS, strict=True)),
    **dict.fromkeys(("shufflenet", "resnet15", "xception15", "resnext15"), _STEMS),
}


def tiers(family: type[Design]) -> tuple[Tier, ...]:
    """The tiers of a family, the smallest first: one that says nothing where its name carries every channel number."""
    return _TIERS.get(family.family, (Tier(float("inf"), {}),))


def reference(family: type[Design]) -> dict[str, Any]:
    """The resolution and the number of classes by which the size of a family's networks is judged."""
    return {key: family.defaults()[key] for key in ("resolution", "classes")}


def tier_of_budget(family: type[Design], macs: Any) -> Tier:
    """The tier of a budget in multiply-adds."""
    return next(tier for tier in tiers(family) if macs <= tier.macs)


def tier_of_numbers(family: type[Design], numbers: Mapping[str, Any]) -> Tier:
    """The smallest tier whose stem, and fusion width where none is given, keep the network within its size.

    Illegal widths are judged by the nearest legal ones: that they are illegal is for the design to say.
    """
    *smaller, largest = tiers(family)
    return next((tier for tier in smaller if _size(family, filled(numbers, tier)) <= tier.macs), largest)


def filled(numbers: Mapping[str, Any], tier: Tier) -> dict[str, Any]:
    """Numbers with the tier's where they give none; its stem becomes a multiple of the groups."""
    known, channels = given(numbers), dict(tier.channels)
    if "groups" in known and "stem" in channels:
        groups = int(known["groups"])
        channels["stem"] = -(-channels["stem"] // groups) * groups
    return channels | known


def _size(family: type[Design], numbers: dict[str, Any]) -> float:
    legal: dict[str, Any] = {}
    for quantity in ("fusion", "width"):
        if quantity in numbers:
            nearest = family.legal_values(quantity, family.defaults() | numbers).around(numbers[quantity])
            legal[quantity] = nearest[0] if nearest else numbers[quantity]
    return float(count(network(family(**numbers | reference(family) | legal))).macs)
