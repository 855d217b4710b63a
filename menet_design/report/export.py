"""A document as text in each format."""

from collections.abc import Sequence
from typing import Any

from menet_design.report.tables import Document, Prose, Table

_COLUMNS = 80
FORMATS = ("table", "json", "csv", "tsv", "markdown", "latex")


def render(document: Document, form: str) -> str:
    """A document in one of FORMATS, ending in a newline. JSON, CSV and TSV hold exact data and nothing else."""
    if form == "json":
        return _json(document.command, document.results)
    if form in ("csv", "tsv"):
        return _separated(document.records or document.table, "," if form == "csv" else "\t")
    body = document.bodies[form] if form in document.bodies else _tabulated(document.table, form)
    notes = _paragraphs(document.notes) if form == "markdown" else "\n".join(map(wrapped, document.notes))
    headline, notes = (_commented(text) if form == "latex" else text for text in (document.headline, notes))
    return "\n\n".join(part for part in (headline, body, notes) if part) + "\n"


def _paragraphs(notes: Sequence[str]) -> str:
    """Notes in Markdown, in which a star is a star."""
    return "\n\n".join(notes).replace("*", r"\*")


def wrapped(note: str) -> str:
    """A note as people read it: prose in lines of up to 80 columns."""
    if not isinstance(note, Prose):
        return note
    import textwrap

    return textwrap.fill(note, _COLUMNS, break_on_hyphens=False)


def _tabulated(table: Table, form: str) -> str:
    """A table for people: plain and untruncated, in Markdown or in LaTeX with booktabs; nothing without rows."""
    if not table.rows:
        return ""
    if form == "table":
        return "\n".join(aligned(table))
    from tabulate import tabulate

    style = {"markdown": "pipe", "latex": "latex_booktabs"}[form]
    text = tabulate(table.shown(), table.headers, style, disable_numparse=True, colalign=table.aligns)
    return _ruled(text.translate(_LATEX_SIGNS), table.breaks) if form == "latex" else text


def _ruled(text: str, breaks: Sequence[int]) -> str:
    """A LaTeX table with a rule before each row that begins a group; rows stand below the first rule, a line each."""
    lines = text.splitlines()
    first = lines.index(r"\midrule") + 1
    for index in sorted(breaks, reverse=True):
        lines.insert(first + index, r"\midrule")
    return "\n".join(lines)


# Signs that LaTeX prints in mathematics only.
_LATEX_SIGNS = str.maketrans(
    {"×": r"$\times$", "−": "$-$", "←": r"$\leftarrow$", "²": "$^2$", "⁶": "$^6$", "±": r"$\pm$"}
)


def aligned(table: Table) -> list[str]:
    """The lines of plain columns. Importing tabulate for them would take a tenth of a command's time."""
    rows = [table.headers, *table.shown()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    pads = [str.ljust if align == "left" else str.rjust for align in table.aligns]
    cells = [[pad(cell, width) for pad, cell, width in zip(pads, row, widths, strict=True)] for row in rows]
    return ["  ".join(row).rstrip() for row in cells]


def paged(table: Table) -> dict[str, str]:
    """The body of a table that is wider than 80 columns: parts of it below each other, each with its first column."""
    first, *others = range(len(table.columns))
    parts: list[list[int]] = []
    part = [first]
    for index in others:
        if len(part) > 1 and max(map(len, aligned(_part(table, [*part, index])))) > _COLUMNS:
            parts.append(part)
            part = [first]
        part.append(index)
    pages = ["\n".join(aligned(_part(table, each))) for each in [*parts, part]]
    return {"table": "\n\n".join(pages)} if parts else {}


def _part(table: Table, indices: Sequence[int]) -> Table:
    """Some columns of a table."""
    rows = [[row[index] for index in indices] for row in table.rows]
    return table._replace(columns=[table.columns[index] for index in indices], rows=rows)


def align(lines: Sequence[str]) -> str:
    """Equations in LaTeX, one below the other."""
    return "% needs the package amsmath\n\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _json(command: str, results: Any) -> str:
    import json

    document = {"schema": f"menet-design/{command}/1", "results": results}
    return json.dumps(document, indent=2) + "\n"


def _separated(table: Table, delimiter: str) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(column.key for column in table.columns)
    writer.writerows(table.rows)
    return text.getvalue()


def _commented(text: str) -> str:
    return "\n".join(f"% {line}" for line in text.splitlines())
