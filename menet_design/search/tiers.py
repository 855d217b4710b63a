"""The numbers that go with a size where a name leaves them unsaid, as the authors chose them.

The notation w-MENet-k×α does not carry the stem. The authors' released models use stem 12 with fusion
width 8 up to 70 MFLOPs, 24 with 12 up to 420, and 48 with 24 above; a stem is rounded up to a multiple of
the groups. The size of a named network is its cost at 224×224 with 1000 classes, so that it stays the same
network whatever it is fed; the size that a budget stands for is the budget itself.
"""

from collections.abc import Mapping
from typing import Any

from menet_design.analysis.cost import count
from menet_design.design import Design, Tier

# What a network is fed and gives where nothing else is said: its size is judged by it.
_INPUT = ("resolution", "classes")


def reference(family: type[Design]) -> dict[str, Any]:
    """The resolution and the number of classes by which the size of a family's networks is judged."""
    return {key: family.defaults()[key] for key in _INPUT}


def tier_of_budget(family: type[Design], macs: Any) -> Tier:
    """The tier of a budget in multiply-adds."""
    return next(tier for tier in family.tiers if macs <= tier.macs)


def tier_of_numbers(family: type[Design], numbers: Mapping[str, Any]) -> Tier:
    """The smallest tier whose stem, and fusion width where none is given, keep the network within its size.

    Illegal widths are judged by the nearest legal ones: that they are illegal is for the design to say.
    """
    *smaller, largest = family.tiers
    return next((tier for tier in smaller if _size(family, filled(numbers, tier)) <= tier.macs), largest)


def filled(numbers: Mapping[str, Any], tier: Tier) -> dict[str, Any]:
    """Numbers with the tier's where they give none; its stem becomes a multiple of the groups."""
    given = {key: value for key, value in numbers.items() if value is not None}
    channels = dict(tier.channels)
    if "groups" in given and "stem" in channels:
        groups = int(given["groups"])
        channels["stem"] = -(-channels["stem"] // groups) * groups
    return channels | given


def _size(family: type[Design], numbers: dict[str, Any]) -> float:
    legal: dict[str, Any] = {}
    for quantity in ("fusion", "width"):
        if quantity in numbers:
            nearest = family.lattice(quantity, family.defaults() | numbers).around(numbers[quantity])
            legal[quantity] = nearest[0] if nearest else numbers[quantity]
    return count(family(**numbers | reference(family) | legal)).macs
