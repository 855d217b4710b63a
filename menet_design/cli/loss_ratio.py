"""menet-design loss-ratio: inter-group connections lost at a shuffle."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.options import Force, Form, Output, Several, numbers
from menet_design.cli.output import check, emit
from menet_design.errors import DesignError

NAME = "loss-ratio"


def run(
    groups: Several,
    channels: Annotated[int | None, typer.Option(help="Also count through a shuffle of so many channels.")] = None,
    derive: Annotated[bool, typer.Option("--derive", help="Derive Eq. 1 to 3 by computer algebra.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the ratio over G into a .pdf, .svg, .eps or .png file.")
    ] = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """The share of inter-group connections that a channel shuffle loses, (G − 1)/G.

    Example: menet-design loss-ratio --groups 8 --channels 88
    """
    from menet_design.analysis.loss_ratio import connections, loss_ratio
    from menet_design.report import connections as report

    losses = {each: loss_ratio(each) for each in numbers(groups)}
    check(output, force)
    if plot is not None:
        from menet_design.report import figures

        if plot == output:
            raise DesignError("the figure and the answer cannot be one file", "Give two names")
        figures.loss_ratio({each: loss_ratio(each) for each in range(1, max(16, *losses) + 1)}, plot, force)
    if derive:
        from menet_design.analysis.derivation import derive as derive_steps

        emit(report.derivation(losses, derive_steps()), form, output, force)
    elif channels is not None:
        counts = [(loss, connections(each, channels)) for each, loss in losses.items()]
        emit(report.counted(counts), form, output, force)
    else:
        emit(report.closed_form(losses), form, output, force)
