"""What other counters report of a network, and why: the answer of `reconcile`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from menet_design.analysis.conventions import PAPER
from menet_design.analysis.counters import COUNTERS, VERSIONS
from menet_design.analysis.reconciliation import Reconciliation
from menet_design.report.costs import assumptions, recorded_assumptions, settings
from menet_design.report.export import aligned
from menet_design.report.tables import Document, Prose, Record, Table, by_index, columns, text_column
from menet_design.report.units import thousands

_BUILT = "at batch size 1, in evaluation; ReLU is a function and pools are modules here"
_VERSIONS = Prose("counters: " + ", ".join(f"{name} {version.split('.post')[0]}" for name, version in VERSIONS.items()))


def reconcile(found: Sequence[Reconciliation], hints: Sequence[str] = ()) -> Document:
    """The steps that lead to each counter's total; of several networks the totals, then the steps of each."""
    results = [
        {
            "network": one.network.name,
            "macs": one.macs,
            "counters": one.counters,
            "steps": list(map(vars, one.steps)),
            **recorded_assumptions(one.network),
        }
        for one in found
    ]
    records = [
        {"network": one.network.name, "macs": one.macs, **vars(added), "total": one.counters[added.counter]}
        for one in found
        for added in one.steps
    ]
    notes = [*assumptions(one.network for one in found), PAPER.statement, _BUILT, _VERSIONS, *hints]
    if len(found) > 1:
        names = (one.network.name for one in found)
        table = Table([text_column("counter"), *by_index(names, thousands)], list(_rows(found)), chosen=0)
        totals = replace(table, records=[row for row in table.records if "reports" in row])
        steps = ([f"{one.network.title}:", *aligned(_waterfall(one))] for one in found)
        bodies = {"table": "\n\n".join(map("\n".join, (aligned(totals), *steps)))}
        return Document("reconcile", results, table, "", notes, records, bodies, version=2)
    (one,) = found
    headline = f"{one.network.title}: {thousands(one.macs)} multiply-adds and what counters report"
    notes = [settings(one.network), *notes]
    return Document("reconcile", results, _waterfall(one), headline, notes, records, version=2)


def _waterfall(one: Reconciliation) -> Table:
    """A row for what each counter reports, and under it one for each step that adds something."""
    return Table([text_column("counter"), *columns(thousands, adds="adds", reports="reports")], list(_rows([one])), 0)


def _rows(found: Sequence[Reconciliation]) -> Iterator[Record]:
    """What counters report; neighbours that add the same stand together, steps that add nothing are left out."""
    yield _row(PAPER.name, "reports", [one.macs for one in found])
    for _, run in groupby(COUNTERS, key=lambda name: COUNTERS[name].steps):
        names = list(run)
        title = ", ".join(names).replace("_", "-")  # as they are typed on the command line
        yield _row(title, "reports", [one.counters[names[0]] for one in found])
        for added in zip(*([each for each in one.steps if each.counter == names[0]] for one in found), strict=True):
            if any(each.amount for each in added):
                yield _row(f"  + {added[0].step}", "adds", [each.amount for each in added])


def _row(counter: str, what: str, amounts: Sequence[int]) -> Record:
    """The amounts of networks by their indices, and under a key of its own that of the first."""
    return {"counter": counter, what: amounts[0], **{index: amount or None for index, amount in enumerate(amounts)}}
