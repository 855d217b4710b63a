"""What the legal values of a width cost, of designs, and the values of an argument of somebody else's network."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import count
from menet_design.errors import DesignError, IllegalDesign
from menet_design.exploration.budget import amount_of
from menet_design.families.architectures import network
from menet_design.families.design import Design
from menet_design.graph.network import Network

# How far around a design's own width, or a budget, one looks, as a share of it.
_AROUND = 0.5
# So many values of a curve are counted.
_MOST = 100
_GROUPS = range(1, 9)


@dataclass(frozen=True)
class Curve:
    """Values in ascending order, what each costs, and the index of the one that stands out, if any.

    `is_whole` says that no legal value in between is left out.
    """

    name: str
    values: Sequence[Any]
    amounts: Sequence[int]
    chosen: int | None = None
    is_whole: bool = True


def along_width(design: Design, budget: Any = None, metric: str = "macs", convention: Convention = PAPER) -> Curve:
    """The legal widths of a design, from the smallest to half as much again as its own or, with one, as a budget.

    All else stays. Its own width stands out. Raises DesignError for a design that has no width.
    """
    design.check_has("width")
    legal, own = design.legal_values("width", design.numbers()), vars(design)["width"]

    def amount(width: Any) -> int:
        return amount_of(count(network(design.but(width=width)), convention), metric)

    last = bisect_right(legal.indices, (1 + _AROUND) * own, key=legal.value)
    if budget is not None:
        last = max(last, bisect_right(legal.indices, (1 + _AROUND) * budget, key=lambda i: amount(legal.value(i))))
    step = -(-last // _MOST)
    values = sorted({own, *map(legal.value, legal.indices[:last:step])})
    return Curve(network(design).title, values, list(map(amount, values)), values.index(own), step == 1)


def along_groups(
    design: Design, budget: Any = None, metric: str = "macs", convention: Convention = PAPER
) -> tuple[Any, dict[int, Curve]]:
    """The budget, by default what a design costs, and the legal widths that cost about as much, by number of groups.

    From 1 to 8 groups, and the design's own; all else but the width stays, so numbers that do not go with it are left
    out. The width nearest to the budget stands out. Raises DesignError for a design without groups.
    """
    design.check_has("groups")
    budget = amount_of(count(network(design), convention), metric) if budget is None else budget
    found: dict[int, Curve] = {}
    for groups in sorted({*_GROUPS, vars(design)["groups"]}):
        with suppress(IllegalDesign):
            found[groups] = _near(design, groups, budget, metric, convention)
    near = {groups: curve for groups, curve in found.items() if curve.values}
    if not near:
        raise DesignError(
            f"no legal width of {design} is near {float(budget) / 1e6:,.10g} million", "Give another budget"
        )
    return budget, near


def _near(design: Design, groups: int, budget: Any, metric: str, convention: Convention) -> Curve:
    legal = design.legal_values("width", design.numbers() | {"groups": groups})

    def amount(index: int) -> int:
        return amount_of(count(network(design.but(width=legal.value(index), groups=groups)), convention), metric)

    first, last = (bisect_right(legal.indices, (1 + share) * budget, key=amount) for share in (-_AROUND, _AROUND))
    near = legal.indices[first:last][:_MOST]
    amounts = list(map(amount, near))
    nearest = min(range(len(near)), key=lambda place: abs(amounts[place] - budget), default=None)
    return Curve(network(design).title, list(map(legal.value, near)), amounts, nearest)


def along_argument(
    name: str, values: Iterable[Any], make: Callable[[Any], Network], metric: str, convention: Convention = PAPER
) -> Curve:
    """The values of an argument, each with what the network that is made with it costs; those that make none are left.

    Raises DesignError where none makes one.
    """
    found: dict[Any, int] = {}
    refused = "there are none"
    for value in values:
        try:
            found[value] = amount_of(count(make(value), convention), metric)
        except DesignError as error:
            refused = error.cause
    if not found:
        raise DesignError(f"no value makes a network of {name}: {refused}")
    return Curve(name, list(found), list(found.values()))
