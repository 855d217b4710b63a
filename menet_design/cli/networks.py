"""menet-design networks: what has been published."""

from fnmatch import fnmatchcase
from typing import Annotated

import typer

from menet_design.cli.options import Force, Form, Output
from menet_design.cli.output import emit
from menet_design.errors import NotationError


def run(
    pattern: Annotated[str, typer.Argument(help="A part of a name, or one with wildcards: menet, '228-*'.")] = "*",
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """List the published networks, with the figures that the papers print.

    Example: menet-design networks resnet
    """
    from menet_design import zoo
    from menet_design.analysis.cost import count
    from menet_design.notation import plain, suggestions
    from menet_design.report.costs import networks

    wanted = plain(pattern) if set(pattern) & set("*?[") else f"*{plain(pattern)}*"
    found = [
        (count(design), quotes)
        for design, quotes in zoo.published()
        if any(fnmatchcase(plain(name), wanted) for name in (design.name, design.title, design.identifier))
    ]
    if not found:
        nearest = suggestions(pattern)
        remedy = f"Did you mean {nearest[0]}?" if nearest else "Try menet"
        raise NotationError(f"no published network is named {pattern!r}", remedy, nearest)
    emit(networks(found), form, output, force)
