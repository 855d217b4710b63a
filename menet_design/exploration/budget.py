"""Which design fits a budget: the legal values of one quantity, bisected by exact cost."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Literal, get_args

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost, count
from menet_design.analysis.counters import convention as convention_of
from menet_design.display import Displayed
from menet_design.errors import DesignError, IllegalDesign, ImpossibleBudget
from menet_design.families import figures
from menet_design.families.architectures import network
from menet_design.families.design import Design, PublishedFigure
from menet_design.families.legal import LegalValues
from menet_design.families.naming import like, options
from menet_design.families.tiers import filled, reference, tier_of_budget, tier_of_numbers, tiers
from menet_design.values import MAX_CHANNELS, check_known, check_number, check_whole, is_nan

Metric = Literal["macs", "params", "memory"]
Fit = Literal["nearest", "under"]
METRICS: tuple[str, ...] = get_args(Metric)
FITS: tuple[str, ...] = get_args(Fit)


@dataclass(frozen=True)
class Candidate:
    """A legal design and what it costs."""

    design: Design
    cost: Cost = field(repr=False)

    @property
    def figures(self) -> tuple[PublishedFigure, ...]:
        """What sources print of the design."""
        return figures(self.design)

    @property
    def stem(self) -> int | None:
        """The stem without which its name means another network; None where there is no need to say it."""
        return options(self.design).get("stem")


@dataclass(frozen=True)
class Solution(Displayed):
    """The legal design that answers a budget, and its legal neighbours on both sides as evidence.

    With fit "nearest" the choice is the design whose cost is nearest to the budget (the cheaper one of two that are
    equally near), with "under" the largest within it. The neighbours are the next cheaper legal design and the next
    dearer one; None where there is none.
    """

    budget: int | float | Fraction
    metric: str
    fit: str
    solved_for: str
    chosen: Candidate
    cheaper: Candidate | None = field(repr=False)
    dearer: Candidate | None = field(repr=False)

    @property
    def choice(self) -> Design:
        """The design that answers the question."""
        return self.chosen.design

    @property
    def choice_cost(self) -> Cost:
        """What it costs."""
        return self.chosen.cost

    @property
    def under(self) -> Design | None:
        """The next cheaper legal design."""
        return self.cheaper.design if self.cheaper else None

    @property
    def over(self) -> Design | None:
        """The next dearer legal design."""
        return self.dearer.design if self.dearer else None

    @property
    def loss(self) -> Fraction | None:
        """The share of inter-group connections that grouping loses (Eq. 2); None without groups."""
        from menet_design.analysis.loss_ratio import loss_ratio

        groups = self.choice.numbers().get("groups")
        return None if groups is None else loss_ratio(groups)

    def amount(self, cost: Cost) -> int:
        """What a cost comes to in the metric of the budget."""
        return amount_of(cost, self.metric)

    def deviation(self, cost: Cost) -> Fraction:
        """How far a cost lies from the budget, as a share of it; negative below."""
        return Fraction(self.amount(cost)) / Fraction(self.budget) - 1


def solve(
    budget: int | float | Fraction,
    groups: int | None = None,
    *,
    family: str | Design | type[Design] = "menet",
    metric: Metric = "macs",
    fit: Fit = "nearest",
    solve_for: str = "width",
    convention: str | Convention = "paper",
    **numbers: Any,
) -> Solution:
    """Solve for the width (or fusion, expansion, resolution) whose cost meets a budget.

    `budget` is in multiply-adds, or what the convention counts for them; with metric "params" in parameters, with
    "memory" in bytes of float32 activations at their peak (`analysis.memory`). A peak does not fall along any of these
    quantities, but it may stay: of the designs that need the same within the budget, the largest is chosen.
    `family` is a family, or a network, or its name, whose other numbers are kept: "ResNet-56", "GoogLeNet-3x3".
    `groups` are given for families that have them. `numbers` fixes other fields of the design (fusion, expansion,
    stem, resolution, classes, and width where another quantity is solved for); a stem or fusion width that is not
    given is that of the tier (`menet_design.families.tiers`), which the paper's count decides.

    Raises ImpossibleBudget, naming the smallest or largest legal design, where no design meets the budget,
    and IllegalDesign where the fixed numbers make no network.

    >>> solve(140e6, groups=8).choice
    MENet(resolution=224, classes=1000, width=352, groups=8, stem=24, fusion=12, expansion=1, combine='product')
    """
    question = _Question(budget, metric, fit, solve_for, convention_of(convention))
    found, fixed = like(family, **{**numbers, "groups": groups})
    if numbers.get(solve_for) is None:
        fixed.pop(solve_for, None)
    _check(found, question, fixed)
    if solve_for == "width" and (metric != "macs" or question.convention is not PAPER):
        return _solve_by_tier(found, question, fixed)
    tier = tier_of_budget(found, budget) if solve_for == "width" else tier_of_numbers(found, fixed)
    return _bisect(found, question, filled(fixed, tier))


@dataclass(frozen=True)
class _Question:
    budget: Any  # a number
    metric: str
    fit: str
    solve_for: str
    convention: Convention


def _check(family: type[Design], question: _Question, numbers: Mapping[str, Any]) -> None:
    """Refuse what cannot be solved, before anything is counted."""
    budget, metric, fit, solve_for = question.budget, question.metric, question.fit, question.solve_for
    if solve_for == "width" and not family.has("width"):
        remedy = f"Solve for {', '.join(family.quantities)}"
        raise DesignError(f"a network like {family.example} has no width to solve for", remedy, family.quantities)
    known = (("metric", metric, METRICS), ("fit", fit, FITS), ("quantity", solve_for, family.quantities))
    for what, value, legal in known:
        check_known(what, value, legal)
    check_number("budget", budget)
    if is_nan(budget):
        raise ImpossibleBudget(f"budget {budget!s:.20} is not a number", "140 million is 140e6")
    if (metric, solve_for) == ("params", "resolution"):
        others = [quantity for quantity in family.quantities if quantity != "resolution"]
        remedy = f"Solve for {', '.join(others)}" if others else ""
        raise DesignError("parameters do not depend on the resolution", remedy)
    _check_numbers(family, solve_for, numbers)


def _check_numbers(family: type[Design], solve_for: str, numbers: Mapping[str, Any]) -> None:
    """Refuse numbers that a family has not, and those that are solved for."""
    for key in numbers:
        family.check_has(key)
    if family.has("groups") and "groups" not in numbers:
        raise DesignError(f"a budget for a network like {family.example} needs a number of groups", "Give groups, as 3")
    for key in {"width", "stem", "fusion", "groups"} & numbers.keys():
        check_whole(key, numbers[key], 1, MAX_CHANNELS)
    for given, followed in (("widths", ("width",)), ("fusions", ("fusion", "expansion"))):
        if given in numbers and solve_for in followed:
            raise DesignError(f"{given} are given and {solve_for} is solved for", f"Leave out {given}")
    if solve_for in numbers:
        raise DesignError(f"{solve_for} is given and solved for", f"Leave out {solve_for}")
    if solve_for != "width" and "width" not in {**family.defaults(), **numbers} and family.has("width"):
        raise DesignError(f"solving for {solve_for} needs a width", f"Give one, or a name such as {family.example}")


def _solve_by_tier(family: type[Design], question: _Question, fixed: Mapping[str, Any]) -> Solution:
    """The solution in the smallest tier whose choice stays within the tier's size, which is in the paper's count.

    The size of a budget in parameters is what the choice costs at the reference input, of any other what it costs as
    it is fed. A tier stays where the next one has no design: the memory of a wider stem may be beyond the budget.
    """
    fed = reference(family) if question.metric == "params" else {}
    tier, *larger = tiers(family)
    solution = _bisect(family, question, filled(fixed, tier))
    for next_tier in larger:
        if count(network(solution.choice.but(**fed))).macs <= tier.macs:
            break
        try:
            solution, tier = _bisect(family, question, filled(fixed, next_tier)), next_tier
        except ImpossibleBudget:
            break
    return solution


def _bisect(family: type[Design], question: _Question, fixed: Mapping[str, Any]) -> Solution:
    """The choice among the legal values next to the budget, in the order of their cost."""
    budget, solve_for = question.budget, question.solve_for
    legal = _legal(family, solve_for, fixed)

    def candidate(index: int) -> Candidate:
        design = family(**{**fixed, solve_for: legal.value(index)})
        return Candidate(design, count(network(design), question.convention))

    def amount(found: Candidate) -> int:
        return amount_of(found.cost, question.metric)

    sequences = (legal.indices[first :: legal.interleaved] for first in range(legal.interleaved))
    around = (each for sequence in sequences for each in _around(budget, sequence, candidate, amount))
    ladder = sorted(around, key=lambda found: (amount(found), found.cost.macs))
    last = len(ladder) - 1
    under = bisect_right(ladder, budget, key=amount) - 1
    if under < 0:
        raise _impossible(question, fixed, ladder[0], "smallest")
    if under == last and amount(ladder[last]) < budget:
        raise _impossible(question, fixed, ladder[last], "largest")
    over = min(under + 1, last)
    is_over = question.fit == "nearest" and amount(ladder[over]) - budget < budget - amount(ladder[under])
    chosen = over if is_over else under
    below, above = (ladder[i] if 0 <= i <= last else None for i in (chosen - 1, chosen + 1))
    return Solution(budget, question.metric, question.fit, solve_for, ladder[chosen], below, above)


# The first index that is tried: few budgets lie below it, and then three halvings find them.
_FIRST = 8


def _around(
    budget: Any, indices: range, candidate: Callable[[int], Candidate], amount: Callable[[Candidate], int]
) -> list[Candidate]:
    """The two candidates on each side of the budget, bisected, of values along which cost grows.

    The largest legal value is far beyond most budgets, so an upper end is found first, by doubling.
    """
    known = cache(candidate)
    within, beyond, stop = 0, _FIRST, len(indices)
    while beyond < stop and amount(known(indices[beyond])) <= budget:
        within, beyond = beyond, 2 * beyond
    over = bisect_right(indices, budget, within, min(beyond, stop), key=lambda index: amount(known(index)))
    return [known(index) for index in indices[max(over - 2, 0) : over + 2]]


def _legal(family: type[Design], solve_for: str, fixed: Mapping[str, Any]) -> LegalValues:
    """The legal values; IllegalDesign where there are none or the fixed numbers do not go together."""
    legal = family.legal_values(solve_for, {**family.defaults(), **fixed})
    if not legal.indices:
        cause = f"no {solve_for} up to {MAX_CHANNELS:,} is legal with {_named(fixed)}"
        raise IllegalDesign(cause, "Give a smaller stem, or fewer groups")
    family(**{**fixed, solve_for: legal.value(legal.indices[0])})
    return legal


def _impossible(question: _Question, fixed: Mapping[str, Any], extreme: Candidate, which: str) -> ImpossibleBudget:
    flops = "MFLOPs" if question.convention is PAPER else f"MFLOPs ({question.convention.name})"
    unit = {"macs": flops, "params": "M parameters", "memory": "MB of peak memory"}[question.metric]
    bound = "less" if which == "smallest" else "more"
    amount = amount_of(extreme.cost, question.metric)
    given = f" with {_named(fixed)}" if _named(fixed) else ""
    cause = f"no legal design{given} has {_millions(question.budget)} {unit} or {bound}"
    remedy = f"The {which}, {extreme.design}, has {amount / 1e6:,.2f} {unit}"
    # A budget in the wrong unit, such as 140 for 140e6, is a million times too small or too large.
    million = 1 if which == "smallest" else 10**12
    if million <= question.budget < 10**5 * million:
        remedy += f". Is a budget of {float(question.budget) / million:,.10g} million meant?"
    return ImpossibleBudget(cause, remedy, (extreme.design,))


def _millions(budget: Any) -> str:
    """Millions in words; an int may be too large for a float."""
    try:
        return f"{float(budget) / 1e6:,.10g}"
    except OverflowError:
        return "infinitely many"


def _named(fixed: Mapping[str, Any]) -> str:
    """The fixed channel numbers in words: "groups 8, stem 24, fusion 12"."""
    return ", ".join(f"{key} {fixed[key]}" for key in ("groups", "width", "stem", "fusion") if key in fixed)


def amount_of(cost: Cost, metric: str) -> int:
    """What a network costs in one of METRICS, or in activations."""
    if metric == "memory":
        from menet_design.analysis.memory import peak

        return peak(cost.network)
    amount: int = getattr(cost, metric)
    return amount
