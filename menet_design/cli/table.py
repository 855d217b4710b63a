"""menet-design table: architecture tables laid out as Table I, and the tables of the papers with their counts."""

from typing import Annotated

import typer

from menet_design.cli.options import Classes, Force, Form, Groups, Output, Resolution, SomeNames, Stem, designs
from menet_design.cli.output import emit
from menet_design.errors import DesignError
from menet_design.report.tables import Document


def run(
    names: SomeNames = None,
    paper: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="A table of a paper: I to VIII, effnet, sep-net, …"),
    ] = None,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Print an architecture table laid out as Table I of the paper, a column a design; or a table of a paper.

    Example: menet-design table 228-MENet-12x1/3 256-MENet-12x1/4 352-MENet-12x1/8
    """
    if paper is None:
        from menet_design.report import architecture

        if not names:
            raise DesignError("a table needs a design", "Give a DESIGN such as 352-MENet-12x1/8, or --paper IV")
        found = architecture.table(designs(names, groups, stem, resolution, classes)).document()
    elif names or any(option is not None for option in (groups, stem, resolution, classes)):
        raise DesignError("--paper prints a whole table of a paper", "Leave out designs and their options")
    else:
        found = _paper(paper)
    emit(found, form, output, force)


def _paper(key: str) -> Document:
    from menet_design.report import architecture, papers
    from menet_design.search.naming import parse
    from menet_design.search.papers import join
    from menet_design.zoo.papers import find

    found = find(key)
    return papers.table(join(found), architecture.table(map(parse, found.layers)) if found.layers else None)
