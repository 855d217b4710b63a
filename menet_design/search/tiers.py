"""The stem and fusion width that go with a size, as the authors chose them.

The notation w-MENet-k×α does not carry the stem. The authors' released models use stem 12 with fusion
width 8 up to 70 MFLOPs, 24 with 12 up to 420, and 48 with 24 above; a stem is rounded up to a multiple of
the groups. The size of a named network is its cost at 224×224 with 1000 classes, so that it stays the same
network whatever it is fed; the size that a budget stands for is the budget itself.
"""

from collections.abc import Mapping
from typing import Any

from menet_design.analysis.cost import count
from menet_design.design import Design, Tier

REFERENCE = {"resolution": 224, "classes": 1000}


def tier_of_budget(family: type[Design], macs: Any) -> Tier:
    """The tier of a budget in multiply-adds."""
    return next(tier for tier in family.tiers if macs <= tier.macs)


def tier_of_numbers(family: type[Design], numbers: Mapping[str, Any]) -> Tier:
    """The smallest tier whose stem, and fusion width where none is given, keep the network within its size.

    Illegal widths are judged by the nearest legal ones: that they are illegal is for the design to say.
    """
    return next(tier for tier in family.tiers if _size(family, filled(numbers, tier)) <= tier.macs)


def filled(numbers: Mapping[str, Any], tier: Tier) -> dict[str, Any]:
    """Numbers with the tier's stem and fusion width where they give none."""
    given = {key: value for key, value in numbers.items() if value is not None}
    groups = int(given["groups"])
    return {"fusion": tier.fusion, "stem": -(-tier.stem // groups) * groups} | given


def _size(family: type[Design], numbers: dict[str, Any]) -> float:
    legal = {}
    for quantity in ("fusion", "width"):
        nearest = family.lattice(quantity, {"expansion": 1, **numbers}).around(numbers[quantity])
        legal[quantity] = nearest[0] if nearest else numbers[quantity]
    return count(family(**numbers | REFERENCE | legal)).macs
