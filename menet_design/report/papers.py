"""The tables of the papers beside counts, and their errata: the answers of `table --paper` and `errata`."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, groupby
from textwrap import indent
from typing import Any

from menet_design.analysis.layout import Layout
from menet_design.papers.errata import Erratum
from menet_design.papers.rules import UNPRINTED, MatchedFigure
from menet_design.papers.tables import TABLES, CountedColumn, PaperTable
from menet_design.report.architecture import ArchitectureTable
from menet_design.report.costs import under_assumptions
from menet_design.report.export import text, wrapped
from menet_design.report.tables import Column, Document, Table, scalars, text_column
from menet_design.report.units import millions_like, thousands

_KINDS = {
    "macs": "multiply-adds",
    "params": "trained parameters",
    "bytes": "bytes of the parameters",
    "patterns": "binarized weights",
    "detector": "multiply-adds of the detector on an image, as detector faster-rcnn counts them",
}
_ERRATA = "what the tables contradict: menet-design errata"


def table(rows: Sequence[MatchedFigure], layout: Layout | None = None) -> Document:
    """A table of a paper: each printed figure, what its design counts, the rule between them, or the reason.

    `layout` is that of its networks, where the table prints architectures.
    """
    found = rows[0].table
    # Of a row with a figure in one column, the count without a figure in another says nothing more.
    said = [each.row for each in rows if each.printed]
    results = [_result(each) for each in rows if each.printed or each.row not in said]
    notes = [
        *_reasons(rows),
        *under_assumptions([each.network for each in rows if each.network]),
        *_statements(found),
    ]
    records = [
        scalars(result)
        | {f"{name} (quoted)" if name in result else name: text for name, text in result["quoted"].items()}
        for result in map(_result, rows)
    ]
    shown = _shown(found, rows)
    footer = {
        "FLOPs": [str(each.printed) for each in rows],
        "counted": [thousands(each.macs or 0) for each in rows],
        "rule": [_rounding(each) or "" for each in rows],
    }
    bodies = ArchitectureTable(layout, footer).bodies() if layout else {"table": partial(text, shown)}
    printed = [each.ok is True for each in rows if each.printed]
    right = f": {sum(printed)} of {len(printed)} printed figures come out" if printed else ""
    headline = f"{found.title} (arXiv {found.paper}){right}\n{found.caption}"
    return Document("table", results, shown, headline, notes, records, bodies, version=2)


def _result(each: MatchedFigure) -> dict[str, Any]:
    return {
        "table": each.table.key,
        "row": each.row.label,
        "network": each.row.name,
        "column": each.counted.column,
        "printed": each.printed,
        "macs": each.macs,
        "counted": each.total,
        "rule": str(each.rule) if each.rule else None,
        "ok": each.ok,
        "reason": each.reason,
        "quoted": {name: each.row.figures[name] for name in _quoted([each])},
    }


def _reasons(rows: Sequence[MatchedFigure]) -> Iterator[str]:
    """Why a figure is not simply a count: a line for the rows that share the reason, unless another begins with it."""
    shared: dict[str, list[str]] = {}
    for each in rows:
        others = (other.reason for other in rows if other.row is each.row and other.reason != each.reason)
        if each.reason not in ("", UNPRINTED) and not any(other.startswith(each.reason) for other in others):
            shared.setdefault(each.reason, []).append(each.row.label)
    return (f"{', '.join(dict.fromkeys(labels))}: {reason}" for reason, labels in shared.items())


def _statements(found: PaperTable) -> list[str]:
    others = [key for key, table in TABLES.items() if table.paper == found.paper and key != found.key]
    also = [f"other tables of the paper: {', '.join(others)}"] if others else []
    accuracies = [found.accuracies] if found.accuracies else []
    return [*(_legend(each, found) for each in found.counted), *accuracies, *also, _ERRATA]


def _legend(counted: CountedColumn, found: PaperTable) -> str:
    """What a column of counts holds: which one, where there are several."""
    beside = f" beside {counted.column}" if len(found.counted) > 1 else ""
    what = f"FLOPs, {counted.factor} a multiply-add" if counted.factor > 1 else _KINDS[counted.kind]
    return f"counted{beside}: {what}{'' if found.layers else ', in millions'}"


def _shown(found: PaperTable, rows: Sequence[MatchedFigure]) -> Table:
    """The table for people, a record a row of the paper's, in the paper's groups."""
    columns = [text_column("row", found.header)]
    for counted in found.counted:
        printed = Column(f"{counted.kind} printed", str(counted.column))
        amount = Column(f"{counted.kind} counted", "counted", show_like=millions_like)
        columns += [printed, amount, text_column(f"{counted.kind} rule", "rule")]
    missing = dict.fromkeys(_quoted(rows), "-")
    columns += [Column(name, name) for name in missing]
    records: list[dict[str, Any]] = []
    for row, several in groupby(rows, key=lambda each: each.row):
        records.append({"row": row.label, **missing, **row.figures})
        for each in several:
            kind, lacking = each.counted.kind, "-" if each.counted.column else None
            records[-1] |= {f"{kind} printed": each.printed or lacking, f"{kind} counted": each.total}
            records[-1] |= {f"{kind} rule": _rounding(each)}
    return Table(columns, records, breaks=list(accumulate(map(len, found.groups)))[:-1])


def _rounding(each: MatchedFigure) -> str | None:
    return each.rule.rounding if each.rule else "none" if each.printed else None


def _quoted(rows: Sequence[MatchedFigure]) -> list[str]:
    """The columns that stand beside no count, in the order of the table."""
    counted = [each.column for each in rows[0].table.counted]
    names = dict.fromkeys(name for each in rows for name in each.row.figures)
    return [name for name in names if name not in counted]


def errata(found: Sequence[Erratum]) -> Document:
    """What the tables contradict, a row a contradiction."""
    results = [vars(each) for each in found]
    headline = f"{len(found)} contradictions in the papers' tables"
    notes = ["found by checks over the tables as printed: menet-design table --paper IV"]

    def lines(width: int) -> str:
        return "\n".join(f"{each.where}\n{indent(wrapped(each.what, width - 2), '  ')}" for each in found)

    columns = [text_column("where"), text_column("what")]
    return Document("errata", results, Table(columns, results), headline, notes, bodies={"table": lines})
