"""menet-design explain: by which rules a printed figure comes out for a network, and those of a whole table."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.hints import step_by_step
from menet_design.cli.options import Given, Settings, given
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command
from menet_design.report.tables import Document

Printed = Annotated[
    str | None, typer.Argument(metavar="[FIGURE]", help="A printed figure: 148.93M, 0.149G, 2.9M params or 148926124.")
]
Of = Annotated[str | None, typer.Argument(metavar="[NETWORK]", help="The network that it is printed of, as for flops.")]
Theirs = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A table as CSV, with the columns network, figure and unit.")
]


@command
def run(printed: Printed = None, name: Of = None, *, table: Theirs = None, settings: Settings, answer: Answer) -> None:
    """Explain a printed figure: by which conventions, resolutions and roundings it comes out, and what comes near.

    Example: menet-design explain 148.93M 228-MENet-12x1/3
    """
    if table is None:
        refuse(not (printed and name), "a figure and a network are needed", "Write explain 148.93M 228-MENet-12x1/3")
        (found,) = settings.of(str(name))
        answer.give(explained(str(printed), found, settings))
        return
    refuse(
        bool(printed or given(settings)),
        "--table explains a whole table",
        "Leave out figure, network and their options",
    )
    from menet_design.api.networks import explain_table
    from menet_design.report import explanations

    answer.give(explanations.table(explain_table(table), table.name))


def explained(printed: str, found: Given, settings: Settings) -> Document:
    """A figure explained for a network that was asked for: on images of other sizes unless one was given."""
    from menet_design.api.networks import RESOLUTIONS, explain
    from menet_design.report import explanations

    sides = () if settings.resolution or settings.input else RESOLUTIONS
    if found.design:
        explanation = explain(printed, found.design, resolutions=sides, deploy=found.is_deployed)
    else:
        numbers, allow = dict(found.network.numbers), settings.allow or ()
        numbers["deploy"] = found.is_deployed
        explanation = explain(printed, found.name, found.network.inputs, allow, sides, **numbers)
    shown = (each.way.convention for each in (*explanation.matches, *explanation.nearest))
    return explanations.explain(explanation, step_by_step([found], shown))
