"""menet-design plot: the paper's figures from this project's data."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from menet_design.cli.options import Force
from menet_design.cli.output import check_files
from menet_design.design import Quote

# The families that Table IV compares, by its networks; others by all that are published.
_COMPARED = ("menet", "shufflenet", "mobilenet")


def run(
    figure: Annotated[Literal["figure-4"], typer.Argument(help="Accuracy against MFLOPs, as in Fig. 4.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .pdf, .svg, .eps or .png file.")],
    force: Force = False,
) -> None:
    """Draw a figure of the paper: counted MFLOPs, and quoted accuracies of all ImageNet networks.

    Example: menet-design plot figure-4 --output figure-4.pdf
    """
    from menet_design import zoo
    from menet_design.analysis.cost import count
    from menet_design.report.accuracy_figures import FAMILIES, Point, accuracy

    check_files(output, None, force)
    points = [
        Point(count(design), top1)
        for name in FAMILIES
        for design, quotes in zoo.family(name).published.items()
        for top1 in _first(quotes, "Table IV" if name in _COMPARED else None)
    ]
    accuracy(sorted(points, key=lambda point: point.cost.macs), output, force)
    print(f"wrote {output}", file=sys.stderr)


def _first(quotes: Sequence[Quote], source: str | None) -> list[float]:
    """The first quoted accuracy, of one source if it is given."""
    return [quote.top1 for quote in quotes if quote.top1 is not None and source in (None, quote.source)][:1]
