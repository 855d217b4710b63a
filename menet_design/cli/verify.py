"""menet-design verify: the proof on real PyTorch models."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.options import Answer, Names, Settings, command

Weights = Annotated[Path | None, typer.Option("--weights", "-w", help="Load a checkpoint (.pth) into the model first.")]


@command
def run(names: Names, settings: Settings, *, weights: Weights = None, answer: Answer) -> None:
    """Build models, count them with fvcore and torch, and compare every layer with the closed form.

    Exits with 1 where a layer disagrees. Example: menet-design verify 352-MENet-12x1/8
    """
    from menet_design.cli.proof import exit_unless_proven, prove
    from menet_design.report import proofs

    answer.check()
    agreements = prove(settings.of(*names), weights)
    answer.give(proofs.verify(agreements, weights))
    exit_unless_proven(agreements)
