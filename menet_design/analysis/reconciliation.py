"""The way from a network's multiply-adds to what other counters report of it, step by step."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from menet_design.analysis.conventions import Convention
from menet_design.analysis.cost import Cost, count
from menet_design.analysis.counters import COUNTERS
from menet_design.display import Displayed
from menet_design.errors import DesignError
from menet_design.graph.network import Network


@dataclass(frozen=True)
class Added:
    """What one step adds to a network's multiply-adds on the way to what a counter reports."""

    counter: str
    step: str
    amount: int


class Remark(NamedTuple):
    """What is to be said of a counter: why it fails, why what it reports cannot be told, what it does not count."""

    counter: str
    text: str


@dataclass(frozen=True)
class Reconciliation(Displayed):
    """The way from a network's multiply-adds, by the paper's convention, to what each counter reports.

    `counters` are the totals, by name; each is `macs` and the amounts of the counter's steps. A counter that fails, or
    whose total cannot be told, has None and no steps; `remarks` say why, and of the others what they do not count.
    """

    network: Network
    macs: int
    counters: Mapping[str, int | None] = field(repr=False)
    steps: tuple[Added, ...] = field(repr=False)
    remarks: tuple[Remark, ...] = ()


def reconcile(network: Network, counters: Mapping[str, Convention] = COUNTERS) -> Reconciliation:
    """Count a network, and say step by step what other counters report of it, or why they do not.

    Every step grows with the batch, as each counter does.
    """
    cost = count(replace(network, batch=1))
    failures = {name: _failure(cost, counter) for name, counter in counters.items()}
    known = [counter for counter in counters.values() if not failures[counter.name]]
    steps = tuple(
        Added(counter.name, step.name, network.batch * sum(step.amount(row.operation, row.macs) for row in cost.rows))
        for counter in known
        for step in counter.steps
    )
    totals: dict[str, int | None] = dict.fromkeys(counters)
    for counter in known:
        totals[counter.name] = network.batch * cost.macs + sum(
            each.amount for each in steps if each.counter == counter.name
        )
    failed = (Remark(name, why) for name, why in failures.items() if why)
    left_out = (remark for counter in known for remark in _left_out(cost, counter))
    return Reconciliation(network, network.batch * cost.macs, totals, steps, (*failed, *left_out))


def check_counted(network: Network, counter: Convention) -> None:
    """Raise DesignError where a counter fails at a network, or where nobody can tell what it counts."""
    why = _failure(count(network), counter) if counter.steps else ""
    if why:
        raise DesignError(f"{network.name} by {counter.name}: {why}", "menet-design reconcile says what others count")


def _failure(cost: Cost, counter: Convention) -> str:
    """Why a counter fails at a network, or cannot be foretold, by the first operation that is to blame."""
    fails = counter.failure
    return next((why.format(name=row.name) for row in cost.rows if fails and (why := fails(row.operation))), "")


def _left_out(cost: Cost, counter: Convention) -> Iterator[Remark]:
    """What multiplies in a network and is not counted, by layer, function or kind."""
    steps = [step for step in counter.steps if step.unseen]
    rows = [row for row in cost.rows if any(step.amount(row.operation, row.macs) for step in steps)]
    found = Counter(row.operation.layer or row.operation.function or row.kind for row in rows)
    if found:
        yield Remark(
            counter.name, "does not count " + ", ".join(f"{number} × {what}" for what, number in found.items())
        )
