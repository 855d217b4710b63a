"""A document on a terminal, by rich: the same text as in a pipe, with the headline and the chosen row in bold.

Lines are never cut or broken: names and commands on them are there to be copied.
"""

from menet_design.report.export import aligned, headed, wrapped
from menet_design.report.tables import Document


def show(document: Document) -> None:
    """Print a document to the terminal; the header of a table is dim, its chosen row bold like the headline."""
    from rich.console import Console
    from rich.text import Text

    table, body = document.table, list[Text]()
    if "table" in document.bodies:
        body = list(map(Text, document.bodies["table"].splitlines()))
    elif table.records:
        body = list(map(Text, aligned(table)))
        body[0].stylize("dim")
        if table.chosen is not None:
            body[1:][table.chosen].stylize("bold")
    headline = [Text(line, style="bold") for line in headed(document).splitlines()]
    console = Console(highlight=False)
    for index, part in enumerate(filter(None, (headline, body, [Text(wrapped(note)) for note in document.notes]))):
        if index:
            console.print()
        for line in part:
            console.print(line, soft_wrap=True)
