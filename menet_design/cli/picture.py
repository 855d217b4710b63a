"""menet-design picture: networks and their units as a figure."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.answer import Force
from menet_design.cli.options import Deployable, Names
from menet_design.cli.output import STDOUT, check, say
from menet_design.cli.spreading import command
from menet_design.errors import printable


@command
def run(
    names: Names,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A .svg, .pdf, .eps or .png file; - is SVG on standard output.")
    ],
    *,
    unit: Annotated[
        bool, typer.Option("--unit", help="Draw the units alone, for a column of a paper (3.5 in).")
    ] = False,
    force: Force = False,
    settings: Deployable,
) -> None:
    """Draw networks side by side, and their units, in the manner of Fig. 3 of the paper.

    Example: menet-design picture 228-MENet-12x1/3 --output menet.svg
    """
    from menet_design.report.drawing_files import svg, write
    from menet_design.report.picture import picture

    if output != STDOUT:
        check(None, force, figure=output)
    drawing = picture([each.network for each in settings.of(*names)], unit)
    if output == STDOUT:
        say(svg(drawing), None, force)
    else:
        write(drawing, output, force)
        print(f"wrote {printable(str(output))}", file=sys.stderr)
