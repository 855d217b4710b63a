"""menet-design loss-ratio: inter-group connections lost at a shuffle."""

from typing import Annotated

import typer

from menet_design.cli.answer import Answer, Plot
from menet_design.cli.options import Several
from menet_design.cli.parsing import numbers
from menet_design.cli.spreading import command


@command
def run(
    groups: Several,
    answer: Answer,
    channels: Annotated[int | None, typer.Option(help="Also count through a shuffle of so many channels.")] = None,
    derive: Annotated[bool, typer.Option("--derive", help="Derive Eq. 1 to 3 and the exact count.")] = False,
    plot: Plot = None,
) -> None:
    """The share of inter-group connections that a channel shuffle loses, (G − 1)/G.

    Example: menet-design loss-ratio --groups 8 --channels 88
    """
    from menet_design.analysis.loss_ratio import connections, loss_ratio
    from menet_design.report import connections as report

    losses = {each: loss_ratio(each) for each in numbers(groups)}
    counts = [connections(each, channels) for each in losses] if channels is not None else []
    if derive:
        from menet_design.analysis.derivation import derive as steps

        document = report.derivation(losses, steps(), counts)
    else:
        document = report.counted(losses, counts) if counts else report.closed_form(losses)
    answer.check(plot)
    if plot is not None:
        from menet_design.report import figures

        drawn = {each: loss_ratio(each) for each in range(1, max(16, *losses) + 1)}
        figures.loss_ratio(drawn, losses, plot, answer.force)
    answer.give(document)
