"""menet-design picture: a network and its unit as a figure."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.options import Classes, Force, Groups, Name, Resolution, Stem, designs
from menet_design.cli.output import check, say
from menet_design.errors import DesignError


def run(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="An .svg file; - is standard output.")],
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    force: Force = False,
) -> None:
    """Draw a network and its unit as SVG, in the manner of Fig. 3 of the paper.

    Example: menet-design picture 228-MENet-12x1/3 --output menet.svg
    """
    from menet_design.architectures import network
    from menet_design.report.picture import picture

    if output != Path("-") and output.suffix.lower() != ".svg":
        raise DesignError(f"{output} is no name of a picture", "Known ending: .svg")
    check(output, force)
    (design,) = designs([name], groups, stem, resolution, classes)
    say(picture(design.title, network(design), design.resolution, design.readings), output, force)
