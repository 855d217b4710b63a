"""What other counters report of a network, and why: the answer of `reconcile`."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from menet_design.analysis.conventions import PAPER
from menet_design.analysis.counters import COUNTERS, VERSIONS, Reconciliation
from menet_design.report.costs import readings, recorded_readings, settings
from menet_design.report.export import aligned
from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.report.units import exact

_STEP = "  + "
_BUILT = "at batch size 1, in evaluation; ReLU is a function and pools are modules here"
_VERSIONS = Prose("counters: " + ", ".join(f"{name} {version.split('.post')[0]}" for name, version in VERSIONS.items()))


def reconcile(found: Sequence[Reconciliation], hints: Sequence[str]) -> Document:
    """The steps that lead to each counter's total; of several designs the totals, then the steps of each."""
    results = [_result(each) for each in found]
    notes = (*readings(each.design for each in found), PAPER.statement, _BUILT, _VERSIONS, *hints)
    if len(found) > 1:
        bodies = {"table": "\n\n".join(_pages(found))}
        return Document("reconcile", results, _side_by_side(found), "", notes, _records(found), bodies)
    (one,) = found
    headline = f"{one.design.title}: {exact(one.macs)} multiply-adds and what counters report"
    return Document("reconcile", results, _waterfall(one), headline, (settings(one.design), *notes), _records(found))


def _result(each: Reconciliation) -> dict[str, Any]:
    return {
        "network": each.design.name,
        "macs": each.macs,
        "counters": dict(each.counters),
        "steps": [added._asdict() for added in each.steps],
        **recorded_readings(each.design),
    }


def _waterfall(one: Reconciliation) -> Table:
    """A row for what each counter reports, and under it one for each step that adds something."""
    columns = (
        Column("counter", "counter", align="left"),
        Column("amount", "adds", exact),
        Column("total", "reports", exact),
    )
    rows: list[Sequence[Any]] = [(PAPER.name, None, one.macs)]
    for title, name in _counters():
        rows.append((title, None, one.counters[name]))
        rows += [(step, amount, None) for step, (amount,) in _steps([one], name)]
    return Table(columns, rows, chosen=0)


def _pages(found: Sequence[Reconciliation]) -> Iterator[str]:
    """The totals of several designs as text, and under them the steps of each."""
    steps = _side_by_side(found)
    totals = steps._replace(rows=[row for row in steps.rows if not row[0].startswith(_STEP)])
    yield "\n".join(aligned(totals))
    for one in found:
        yield "\n".join([f"{one.design.title}:", *aligned(_waterfall(one))])


def _side_by_side(found: Sequence[Reconciliation]) -> Table:
    """What each counter reports and, under it, the steps that add something, a column a design."""
    columns = [Column("counter", "counter", align="left")]
    columns += [Column(each.design.name, each.design.name, exact) for each in found]
    rows: list[Sequence[Any]] = [(PAPER.name, *(each.macs for each in found))]
    for title, name in _counters():
        rows.append((title, *(each.counters[name] for each in found)))
        rows += [(step, *(amount or None for amount in amounts)) for step, amounts in _steps(found, name)]
    return Table(columns, rows, chosen=0)


def _counters() -> Iterator[tuple[str, str]]:
    """What to call each counter, and its name; neighbours that add the same are called together."""
    for _, run in groupby(COUNTERS, key=lambda name: COUNTERS[name].steps):
        names = list(run)
        yield ", ".join(map(_hyphenated, names)), names[0]


def _steps(found: Sequence[Reconciliation], counter: str) -> Iterator[tuple[str, list[int]]]:
    """The steps to a counter's total that add something to any of the designs, and what they add to each."""
    for added in zip(*([each for each in one.steps if each.counter == counter] for one in found), strict=True):
        amounts = [each.amount for each in added]
        if any(amounts):
            yield f"{_STEP}{added[0].step}", amounts


def _hyphenated(name: str) -> str:
    """The name of a counter as it is typed on the command line."""
    return name.replace("_", "-")


def _records(found: Sequence[Reconciliation]) -> Table:
    """Every step of every counter and design, exact, for CSV and TSV."""
    keys = ("network", "macs", "counter", "step", "amount", "total")
    rows = [
        (each.design.name, each.macs, *added, each.counters[added.counter]) for each in found for added in each.steps
    ]
    return Table([Column(key, key) for key in keys], rows)
