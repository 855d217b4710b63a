"""A document as text in each format."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from menet_design.report.tables import Document, Prose, Record, Table, plain, scalars

_COLUMNS = 80
FORMATS = ("table", "json", "csv", "tsv", "markdown", "latex")


def render(document: Document, form: str) -> str:
    """A document in one of FORMATS, ending in a newline. JSON, CSV and TSV hold exact data and nothing else."""
    if form == "json":
        import json

        schema = f"menet-design/{document.command}/{document.version}"
        return json.dumps({"schema": schema, "results": document.results}, indent=2, default=_plain) + "\n"
    if form in ("csv", "tsv"):
        return _separated(document, "," if form == "csv" else "\t")
    body = document.bodies[form] if form in document.bodies else _tabulated(document.table, form)
    headline, notes = document.headline, "\n".join(map(wrapped, document.notes))
    if form == "table":
        headline = headed(document)
    if form == "markdown":
        notes = "\n\n".join(document.notes).replace("*", r"\*")
    elif form == "latex":
        headline, notes = ("\n".join(f"% {line}" for line in text.splitlines()) for text in (headline, notes))
    return "\n\n".join(part for part in (headline, body, notes) if part) + "\n"


def headed(document: Document) -> str:
    """The headline as people read it, in lines of up to 80 columns."""
    return "\n".join(wrapped(Prose(line)) for line in document.headline.splitlines())


def wrapped(note: str) -> str:
    """A note as people read it: prose in lines of up to 80 columns."""
    if not isinstance(note, Prose):
        return note
    import textwrap

    return textwrap.fill(note, _COLUMNS, break_on_hyphens=False)


def _tabulated(table: Table, form: str) -> str:
    """A table for people: plain and untruncated, in Markdown or in LaTeX with booktabs; nothing without records."""
    if not table.records:
        return ""
    if form == "table":
        return "\n".join(aligned(table))
    from tabulate import tabulate

    style = {"markdown": "pipe", "latex": "latex_booktabs"}[form]
    headers, aligns = zip(*((column.header, column.align) for column in table.visible), strict=True)
    text = tabulate(table.shown(), headers, style, disable_numparse=True, colalign=aligns)
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
    columns = table.visible
    rows = [[column.header for column in columns], *table.shown()]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    pads = [str.ljust if column.align == "left" else str.rjust for column in columns]
    cells = [[pad(cell, width) for pad, cell, width in zip(pads, row, widths, strict=True)] for row in rows]
    return ["  ".join(row).rstrip() for row in cells]


def paged(table: Table) -> dict[str, str]:
    """The body of a table that is wider than 80 columns: parts of it below each other, each with its first column."""
    first, *others = table.visible
    parts = [[first]]
    for column in others:
        if len(parts[-1]) > 1 and max(map(len, aligned(replace(table, columns=[*parts[-1], column])))) > _COLUMNS:
            parts.append([first])
        parts[-1].append(column)
    pages = ["\n".join(aligned(replace(table, columns=each))) for each in parts]
    return {"table": "\n\n".join(pages)} if len(pages) > 1 else {}


def align(lines: Sequence[str]) -> str:
    """Equations in LaTeX, one below the other."""
    return "% needs the package amsmath\n\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def _plain(value: Any) -> Any:
    """What JSON does not know: fractions, and mappings that are not dicts."""
    return plain(value) if isinstance(value, Fraction) else dict(value)


def as_html(document: Document) -> str:
    """A document for a notebook: headline, table and notes, escaped."""
    from html import escape

    from tabulate import tabulate

    parts = [f"<p>{escape(line)}</p>" for line in document.headline.splitlines()]
    if document.table.records:
        headers, aligns = zip(*((column.header, column.align) for column in document.table.visible), strict=True)
        parts.append(tabulate(document.table.shown(), headers, "html", disable_numparse=True, colalign=aligns))
    notes = "<br>".join(map(escape, document.notes))
    return "\n".join([*parts, f"<p><small>{notes}</small></p>"])


def records(document: Document) -> Sequence[Record]:
    """The records of a document for lines of their own: those of CSV, TSV and frames."""
    return [scalars(each) for each in document.results] if document.records is None else document.records


def _separated(document: Document, delimiter: str) -> str:
    """Records as lines; a key that a record lacks is empty there."""
    import csv
    import io

    text, found = io.StringIO(), records(document)
    keys = dict.fromkeys([*document.keys, *(key for record in found for key in record)])
    writer = csv.DictWriter(text, keys, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()
