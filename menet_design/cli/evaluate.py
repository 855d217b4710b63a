"""menet-design evaluate: how often a network is right about the images of a data set."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.options import Sources, Trained
from menet_design.cli.output import progress
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command


@command
def run(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that holds a folder of images for each class.")
    ],
    weights: Trained,
    sources: Sources,
    answer: Answer,
    batch: Annotated[int, typer.Option(metavar="N", help="Images that run together.")] = 32,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes that read images; 0: none but this.")] = 0,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out, and name, images that cannot be read.")
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep in FILE how far it came, and go on from there.")
    ] = None,
) -> None:
    """Count how often a network with its weights is right about images: top-1 and top-5.

    Example: menet-design evaluate val --weights 108-MENet-8x1-group-3.pth.tar --resume progress.json
    """
    from menet_design.cli.proof import with_torch
    from menet_design.report import classification as report

    answer.check()
    is_one_file = resume is not None and answer.output is not None and resume.resolve() == answer.output.resolve()
    refuse(is_one_file, "the progress and the answer cannot be one file", "Give two names")
    with with_torch("evaluating") as show:
        from menet_design.classification.evaluate import evaluate_all
        from menet_design.datasets import open_dataset

        classifier = weights.classifier(sources)
        show(f"looking at the images in {folder}")
        dataset = open_dataset(folder, classifier.transform, classifier.shape[0])
        answers = evaluate_all(classifier, dataset, batch, workers, skip_bad, resume)
        found = next(answers)
    try:
        with progress("evaluating", found.images, "images") as advance:
            for found in answers:
                advance(found.seen)
    except KeyboardInterrupt:
        hints = ["go on from there: the same command again"] * (resume is not None)
        replace(answer, output=None).give(report.evaluate(found, hints))  # which would refuse a file that exists
        raise
    answer.give(report.evaluate(found, ["what it sees on one: menet-design classify IMAGE, with the same options"]))
