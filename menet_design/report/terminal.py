"""A document on a terminal, by rich: the same text as in a pipe, laid out for its width, with what stands out in bold.

Lines are never cut or broken: names and commands on them are there to be copied.
"""

from typing import TYPE_CHECKING

from menet_design.report.export import COLUMNS, aligned, headed, own_body, stacked, wrapped
from menet_design.report.tables import Document, Table

if TYPE_CHECKING:
    from rich.text import Text


def show(document: Document) -> None:
    """Print a document to the terminal; the headers of tables are dim, the chosen row bold like the headline."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    width = console.width or COLUMNS
    own = own_body(document, "table", width)
    headline = [Text(line, style="bold") for line in headed(document, width).splitlines()]
    bodies = [list(map(Text, own.splitlines()))] if own is not None else map(_styled, stacked(document.table, width))
    notes = [Text(wrapped(note, width)) for note in document.notes]
    for index, part in enumerate(filter(None, (headline, *bodies, notes))):
        if index:
            console.print()
        for line in part:
            console.print(line, soft_wrap=True)


def _styled(table: Table) -> "list[Text]":
    from rich.text import Text

    header, *rows = map(Text, aligned(table))
    header.stylize("dim")
    if table.chosen is not None:
        rows[table.chosen].stylize("bold")
    return [header, *rows]
