"""A document as text in each format."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from menet_design.report.tables import Document, Record, Table, plain, scalars

COLUMNS = 80  # of what people read where no terminal says how many it has
_GAP = "  "  # between columns
FORMATS = ("table", "json", "csv", "tsv", "markdown", "latex")


def render(document: Document, form: str, terminal: int | None = None) -> str:
    """A document in one of FORMATS, ending in a newline. JSON, CSV and TSV hold exact data and nothing else.

    On a `terminal` of so many columns text is laid out for these; elsewhere prose has 80, and a table stays whole.
    """
    if form == "json":
        import json

        schema = f"menet-design/{document.command}/{document.version}"
        return json.dumps({"schema": schema, "results": document.results}, indent=2, default=_plain) + "\n"
    if form in ("csv", "tsv"):
        return _separated(document, "," if form == "csv" else "\t")
    width = terminal or COLUMNS
    headline, notes = document.headline, "\n".join(wrapped(note, width) for note in document.notes)
    if form == "table":
        headline = headed(document, width)
    if form == "markdown":
        notes = "\n\n".join(document.notes).replace("*", r"\*")
    elif form == "latex":
        headline, notes = ("\n".join(f"% {line}" for line in text.splitlines()) for text in (headline, notes))
    return "\n\n".join(part for part in (headline, _body(document, form, terminal), notes) if part) + "\n"


def headed(document: Document, width: int = COLUMNS) -> str:
    """The headline as people read it, in lines of up to a width."""
    return "\n".join(wrapped(line, width) for line in document.headline.splitlines())


def wrapped(note: str, width: int = COLUMNS) -> str:
    """A note as people read it: prose in lines of up to a width, and of no more than 80 columns; a command in one."""
    if ": menet-design " in note:
        return note
    import textwrap

    return textwrap.fill(note, min(width, COLUMNS), break_on_hyphens=False, break_long_words=False)


def own_body(document: Document, form: str, terminal: int | None) -> str | None:
    """The body of a document that is not a plain table in some format; None without one."""
    body = document.bodies.get(form)
    return body(terminal or COLUMNS) if callable(body) else body


def _body(document: Document, form: str, terminal: int | None) -> str:
    own = own_body(document, form, terminal)
    if own is not None:
        return own
    if not document.table.records:
        return ""
    if form == "table":
        return text(document.table, terminal) if terminal else "\n".join(aligned(document.table))
    return _tabulated(document.table, form)


def _tabulated(table: Table, form: str) -> str:
    """A table in Markdown or in LaTeX with booktabs."""
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
    rows = _rows(table)
    if table.fold is not None:
        rows = [line for row in rows for line in _folded(row, table.fold)]
    pads = [str.ljust if column.align == "left" else str.rjust for column in table.visible]
    cells = [[pad(cell, width) for pad, cell, width in zip(pads, row, _widths(rows), strict=True)] for row in rows]
    return [_GAP.join(row).rstrip() for row in cells]


def _rows(table: Table) -> list[list[str]]:
    return [[column.header for column in table.visible], *table.shown()]


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, cells)) for cells in zip(*rows, strict=True)]


def _folded(row: Sequence[str], room: int) -> list[list[str]]:
    """A row as several, the last of which has the cells behind the first."""
    import textwrap

    first, *others = row
    indent = " " * (len(first) - len(first.lstrip())) + _GAP
    *begun, last = textwrap.wrap(first, room, subsequent_indent=indent, break_long_words=False) or [""]
    return [*([part, *[""] * len(others)] for part in begun), [last, *others]]


def text(table: Table, width: int) -> str:
    """A table as text, laid out for a width."""
    return "\n\n".join("\n".join(aligned(part)) for part in stacked(table, width))


def stacked(table: Table, width: int) -> list[Table]:
    """A table in parts of up to a width, to stand below each other, each with its first column; none without records.

    Where there is more room than usual, the columns for it are there too; a column that is wider alone stays whole.
    """
    if not table.records:
        return []
    roomy = replace(table, columns=[replace(column, for_room=False) for column in table.columns])
    if COLUMNS < width >= _width(roomy):
        return [roomy]
    fold = _fold(table, width)
    if fold is not None:
        return [replace(table, fold=fold)]
    first, *others = table.visible
    parts = [[first]]
    for column in others:
        if len(parts[-1]) > 1 and _width(replace(table, columns=[*parts[-1], column])) > width:
            parts.append([first])
        parts[-1].append(column)
    return [replace(table, columns=part) for part in parts]


def _fold(table: Table, width: int) -> int | None:
    """What other columns leave of a width for the first one; None where its longest word has no room, or all have."""
    rows = _rows(table)
    first, *others = _widths(rows)
    room = width - sum(each + len(_GAP) for each in others)
    longest = max(len(word) for row in rows for word in row[0].split())
    return room if longest + 2 * len(_GAP) <= room < first else None


def _width(table: Table) -> int:
    return max(map(len, aligned(table)))


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
    return [scalars(each) for each in (document.results if document.records is None else document.records)]


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
