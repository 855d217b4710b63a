"""menet-design diff: what changes from one design to another."""

from typing import Annotated

import typer

from menet_design.cli.flops import Grouping
from menet_design.cli.options import (
    Classes,
    Force,
    Form,
    Groups,
    Output,
    Resolution,
    Stem,
    complete_name,
    designs,
    words,
)
from menet_design.cli.output import emit
from menet_design.design import Design


def run(
    a: Annotated[str, typer.Argument(metavar="A", help="A design, as in flops.", autocompletion=complete_name)],
    b: Annotated[str, typer.Argument(metavar="B", help="What it changes to.", autocompletion=complete_name)],
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    by: Annotated[Grouping | None, typer.Option(help="Group the rows; by default by stage.")] = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Align two designs layer by layer, and say what changes from the first to the second.

    Example: menet-design diff 228-MENet-12x1/3 ShuffleNet-1x/3 --by layer
    """
    from menet_design.analysis.difference import difference
    from menet_design.report import differences

    (first,), (second,) = (designs([name], groups, stem, resolution, classes) for name in (a, b))
    emit(differences.diff(difference(first, second), by, _hints(first, second, by)), form, output, force)


def _hints(a: Design, b: Design, by: str | None) -> list[str]:
    """The finer comparison, where one line of options means both designs; otherwise the proof of each."""
    lines = words(a, b)
    if len(lines) == 1 and by != "layer":
        return [f"layer by layer: menet-design diff {lines[0]} --by layer"]
    return [f"prove it: menet-design verify {line}" for line in lines]
