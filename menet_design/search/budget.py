"""Which design fits a budget: the legal values of one quantity, bisected by exact cost."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from menet_design import zoo
from menet_design.analysis.cost import Cost, count
from menet_design.design import MAX_CHANNELS, Design, Lattice, Tier, check_known, check_whole
from menet_design.errors import DesignError, IllegalDesign, ImpossibleBudget
from menet_design.search.tiers import filled, tier_of_budget, tier_of_numbers

METRICS = ("macs", "params")
FITS = ("nearest", "under")
LARGEST_BUDGET = 10**18
QUANTITIES = ("width", "fusion", "expansion", "resolution")


@dataclass(frozen=True)
class Solution:
    """The legal designs around a budget: `under` costs at most the budget, `over`, the next one, more.

    `choice` is one of the two: with fit "nearest" the one whose cost is nearer (the cheaper one of a tie),
    with "under" the one that does not exceed the budget. `over` is None where nothing larger is legal.
    """

    budget: float
    metric: str
    fit: str
    choice: Design
    under: Design
    over: Design | None


def solve(
    budget: float,
    groups: int,
    *,
    family: str = "menet",
    metric: str = "macs",
    fit: str = "nearest",
    solve_for: str = "width",
    **numbers: Any,
) -> Solution:
    """Solve for the width (or fusion, expansion, resolution) whose cost meets a budget.

    `budget` is in multiply-adds, or in parameters with metric "params". `numbers` fixes other fields of the
    design (fusion, expansion, stem, resolution, classes, and width where another quantity is solved for);
    a stem or fusion width that is not given is that of the tier (`menet_design.search.tiers`).

    Raises ImpossibleBudget, naming the smallest or largest legal design, where no design meets the budget,
    and IllegalDesign where the fixed numbers make no network.
    """
    _check(budget, groups, metric, fit, solve_for, numbers)
    found = zoo.family(family)
    fixed = {**numbers, "groups": groups}
    if solve_for == "width" and metric == "params":
        return _solve_params(found, budget, fit, fixed)
    tier = tier_of_budget(found, budget) if solve_for == "width" else _tier_of_width(found, solve_for, fixed)
    return _bisect(found, budget, metric, fit, solve_for, filled(fixed, tier))


def _tier_of_width(family: type[Design], solve_for: str, fixed: Mapping[str, Any]) -> Tier:
    known = {key: value for key, value in fixed.items() if key != solve_for}
    return tier_of_numbers(family, known)


def _solve_params(family: type[Design], budget: float, fit: str, fixed: Mapping[str, Any]) -> Solution:
    """The solution in the smallest tier whose choice stays within the tier's size in multiply-adds."""
    for tier in family.tiers:
        solution = _bisect(family, budget, "params", fit, "width", filled(fixed, tier))
        if count(solution.choice.but(resolution=224, classes=1000)).macs <= tier.macs:
            break
    return solution


def _bisect(
    family: type[Design], budget: float, metric: str, fit: str, solve_for: str, fixed: Mapping[str, Any]
) -> Solution:
    """Bisect the lattice of legal values; cost grows with every quantity that can be solved for."""
    lattice = _lattice(family, solve_for, fixed)

    def design(index: int) -> Design:
        return family(**{**fixed, solve_for: lattice.value(index)})

    def cost(index: int) -> int:
        return _amount(count(design(index)), metric)

    position = bisect_right(lattice.indices, budget, key=cost)
    if position == 0:
        raise _impossible(budget, metric, design(lattice.indices[0]), "smallest")
    under = lattice.indices[position - 1]
    if position == len(lattice.indices):
        if cost(under) < budget:
            raise _impossible(budget, metric, design(under), "largest")
        return Solution(budget, metric, fit, design(under), design(under), None)
    over = lattice.indices[position]
    nearer = over if fit == "nearest" and cost(over) - budget < budget - cost(under) else under
    return Solution(budget, metric, fit, design(nearer), design(under), design(over))


def _lattice(family: type[Design], solve_for: str, fixed: Mapping[str, Any]) -> Lattice:
    lattice = family.lattice(solve_for, {"expansion": 1, **fixed})
    if not lattice.indices:
        raise IllegalDesign(f"no {solve_for} up to {MAX_CHANNELS:,} is legal with {fixed['groups']} groups")
    # The smallest legal value shows whether the fixed numbers go together before anything is searched.
    family(**{**fixed, solve_for: lattice.value(lattice.indices[0])})
    return lattice


def _amount(cost: Cost, metric: str) -> int:
    return cost.macs if metric == "macs" else cost.params


def _impossible(budget: float, metric: str, extreme: Design, which: str) -> ImpossibleBudget:
    unit = "FLOPs" if metric == "macs" else " parameters"
    amount = _amount(count(extreme), metric)
    relation = "less" if which == "smallest" else "more"
    cause = f"no legal design costs {budget / 1e6:g} M{unit} or {relation}: the {which}, {extreme.name}"
    cause += f" with stem {extreme.stem}, has {amount / 1e6:.2f} M{unit}"
    return ImpossibleBudget(cause, nearest=(extreme,))


def _check(
    budget: float, groups: int, metric: str, fit: str, solve_for: str, numbers: Mapping[str, Any]
) -> None:
    """Refuse what cannot be solved, before anything is counted."""
    for what, value, legal in (("metric", metric, METRICS), ("fit", fit, FITS), ("quantity", solve_for, QUANTITIES)):
        check_known(what, value, legal)
    if not 0 < budget <= LARGEST_BUDGET:
        raise ImpossibleBudget(f"a budget of {budget / 1e6} M is not between 0 and {LARGEST_BUDGET / 1e6:g} M")
    check_whole("groups", groups, 1, MAX_CHANNELS)
    given = {key for key, value in numbers.items() if value is not None}
    if solve_for in given:
        raise DesignError(f"{solve_for} is given and solved for", f"Leave out {solve_for}")
    if solve_for != "width" and "width" not in given:
        raise DesignError(f"solving for {solve_for} needs a width", "Give one, such as 228")
