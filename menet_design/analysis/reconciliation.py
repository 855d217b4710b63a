"""The way from a network's multiply-adds to what other counters report of it, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from menet_design.analysis.cost import count
from menet_design.analysis.counters import COUNTERS
from menet_design.display import Displayed
from menet_design.graph.network import Network


@dataclass(frozen=True)
class Added:
    """What one step adds to a network's multiply-adds on the way to what a counter reports."""

    counter: str
    step: str
    amount: int


@dataclass(frozen=True)
class Reconciliation(Displayed):
    """The way from a network's multiply-adds, by the paper's convention, to what each counter reports.

    `counters` are the totals, by name; each is `macs` and the amounts of the counter's steps.
    """

    network: Network
    macs: int
    counters: Mapping[str, int] = field(repr=False)
    steps: tuple[Added, ...] = field(repr=False)


def reconcile(network: Network) -> Reconciliation:
    """Count a network, and say step by step what other counters report of it."""
    cost = count(network)
    steps = tuple(
        Added(counter.name, step.name, sum(step.amount(row.operation, row.macs) for row in cost.rows))
        for counter in COUNTERS.values()
        for step in counter.steps
    )
    counters = {name: cost.macs + sum(each.amount for each in steps if each.counter == name) for name in COUNTERS}
    return Reconciliation(network, cost.macs, counters, steps)
