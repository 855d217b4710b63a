"""A document on a terminal, by rich: the same text as in a pipe, with the headline and the chosen row in bold.

Lines are never cut or broken: names and commands on them are there to be copied.
"""

from typing import TYPE_CHECKING

from menet_design.report.export import aligned, wrapped
from menet_design.report.tables import Document

if TYPE_CHECKING:
    from rich.text import Text


def show(document: Document) -> None:
    """Print a document to the terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    headline = [Text(document.headline, style="bold")] if document.headline else []
    parts = [headline, _body(document), [Text(wrapped(note)) for note in document.notes]]
    for index, part in enumerate(part for part in parts if part):
        if index:
            console.print()
        for line in part:
            console.print(line, soft_wrap=True)


def _body(document: Document) -> "list[Text]":
    """The lines of the body; the header of a table is dim, its chosen row bold."""
    from rich.text import Text

    if "table" in document.bodies:
        return [Text(line) for line in document.bodies["table"].splitlines()]
    if not document.table.rows:
        return []
    header, *rows = aligned(document.table)
    styles = ["bold" if index == document.table.chosen else "" for index in range(len(rows))]
    return [Text(header, style="dim"), *map(Text, rows, styles)]
