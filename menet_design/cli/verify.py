"""menet-design verify: the proof on real PyTorch models."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.options import Classes, Force, Form, Groups, Names, Output, Resolution, Stem, designs
from menet_design.cli.output import check, emit

Weights = Annotated[Path | None, typer.Option("--weights", "-w", help="Load a checkpoint (.pth) into the model first.")]


def run(
    names: Names,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    weights: Weights = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Build models, count them with fvcore and torch, and compare every layer with the closed form.

    Exits with 1 where a layer disagrees. Example: menet-design verify 352-MENet-12x1/8
    """
    from menet_design.cli.proof import prove
    from menet_design.report import proofs

    check(output, force)
    agreements = prove(designs(names, groups, stem, resolution, classes), weights)
    emit(proofs.verify(agreements, weights), form, output, force)
    if not all(agreement.agrees for agreement in agreements):
        raise typer.Exit(1)
