"""menet-design loss-ratio: inter-group connections lost at a shuffle."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.options import Force, Form, Output, Several, numbers
from menet_design.cli.output import check_files, emit
from menet_design.report.tables import Document


def run(
    groups: Several,
    channels: Annotated[int | None, typer.Option(help="Also count through a shuffle of so many channels.")] = None,
    derive: Annotated[bool, typer.Option("--derive", help="Derive Eq. 1 to 3 and the exact count.")] = False,
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
    from menet_design.analysis.loss_ratio import loss_ratio

    losses = {each: loss_ratio(each) for each in numbers(groups)}
    document = _document(losses, derive, channels)
    check_files(plot, output, force)
    if plot is not None:
        from menet_design.report import figures

        figures.loss_ratio({each: loss_ratio(each) for each in range(1, max(16, *losses) + 1)}, plot, force)
    emit(document, form, output, force)


def _document(losses: dict[int, Fraction], derive: bool, channels: int | None) -> Document:
    from menet_design.analysis.loss_ratio import connections
    from menet_design.report import connections as report

    counts = [connections(each, channels) for each in losses] if channels is not None else []
    if derive:
        from menet_design.analysis.derivation import derive as steps

        return report.derivation(losses, steps(), counts)
    if counts:
        return report.counted(list(zip(losses.values(), counts, strict=True)))
    return report.closed_form(losses)
