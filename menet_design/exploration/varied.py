"""Which value of one argument makes a network that fits a budget, whoever makes the network: real counts decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost, count
from menet_design.errors import DesignError, ImpossibleBudget
from menet_design.exploration.budget import FITS, METRICS, amount_of
from menet_design.graph.network import Network
from menet_design.values import check_known


@dataclass(frozen=True)
class Trial:
    """A value that was tried: what its network costs, and how much of the metric that is."""

    value: Any
    cost: Cost
    amount: int


@dataclass(frozen=True)
class Varied:
    """The value of an argument whose network is nearest to a budget, and its neighbours on both sides as evidence.

    `counted` are how many networks were made and counted, of so many `values`; `refused` are the values that make no
    network, with the reasons. `grows` says whether the metric grows along the values, as far as it was counted; where
    it does not, all of them were.
    """

    argument: str
    budget: int | float | Fraction
    metric: str
    fit: str
    chosen: Trial
    cheaper: Trial | None
    dearer: Trial | None
    values: int
    counted: int
    grows: bool
    refused: tuple[tuple[Any, str], ...] = field(repr=False)

    def deviation(self, trial: Trial) -> Fraction:
        """How far a trial lies from the budget, as a share of it; negative below."""
        return Fraction(trial.amount) / Fraction(self.budget) - 1


def vary(
    budget: int | float | Fraction,
    make: Callable[[Any], Network],
    values: Sequence[Any],
    *,
    argument: str = "width",
    metric: str = "macs",
    fit: str = "nearest",
    convention: Convention = PAPER,
) -> Varied:
    """Bisect the values of an argument for a budget of multiply-adds, parameters or bytes of peak memory.

    `make` makes the network of a value; a value that it refuses with a DesignError is passed over. `fit` asks for the
    nearest network or for the largest "under" the budget. Raises ImpossibleBudget, naming the cheapest or the dearest,
    where all networks are dearer or all cheaper, and DesignError where there are none.
    """
    check_known("metric", metric, METRICS)
    check_known("fit", fit, FITS)
    tries = _Tries(make, values, metric, convention)
    under, over = tries.bisect(budget)
    if not tries.grows():
        tries.try_all()
        ladder = sorted(tries.found(), key=lambda trial: trial.amount)
    else:
        ladder = tries.around(under, over)
    return _chosen(ladder, tries, argument, budget, fit)


class _Tries:
    """The networks of some values, each made and counted once, when it is asked for."""

    def __init__(
        self, make: Callable[[Any], Network], values: Sequence[Any], metric: str, convention: Convention
    ) -> None:
        self.make, self.values, self.metric, self.convention = make, values, metric, convention
        self.trials: dict[int, Trial] = {}
        self.refused: dict[int, str] = {}

    def at(self, index: int) -> Trial | None:
        """The trial of a value; None where it makes no network."""
        if index not in self.trials and index not in self.refused:
            try:
                cost = count(self.make(self.values[index]), self.convention)
            except DesignError as error:
                self.refused[index] = error.cause
            else:
                amount = amount_of(cost, self.metric)
                self.trials[index] = Trial(self.values[index], cost, amount)
        return self.trials.get(index)

    def next(self, first: int, step: int, stop: int) -> int | None:
        """The first index from one on, before another, whose value makes a network."""
        return next((index for index in range(first, stop, step) if self.at(index)), None)

    def bisect(self, budget: Any) -> tuple[int | None, int | None]:
        """The last index within the budget and the first beyond it, of values along which the metric grows."""
        low, high = -1, len(self.values)
        while high - low > 1:
            middle = (low + high) // 2
            index = self.next(middle, 1, high)
            index = self.next(middle - 1, -1, low) if index is None else index
            if index is None:
                break
            if self.trials[index].amount <= budget:
                low = index
            else:
                high = index
        return low if low >= 0 else None, high if high < len(self.values) else None

    def around(self, under: int | None, over: int | None) -> list[Trial]:
        """The trials at two indices, and the next ones on both sides, in ascending order."""
        below = self.next(under - 1, -1, -1) if under is not None else None
        above = self.next(over + 1, 1, len(self.values)) if over is not None else None
        return [self.trials[index] for index in (below, under, over, above) if index is not None]

    def grows(self) -> bool:
        """Whether the metric grows along the values that were tried."""
        return all(one.amount <= other.amount for one, other in pairwise(self.found()))

    def found(self) -> list[Trial]:
        """The trials in the order of the values."""
        return [self.trials[index] for index in sorted(self.trials)]

    def try_all(self) -> None:
        """Try every value."""
        for index in range(len(self.values)):
            self.at(index)


def _chosen(ladder: Sequence[Trial], tries: _Tries, argument: str, budget: Any, fit: str) -> Varied:
    """The trial that is nearest to the budget, of two that are equally near the cheaper, between its neighbours."""
    if not ladder:
        reason = next(iter(tries.refused.values()), "there are none")
        raise DesignError(f"no value of {argument} makes a network: {reason}")
    first, last = ladder[0], ladder[-1]
    if first.amount > budget or last.amount < budget:
        which, end = ("smallest", first) if first.amount > budget else ("largest", last)
        cause = (
            f"no value of {argument} has {float(budget):,.10g} {tries.metric} or {'less' if end is first else 'more'}"
        )
        raise ImpossibleBudget(cause, f"The {which}, {argument}={end.value}, has {end.amount:,}", (end.value,))
    within = [index for index, trial in enumerate(ladder) if fit == "nearest" or trial.amount <= budget]
    place = min(within, key=lambda index: (abs(ladder[index].amount - budget), index))
    return Varied(
        argument=argument,
        budget=budget,
        metric=tries.metric,
        fit=fit,
        chosen=ladder[place],
        cheaper=ladder[place - 1] if place else None,
        dearer=ladder[place + 1] if place + 1 < len(ladder) else None,
        values=len(tries.values),
        counted=len(tries.trials),
        grows=tries.grows(),
        refused=tuple((tries.values[index], reason) for index, reason in sorted(tries.refused.items())),
    )
