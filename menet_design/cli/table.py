"""menet-design table: architecture tables laid out as Table I, and the tables of the papers with their counts."""

from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.options import Settings, SomeNames, given
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command


@command
def run(
    names: SomeNames = None,
    paper: Annotated[
        str | None, typer.Option(metavar="TABLE", help="A table of a paper: I to VIII, effnet, sep-net, …")
    ] = None,
    *,
    settings: Settings,
    answer: Answer,
) -> None:
    """Print an architecture table laid out as Table I of the paper, a column a design; or a table of a paper.

    Example: menet-design table 228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8
    """
    from menet_design.api.networks import table

    if paper is None:
        refuse(not names, "a table needs a network", "Give a NETWORK such as 352-MENet-12x1/8, or --paper IV")
        answer.give(table(each.network for each in settings.of(*names or ())).document())
        return
    refuse(
        bool(names or given(settings)),
        "--paper prints a whole table of a paper",
        "Leave out designs and their options",
    )
    from menet_design.papers.rules import match_figures
    from menet_design.papers.tables import find
    from menet_design.report import papers

    found = find(paper)
    answer.give(papers.table(match_figures(found), table(*found.layers).layout if found.layers else None))
