"""What changes from one network to another: the answer of `diff`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.cost import Cost, Group, Row
from menet_design.analysis.difference import METRICS, Change, Difference
from menet_design.report.costs import assumptions, recorded_assumptions, settings
from menet_design.report.tables import Column, Document, Table, text_column, unnested
from menet_design.report.units import millions_like, percent

_LEGEND = 'changes are those from A to B; "in" marks what only one of them has'


def diff(found: Difference, by: str | None = None, hints: Sequence[str] = ()) -> Document:
    """The changes from A to B, gathered by one of `cost.GROUPINGS`: by default by stage, by layer for machines."""
    networks = {"a": found.a.network, "b": found.b.network}
    result = {
        **{side: network.name for side, network in networks.items()},
        **_values(found.a, found.b),
        **dict(zip(("memory_a", "memory_b"), found.peaks, strict=True)),
        **{f"{key}_{side}": each for side in networks for key, each in recorded_assumptions(networks[side]).items()},
        "rows": [{"name": change.name, **_values(change.a, change.b)} for change in found.by(by or "layer")],
    }
    stated = [f"{side.upper()}: {network.name}, {settings(network)}" for side, network in networks.items()]
    same = sum(change.is_none for change in found.by("layer"))
    unchanged = [f"{same} layers without a change are not shown"] if by == "layer" and same else []
    notes = [*stated, *assumptions(networks.values()), _LEGEND, *unchanged, found.a.convention.statement, *hints]
    records = unnested([result], "rows", ("a", "b"))
    return Document("diff", [result], _table(found, by or "stage"), _headline(found), notes, records, version=2)


def _values(a: Cost | Row | Group | None, b: Cost | Row | Group | None) -> dict[str, int | None]:
    """The metrics of both networks for machines; None where a network has no such row."""
    return {
        f"{metric}_{letter}": getattr(side, metric) if side else None
        for metric in METRICS
        for letter, side in (("a", a), ("b", b))
    }


def _headline(found: Difference) -> str:
    """The net changes: multiply-adds in the first line, parameters and activations below, then the peak of memory."""
    macs, params, activations = (found.amount(metric) for metric in METRICS)
    # A hundredth of a million has to be left of a change.
    show = millions_like((found.a.macs, found.b.macs, 100 * macs))
    change = f"{'−' if macs < 0 else '+'}{show(abs(macs))}" if macs else "0"
    first = f"{found.b.network.title} against {found.a.network.title}: {change} MFLOPs{_share(macs, found.a.macs)}"
    second = f"{_signed(params)} parameters{_share(params, found.a.params)}"
    second += f", {_signed(activations)} activations{_share(activations, found.a.activations)}"
    before, after = found.peaks
    third = f"{_signed(after - before)} bytes of peak memory{_share(after - before, before)}"
    return f"{first},\n{second},\n{third}"


def _share(amount: int, whole: int) -> str:
    """A change as a share of what A has."""
    return f" ({percent(Fraction(amount, whole), signed=True)})" if amount and whole else ""


def _table(found: Difference, by: str) -> Table:
    """A row a name with the total last; layers, whose names are long, only where they change, with the changes only."""
    rows = [_row(change) for change in found.by(by) if by != "layer" or not change.is_none]
    total = {"name": "total", **_values(found.a, found.b), **{metric: found.amount(metric) for metric in METRICS}}
    show = millions_like((found.a.macs, found.b.macs))
    wholes = [Column("macs_a", "MFLOPs A", show), Column("macs_b", "MFLOPs B", show)] if by != "layer" else []
    changes = [Column("macs", "MACs", _signed), *(Column(metric, metric, _signed) for metric in METRICS[1:])]
    columns = [text_column("name", by), *wholes, *changes, text_column("only", "in")]
    return Table(columns, [*rows, total], chosen=-1)


def _row(change: Change) -> dict[str, Any]:
    """A row for people, with a mark where only one of the networks has it."""
    only = "B" if change.a is None else "A" if change.b is None else None
    amounts = {metric: change.amount(metric) for metric in METRICS}
    return {"name": change.name, **_values(change.a, change.b), **amounts, "only": only}


def _signed(amount: int) -> str:
    """An exact change; no change is "0"."""
    return f"{amount:+,}".replace("-", "−") if amount else "0"
