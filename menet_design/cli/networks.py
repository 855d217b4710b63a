"""menet-design networks: what has been published."""

from fnmatch import fnmatchcase
from typing import Annotated

import typer

from menet_design.cli.options import Answer, command
from menet_design.errors import NotationError


@command
def run(
    answer: Answer,
    pattern: Annotated[str, typer.Argument(help="A part of a name, or one with wildcards: menet, '228-*'.")] = "*",
) -> None:
    """List the published networks, with the figures that the papers print.

    Example: menet-design networks resnet
    """
    from menet_design import families
    from menet_design.api import count
    from menet_design.families.notation import plain, spelled, suggestions
    from menet_design.report.costs import networks

    wanted = plain(pattern) if set(pattern) & set("*?[") else f"*{plain(pattern)}*"
    found = [
        (count(design), figures)
        for design, figures in families.published()
        if any(fnmatchcase(plain(name), wanted) for name in (design.name, design.title, design.identifier))
    ]
    if not found:
        nearest = suggestions(pattern)
        remedy = f"Did you mean {nearest[0]}?" if nearest else spelled(pattern)
        raise NotationError(f"no published network is named {pattern!r}", remedy, nearest)
    answer.give(networks(found))
