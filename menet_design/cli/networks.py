"""menet-design networks: what has been published."""

from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.spreading import command


@command
def run(
    answer: Answer,
    pattern: Annotated[str, typer.Argument(help="A part of a name, or one with wildcards: menet, '228-*'.")] = "*",
) -> None:
    """List the published networks, with the figures that the papers print.

    Example: menet-design networks resnet
    """
    from menet_design.api.networks import count
    from menet_design.api.networks import networks as published
    from menet_design.families import figures
    from menet_design.report.costs import networks

    answer.give(networks([(count(design), figures(design)) for design in published(pattern)]))
