"""The tables of the papers beside counts, and their errata: the answers of `table --paper` and `errata`."""

from collections.abc import Iterator, Sequence
from typing import Any

from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.search.errata import Erratum
from menet_design.search.papers import Joined
from menet_design.zoo.papers import CLASSES

_QUOTED = "accuracies are quoted, in percent"
_BACKBONE = "the network counted is the backbone as a classifier of 224×224 pixels"


def table(rows: Sequence[Joined]) -> Document:
    """A table of a paper: each printed figure, what its design counts, the rule that joins them, or the reason."""
    first = rows[0].table
    printed = [each for each in rows if each.printed]
    headline = f"{first.title}, {first.caption} (arXiv {first.paper})"
    if printed:
        headline += f"\n{sum(each.ok is True for each in rows)} of {len(printed)} printed figures come out"
    notes = [*map(Prose, _reasons(rows)), *_statements(rows), "what the tables contradict: menet-design errata"]
    return Document("table", [_result(each) for each in rows], _shown(rows), headline, notes, _records(rows))


def _result(each: Joined) -> dict[str, Any]:
    return {
        "table": each.table.key,
        "row": each.row.label,
        "network": each.row.name,
        "printed": each.printed,
        "macs": each.macs,
        "counted": each.total,
        "rule": str(each.rule) if each.rule else None,
        "ok": each.ok,
        "reason": each.reason,
        "quoted": {name: text for name, text in each.row.figures.items() if name != each.table.joined},
    }


def _reasons(rows: Sequence[Joined]) -> Iterator[str]:
    """Why a figure is not simply a count: a line for the rows that share the reason."""
    shared: dict[str, list[str]] = {}
    for each in rows:
        if each.reason and (each.printed or each.macs is None):
            shared.setdefault(each.reason, []).append(each.row.label)
    return (f"{', '.join(dict.fromkeys(labels))}: {reason}" for reason, labels in shared.items())


def _statements(rows: Sequence[Joined]) -> list[str]:
    first = rows[0].table
    what = {"params": "counted: trained parameters", "macs": "counted: multiply-adds"}[first.counts]
    each = f", {first.factor} FLOPs each as in this paper" if first.factor > 1 else ""
    backbone = [_BACKBONE] if first.key == "VIII" else []
    return [*backbone, f"{what}{each}, in millions", _QUOTED]


def _shown(rows: Sequence[Joined]) -> Table:
    """The table for people: the precisions of single classes stand in machine formats only."""
    first = rows[0].table
    columns: list[tuple[Column, list[Any]]]
    columns = [(Column("row", "row", align="left"), [each.row.label for each in rows])]
    counted: tuple[Column, list[Any]] = (Column("counted", "counted", _millions), [each.total for each in rows])
    if first.joined:
        columns += [(Column("printed", first.joined), [each.printed for each in rows]), counted]
        columns += [(Column("rule", "rule", align="left"), [_manner(each) for each in rows])]
    else:
        columns += [counted]
    shown = [name for name in _quoted(rows) if name not in CLASSES]
    columns += [(Column(name, name), [each.row.figures.get(name) for each in rows]) for name in shown]
    return Table([column for column, _ in columns], list(zip(*(cells for _, cells in columns), strict=True)))


def _manner(each: Joined) -> str | None:
    return each.rule.manner if each.rule else "none" if each.printed else None


def _quoted(rows: Sequence[Joined]) -> list[str]:
    """The columns that no count joins, in the order of the table."""
    names = dict.fromkeys(name for each in rows for name in each.row.figures)
    return [name for name in names if name != rows[0].table.joined]


def _millions(total: int) -> str:
    """Millions, with the digits that a network of less than one needs."""
    return f"{total / 1e6:,.{2 if total >= 10**6 else 4}f}"


def _records(rows: Sequence[Joined]) -> Table:
    """Every row, exact, for CSV and TSV."""
    keys = ("table", "row", "network", "printed", "macs", "counted", "rule", "ok", "reason")
    names = _quoted(rows)
    records = [[_result(each)[key] for key in keys] + [each.row.figures.get(name) for name in names] for each in rows]
    return Table([Column(key, key) for key in (*keys, *names)], records)


def errata(found: Sequence[Erratum]) -> Document:
    """What the tables contradict, a row a contradiction."""
    columns = [Column("where", "where", align="left"), Column("what", "what", align="left")]
    results = [each._asdict() for each in found]
    records = Table([Column(key, key) for key in Erratum._fields], found)
    headline = f"{len(found)} contradictions in the papers' tables"
    notes = ("found by checks over the tables as printed: menet-design table --paper IV",)
    lines = "\n".join(f"{each.where}\n  {each.what}" for each in found)
    rows = [each[1:] for each in found]
    return Document("errata", results, Table(columns, rows), headline, notes, records, {"table": lines})
