"""menet-design size: how many bytes the parameters of designs take."""

from typing import Annotated, Literal

import typer

from menet_design.cli.options import Classes, Force, Form, Groups, Names, Output, Resolution, Stem, designs, words
from menet_design.cli.output import emit

Scheme = Annotated[
    Literal["float32", "int8", "pattern", "pattern+int8"] | None,
    typer.Option(metavar="SCHEME", help="float32, int8, pattern or pattern+int8; by default all, side by side."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(help="Layers whose k×k kernels are binarized, as '*.residual.*'; by default all."),
]


def run(
    names: Names,
    scheme: Scheme = None,
    only: Only = None,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Say how many bytes the parameters of designs take, with their k×k kernels binarized or not.

    Example: menet-design size SEP-Net ResNet-20 --scheme pattern
    """
    from menet_design.analysis.size import SCHEMES, size
    from menet_design.report import sizes

    schemes = [scheme] if scheme else SCHEMES
    found = designs(names, groups, stem, resolution, classes)
    hints = [f"prove the parameters: menet-design verify {line}" for line in words(*found)]
    chosen = [size(design, "pattern", design.patterns) for design in found if design.patterns and only is None]
    sized = [[size(design, each, only) for each in schemes] for design in found]
    emit(sizes.size(sized, chosen, hints), form, output, force)
