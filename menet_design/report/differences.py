"""What changes from one design to another: the answer of `diff`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.cost import Cost, Row
from menet_design.analysis.difference import METRICS, Change, Difference
from menet_design.report.costs import readings, recorded_readings, settings
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import millions_like, percent

_READING = 'changes are those from A to B; "in" marks what only one of them has'


def diff(found: Difference, by: str | None, hints: Sequence[str]) -> Document:
    """The changes from A to B, gathered by one of `cost.GROUPINGS`: by default by stage, by layer for machines."""
    result = {
        "a": found.a.design.name,
        "b": found.b.design.name,
        **_values(found.a, found.b),
        **_readings(found),
        "rows": [{"name": change.name, **_values(change.a, change.b)} for change in found.by(by or "layer")],
    }
    sides = (("A", found.a.design), ("B", found.b.design))
    stated = [f"{letter}: {design.name}, {settings(design)}" for letter, design in sides]
    stated += readings([design for _, design in sides])
    same = sum(change.is_none for change in found.by("layer"))
    unchanged = [f"{same} layers without a change are not shown"] if by == "layer" and same else []
    notes = (*stated, _READING, *unchanged, found.a.convention.statement, *hints)
    return Document("diff", [result], _table(found, by or "stage"), _headline(found), notes, _records(result))


def _readings(found: Difference) -> dict[str, Any]:
    """What each design takes for granted, for JSON."""
    recorded = {letter: recorded_readings(cost.design) for letter, cost in (("a", found.a), ("b", found.b))}
    return {f"{key}_{letter}": value for letter, each in recorded.items() for key, value in each.items()}


def _values(a: Cost | Row | None, b: Cost | Row | None) -> dict[str, int | None]:
    """The metrics of both designs for machines; None where a design has no such row."""
    return {
        f"{metric}_{letter}": getattr(side, metric) if side else None
        for metric in METRICS
        for letter, side in (("a", a), ("b", b))
    }


def _headline(found: Difference) -> str:
    """The net changes: multiply-adds in the first line, the others in the second."""
    macs, params, activations = (_share(found, metric) for metric in METRICS)
    titles = f"{found.b.design.title} against {found.a.design.title}"
    change = found.amount("macs")
    # A hundredth of a million has to be left of a change.
    show = millions_like((found.a.macs, found.b.macs, 100 * change))
    sign = "−" if change < 0 else "+"
    first = f"{titles}: {f'{sign}{show(abs(change))}' if change else 0} MFLOPs{macs}"
    second = f"{_signed(found.amount('params'))} parameters{params}"
    return f"{first},\n{second}, {_signed(found.amount('activations'))} activations{activations}"


def _share(found: Difference, metric: str) -> str:
    """A change as a share of what A has."""
    amount, whole = found.amount(metric), getattr(found.a, metric)
    return f" ({percent(Fraction(amount, whole), signed=True)})" if amount and whole else ""


def _table(found: Difference, by: str) -> Table:
    """A row a name with the total last; layers, whose names are long, only where they change, with the changes only."""
    rows = [_row(change) for change in found.by(by) if by != "layer" or not change.is_none]
    rows.append(["total", found.a.macs, found.b.macs, *map(found.amount, METRICS), None])
    show = millions_like((found.a.macs, found.b.macs))
    columns = [
        Column("name", by, align="left"),
        Column("macs_a", "MFLOPs A", show),
        Column("macs_b", "MFLOPs B", show),
        Column("macs", "MACs", _signed),
        Column("params", "params", _signed),
        Column("activations", "activations", _signed),
        Column("only", "in", align="left"),
    ]
    if by == "layer":
        columns, rows = [columns[0], *columns[3:]], [[row[0], *row[3:]] for row in rows]
    if all(row[-1] is None for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Table(columns, rows, chosen=len(rows) - 1)


def _row(change: Change) -> list[Any]:
    """A row for people, with a mark where only one of the designs has it."""
    macs = [side.macs if side else None for side in (change.a, change.b)]
    only = "B" if change.a is None else "A" if change.b is None else None
    return [change.name, *macs, *(change.amount(metric) for metric in METRICS), only]


def _signed(amount: int) -> str:
    """An exact change; no change is "0"."""
    return f"{amount:+,}".replace("-", "−") if amount else "0"


def _records(result: dict[str, Any]) -> Table:
    """Every row, exact, for CSV and TSV."""
    keys = ("a", "b", *result["rows"][0])
    rows = [{"a": result["a"], "b": result["b"], **row} for row in result["rows"]]
    return Table([Column(key, key) for key in keys], [tuple(row.values()) for row in rows])
