"""menet-design picture: a network and its unit as a figure."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.answer import Force
from menet_design.cli.options import Name, Settings
from menet_design.cli.output import STDOUT, check, say
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command


@command
def run(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="An .svg file; - is standard output.")],
    *,
    force: Force = False,
    settings: Settings,
) -> None:
    """Draw a network and its unit as SVG, in the manner of Fig. 3 of the paper.

    Example: menet-design picture 228-MENet-12x1/3 --output menet.svg
    """
    from menet_design.report.picture import picture

    is_svg = output == STDOUT or output.suffix.lower() == ".svg"
    refuse(not is_svg, f"{output} is not the name of a picture", "Known ending: .svg")
    check(output, force)
    (given,) = settings.of(name)
    say(picture(given.network), output, force)
