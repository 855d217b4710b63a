"""menet-design diff: what changes from one design to another."""

from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.hints import to_prove, words
from menet_design.cli.options import Deployable, Grouping, complete_name
from menet_design.cli.spreading import command


@command
def run(
    a: Annotated[str, typer.Argument(metavar="A", help="A design, as in flops.", autocompletion=complete_name)],
    b: Annotated[str, typer.Argument(metavar="B", help="What it changes to.", autocompletion=complete_name)],
    settings: Deployable,
    answer: Answer,
    by: Annotated[Grouping | None, typer.Option(help="Group the rows; by default by stage.")] = None,
) -> None:
    """Align two designs layer by layer, and say what changes from the first to the second.

    Example: menet-design diff 228-MENet-12x1/3 ShuffleNet-1x/3 --by layer
    """
    from menet_design.analysis.difference import difference
    from menet_design.report import differences

    (first,), (second,) = settings.of(a), settings.of(b)
    lines, hints = words(first, second), to_prove("prove it: menet-design verify", [first, second])
    if len(lines) == 1 and by != "layer":  # one line of options means both
        hints = [f"layer by layer: menet-design diff {lines[0]} --by layer"]
    answer.give(differences.diff(difference(first.network, second.network), by, hints))
