"""menet-design plot: the paper's figures from this project's data."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from menet_design.cli.options import Force, command
from menet_design.cli.output import check


@command
def run(
    figure: Annotated[Literal["figure-4"], typer.Argument(help="Accuracy against MFLOPs, as in Fig. 4.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .pdf, .svg, .eps or .png file.")],
    force: Force = False,
) -> None:
    """Draw a figure of the paper: counted MFLOPs, and quoted accuracies of all ImageNet networks.

    Example: menet-design plot figure-4 --output figure-4.pdf
    """
    from menet_design.report.accuracy_figures import accuracy
    from menet_design.search.neighbours import compared

    check(None, force, figure=output)
    accuracy(compared(), output, force)
    print(f"wrote {output}", file=sys.stderr)
