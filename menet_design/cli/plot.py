"""menet-design plot: the paper's figures from this project's data."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from menet_design.cli.options import Force
from menet_design.cli.output import check_files

_FAMILIES, _SOURCE = ("menet", "shufflenet", "mobilenet"), "Table IV"


def run(
    figure: Annotated[Literal["figure-4"], typer.Argument(help="Accuracy against MFLOPs, as in Fig. 4.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .pdf, .svg, .eps or .png file.")],
    force: Force = False,
) -> None:
    """Draw a figure of the paper: counted MFLOPs, and accuracies quoted from Table IV.

    Example: menet-design plot figure-4 --output figure-4.pdf
    """
    from menet_design import zoo
    from menet_design.analysis.cost import count
    from menet_design.report.accuracy_figures import Point, accuracy

    check_files(output, None, force)
    points = [
        Point(count(design), quote.top1)
        for name in _FAMILIES
        for design, quotes in zoo.family(name).published.items()
        for quote in quotes
        if quote.source == _SOURCE and quote.top1 is not None
    ]
    accuracy(sorted(points, key=lambda point: point.cost.macs), output, force)
    print(f"wrote {output}", file=sys.stderr)
