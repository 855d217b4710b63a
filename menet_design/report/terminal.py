"""A document on a terminal, by rich: the headline in bold, and the chosen row, which its text marks too."""

from typing import TYPE_CHECKING

from menet_design.report.tables import Document, Table

if TYPE_CHECKING:
    from rich.table import Table as RichTable


def show(document: Document) -> None:
    """Print a document to the terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    if document.headline:
        console.print(document.headline, style="bold", markup=False)
    if "table" in document.bodies:
        console.print(document.bodies["table"], markup=False, soft_wrap=True)
    elif document.table is not None and document.table.rows:
        console.print()
        console.print(_rich(document.table))
    for index, note in enumerate(document.notes):
        console.print(f"\n{note}" if index == 0 else note, markup=False)


def _rich(table: Table) -> "RichTable":
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for column in table.columns:
        shown.add_column(Text(column.header), justify="left" if column.align == "left" else "right", overflow="fold")
    for index, row in enumerate(table.shown()):
        shown.add_row(*map(Text, row), style="bold" if index == table.chosen else None)
    return shown
