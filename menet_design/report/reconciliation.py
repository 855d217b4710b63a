"""What other counters report of a network, and why: the answer of `reconcile`."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from menet_design.analysis.conventions import PAPER
from menet_design.analysis.counters import VERSIONS
from menet_design.analysis.reconciliation import Reconciliation
from menet_design.graph.network import Network
from menet_design.report.costs import assumptions, recorded_assumptions, settings
from menet_design.report.export import text
from menet_design.report.tables import Document, Table, by_index, columns, text_column
from menet_design.report.units import thousands

_VERSIONS = "counters: " + ", ".join(f"{name} {version.split('.post')[0]}" for name, version in VERSIONS.items())


def reconcile(found: Sequence[Reconciliation], hints: Sequence[str] = ()) -> Document:
    """The steps that lead to each counter's total; of several networks the totals, then the steps of each."""
    results = list(map(_result, found))
    records = [
        {"network": one.network.name, "macs": one.macs, **vars(added), "total": one.counters[added.counter]}
        for one in found
        for added in one.steps
    ]
    notes = [*assumptions(each.network for each in found), *_remarks(found), PAPER.statement]
    notes += [*dict.fromkeys(_ran(each.network) for each in found), _VERSIONS, *hints]
    if len(found) > 1:
        bodies = {"table": lambda width: "\n\n".join(_pages(found, width))}
        table = _side_by_side(found, _lines(found))
        return Document("reconcile", results, table, "", notes, records, bodies, version=2)
    (one,) = found
    headline = f"{one.network.title}: {thousands(one.macs)} multiply-adds and what counters report"
    return Document(
        "reconcile", results, _waterfall(one), headline, [settings(one.network), *notes], records, version=2
    )


def _result(one: Reconciliation) -> dict[str, Any]:
    return {
        "network": one.network.name,
        "macs": one.macs,
        "counters": one.counters,
        "steps": [vars(added) for added in one.steps],
        **({"remarks": [remark._asdict() for remark in one.remarks]} if one.remarks else {}),
        **recorded_assumptions(one.network),
    }


def _ran(network: Network) -> str:
    """How a network ran that counters would count; what a file holds never did."""
    batch = f"at batch size {network.batch}, in evaluation"
    if any(op.call is not None for _, op in network.operations()):
        return f"{batch}, on a CPU, by the layers and functions that ran"
    is_read = any(op.parameters is not None for _, op in network.operations())
    return f"{batch}{'' if is_read else '; ReLU is a function and pools are modules here'}"


def _remarks(found: Sequence[Reconciliation]) -> Iterator[str]:
    """What is to be said of the counters; those of which the same is to be said stand together."""
    for one in found:
        where = f" ({one.network.name})" if len(found) > 1 else ""
        for said in dict.fromkeys(remark.text for remark in one.remarks):
            yield f"{_title(remark.counter for remark in one.remarks if remark.text == said)}: {said}{where}"


def _title(names: Iterable[str]) -> str:
    """Names of counters as they are typed on the command line."""
    return ", ".join(names).replace("_", "-")


class _Line(NamedTuple):
    """What one or several counters report of each network, None where they fail, or, under it, what a step adds."""

    label: str
    amounts: list[int | None]
    is_step: bool = False


def _lines(found: Sequence[Reconciliation]) -> Iterator[_Line]:
    """The lines of all counters; neighbours that add the same stand together, steps that add nothing are left out."""
    yield _Line(PAPER.name, [one.macs for one in found])
    for same, run in groupby(
        found[0].counters, key=lambda name: [(one.counters[name], _added(one, name)) for one in found]
    ):
        names, added = list(run), [steps for _, steps in same]
        yield _Line(_title(names), [one.counters[names[0]] for one in found])
        for step in dict.fromkeys(step for steps in added for step in steps):
            yield _Line(f"  + {step}", [steps.get(step, 0) for steps in added], is_step=True)


def _added(one: Reconciliation, counter: str) -> dict[str, int]:
    """The steps of a counter that add something, and how much."""
    return {each.step: each.amount for each in one.steps if each.counter == counter and each.amount}


def _waterfall(one: Reconciliation) -> Table:
    """A row for what each counter reports, and under it one for each step that adds something."""
    rows = [{"counter": line.label, "adds" if line.is_step else "reports": line.amounts[0]} for line in _lines([one])]
    return Table([text_column("counter"), *columns(thousands, adds="adds", reports="reports")], rows, chosen=0)


def _side_by_side(found: Sequence[Reconciliation], lines: Iterable[_Line]) -> Table:
    """A column a network."""
    names = (one.network.name for one in found)
    rows = [{"counter": line.label, **{i: each or None for i, each in enumerate(line.amounts)}} for line in lines]
    return Table([text_column("counter"), *by_index(names, thousands)], rows, chosen=0)


def _pages(found: Sequence[Reconciliation], width: int) -> Iterator[str]:
    """The totals of several networks, line by line, and under them the steps of each, laid out for a width."""
    yield text(_side_by_side(found, (line for line in _lines(found) if not line.is_step)), width)
    for one in found:
        yield f"{one.network.title}:\n{text(_waterfall(one), width)}"
