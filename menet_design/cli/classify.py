"""menet-design classify: what a network sees on images."""

from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.options import Sources, Trained
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command
from menet_design.families.notation import read_or_none


@command
def run(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Files of images, as JPEG or PNG.")],
    weights: Trained,
    sources: Sources,
    answer: Answer,
    top: Annotated[int | None, typer.Option(metavar="N", help="How many classes of each are shown; 5.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Names of the classes, one a line; by default ImageNet's of 1000."),
    ] = None,
) -> None:
    """Say what a network with its weights sees on images: the most probable classes.

    Example: menet-design classify cat.jpg --weights 108-MENet-8x1-group-3.pth.tar
    """
    from menet_design.cli.proof import with_torch
    from menet_design.report import classification as report

    answer.check()
    network = next((each for each in images if read_or_none(str(each)) and not each.exists()), None)
    refuse(network is not None, f"{network} is a network, and no image", f"Write --network {network}")
    with with_torch("classifying"):
        from menet_design.classification.classify import classify
        from menet_design.datasets.labels import names

        classifier = weights.classifier(sources)
        found = classify(classifier, images, names(classifier.classes, labels), top)
    answer.give(report.classify(found, ["how often it is right: menet-design evaluate DIR, with the same options"]))
