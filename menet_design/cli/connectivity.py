"""menet-design connectivity: which channels of a network hear which."""

from typing import Annotated, Literal

import typer

from menet_design.cli.options import Classes, Force, Form, Groups, Names, Output, Resolution, Stem, designs, words
from menet_design.cli.output import emit

By = Annotated[
    Literal["block", "pair", "group"] | None,
    typer.Option(help="By block, by pair of convolutions around a shuffle, or by group of these."),
]


def run(
    names: Names,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = 224,
    classes: Classes = 1000,
    by: By = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Say which channels hear which: in each block, around each shuffle, and what the fusion branch brings back.

    Example: menet-design connectivity 352-MENet-12x1/8 --by pair
    """
    from menet_design.analysis.connectivity import connectivity
    from menet_design.report import connectivity as report

    found = designs(names, groups, stem, resolution, classes)
    hints = [f"prove it: menet-design connectivity {line} --prove" for line in words(*found)]
    emit(report.connectivity([connectivity(design) for design in found], by, [], hints), form, output, force)
