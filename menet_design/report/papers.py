"""The tables of the papers beside counts, and their errata: the answers of `table --paper` and `errata`."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import Any

from menet_design.report.architecture import ArchitectureTable
from menet_design.report.costs import under_readings
from menet_design.report.export import paged
from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.report.units import exact, millions_like
from menet_design.search.errata import Erratum
from menet_design.search.papers import UNPRINTED, Joined
from menet_design.zoo.papers import TABLES, Counted, PaperTable

_KINDS = {
    "macs": "multiply-adds",
    "params": "trained parameters",
    "bytes": "bytes of the parameters",
    "patterns": "binarized weights",
    "detector": "multiply-adds of the detector on an image, as flops --detector faster-rcnn counts them",
}
_ERRATA = "what the tables contradict: menet-design errata"
_RECORD = ("table", "row", "network", "column", "printed", "macs", "counted", "rule", "ok", "reason")


def table(rows: Sequence[Joined], architecture: ArchitectureTable | None = None) -> Document:
    """A table of a paper: each printed figure, what its design counts, the rule that joins them, or the reason.

    `architecture` is the layout of its networks, where the table prints that.
    """
    found = rows[0].table
    results = [_result(each) for each in rows if each.printed or not _is_printed_elsewhere(each, rows)]
    notes = [*map(Prose, _reasons(rows)), *_readings(rows), *_statements(found)]
    shown = _shown(found, rows)
    return Document("table", results, shown, _headline(rows), notes, _records(rows), _bodies(shown, rows, architecture))


def _headline(rows: Sequence[Joined]) -> str:
    found, printed = rows[0].table, [each for each in rows if each.printed]
    line = f"{found.title} (arXiv {found.paper})"
    if printed:
        line += f": {sum(each.ok is True for each in printed)} of {len(printed)} printed figures come out"
    return f"{line}\n{found.caption}"


def _is_printed_elsewhere(each: Joined, rows: Sequence[Joined]) -> bool:
    """Whether the row of a count without a figure has one in another column: then that one speaks for it."""
    return any(other.printed for other in rows if other.row is each.row)


def _result(each: Joined) -> dict[str, Any]:
    columns = [counted.column for counted in each.table.counted]
    total = each.total
    return {
        "table": each.table.key,
        "row": each.row.label,
        "network": each.row.name,
        "column": each.counted.column,
        "printed": each.printed,
        "macs": each.macs,
        "counted": None if total is None else int(total) if total.denominator == 1 else float(total),
        "rule": str(each.rule) if each.rule else None,
        "ok": each.ok,
        "reason": each.reason,
        "quoted": {name: text for name, text in each.row.figures.items() if name not in columns},
    }


def _bodies(shown: Table, rows: Sequence[Joined], architecture: ArchitectureTable | None) -> dict[str, str]:
    """What people read where it is no plain table: an architecture, or a table that is wider than a page."""
    if architecture is not None:
        footer = {"FLOPs": [str(each.printed) for each in rows]}
        footer |= {"counted": [exact(each.macs or 0) for each in rows], "rule": [_manner(each) or "" for each in rows]}
        return architecture.bodies(footer)
    return paged(shown)


def _reasons(rows: Sequence[Joined]) -> Iterator[str]:
    """Why a figure is not simply a count: a line for the rows that share the reason."""
    shared: dict[str, list[str]] = {}
    for each in rows:
        if each.reason not in ("", UNPRINTED) and not _is_said_with_more(each, rows):
            shared.setdefault(each.reason, []).append(each.row.label)
    return (f"{', '.join(dict.fromkeys(labels))}: {reason}" for reason, labels in shared.items())


def _is_said_with_more(each: Joined, rows: Sequence[Joined]) -> bool:
    """Whether the reason of another count of the same row begins with this one's."""
    others = (other.reason for other in rows if other.row is each.row and other.reason != each.reason)
    return any(reason.startswith(each.reason) for reason in others)


def _readings(rows: Sequence[Joined]) -> list[str]:
    """The networks that are counted under readings of this project, and where these are said."""
    return under_readings([each.design for each in rows if each.design])


def _statements(found: PaperTable) -> list[str]:
    others = [key for key, table in TABLES.items() if table.paper == found.paper and key != found.key]
    also = [f"other tables of the paper: {', '.join(others)}"] if others else []
    accuracies = [found.accuracies] if found.accuracies else []
    return [*(Prose(_legend(each, found)) for each in found.counted), *accuracies, *also, _ERRATA]


def _legend(counted: Counted, found: PaperTable) -> str:
    """What a column of counts holds: which one, where there are several."""
    beside = f" beside {counted.column}" if len(found.counted) > 1 else ""
    what = f"FLOPs, {counted.factor} a multiply-add" if counted.factor > 1 else _KINDS[counted.kind]
    return f"counted{beside}: {what}{'' if found.layers else ', in millions'}"


def _shown(found: PaperTable, rows: Sequence[Joined]) -> Table:
    """The table for people, a line a row of the paper's, in the paper's groups."""
    width = len(found.counted)
    lines = [rows[start : start + width] for start in range(0, len(rows), width)]
    columns = [(Column("row", found.header, align="left"), [line[0].row.label for line in lines])]
    columns += chain.from_iterable(_counted([line[index] for line in lines]) for index in range(width))
    columns += [(Column(name, name), [line[0].row.figures.get(name, "-") for line in lines]) for name in _quoted(rows)]
    cells = list(zip(*(cells for _, cells in columns), strict=True))
    return Table([column for column, _ in columns], cells, breaks=list(accumulate(map(len, found.groups)))[:-1])


def _counted(cells: Sequence[Joined]) -> Iterator[tuple[Column, list[Any]]]:
    """What is printed in a column, what is counted beside it, and the rule."""
    column, show = cells[0].counted.column, millions_like(float(each.total or 0) for each in cells)
    if column:
        yield Column("printed", column), [each.printed or "-" for each in cells]
    yield Column("counted", "counted", show), [None if each.total is None else float(each.total) for each in cells]
    if column:
        yield Column("rule", "rule", align="left"), [_manner(each) for each in cells]


def _manner(each: Joined) -> str | None:
    return each.rule.manner if each.rule else "none" if each.printed else None


def _quoted(rows: Sequence[Joined]) -> list[str]:
    """The columns that no count joins, in the order of the table."""
    counted = [each.column for each in rows[0].table.counted]
    names = dict.fromkeys(name for each in rows for name in each.row.figures)
    return [name for name in names if name not in counted]


def _records(rows: Sequence[Joined]) -> Table:
    """Every row, exact, for CSV and TSV."""
    names = _quoted(rows)
    results = [_result(each) for each in rows]
    records = [[each[key] for key in _RECORD] + [each["quoted"].get(name) for name in names] for each in results]
    return Table([Column(key, key) for key in (*_RECORD, *names)], records)


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
