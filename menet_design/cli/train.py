"""menet-design train: a network that learns from a folder of images."""

import contextlib
import io
import os
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from menet_design.cli.hints import words
from menet_design.cli.options import Sources, Weights, complete_name
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command


@command
def run(
    data: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Class folders in train and val, or the idx files of MNIST's kind."),
    ],
    network: Annotated[
        str, typer.Option(metavar="NETWORK", help="Which one, as in flops.", autocompletion=complete_name)
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="A new folder, for weights, log and state.")
    ],
    *,
    config: Annotated[
        str,
        typer.Option(metavar="RECIPE", help="A file of TOML, or menet, the paper's recipe, or fashion-mnist."),
    ] = "menet",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    binarize: Annotated[
        bool, typer.Option("--binarize", help="Make the k×k kernels patterns, and train the rest.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Layers whose k×k kernels are binarized, as '*.residual.*'; by default all."),
    ] = None,
    sources: Sources,
    weights: Weights,
    workers: Annotated[int, typer.Option(metavar="N", help="Processes that read images; 0: none but this.")] = 0,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write the log for TensorBoard, too.")] = False,
) -> None:
    """Train a network on images, or fine-tune one from weights; every epoch is tested, and can be gone on from.

    Example: menet-design train flowers --network 108-MENet-8x1/3 --classes 5 --output run
    """
    from menet_design.cli.proof import with_torch
    from menet_design.training.recipe import read_recipe

    recipe = read_recipe(config)
    refuse(bool(only) and not binarize, "--only says what --binarize binarizes", "Give --binarize too")
    given, *others = sources.of(network)
    refuse(bool(others), f"{network} holds several designs", "Train one at a time")
    is_first = os.environ.get("RANK", "0") == "0"
    with with_torch("training") if is_first else contextlib.nullcontext(lambda text: None) as show:
        from menet_design.exporting.subject import Subject
        from menet_design.training.run import Plan, train

        subject = Subject(
            network, lambda: given.design or given.load(), weights.weights, weights.reading(), seed=recipe.seed
        )
        plan = Plan(subject, data, recipe, tuple(only or "*") if binarize else None)
        say = partial(print, file=sys.stderr if is_first else io.StringIO(), flush=True)
        training = train(plan, output, workers=workers, resume=resume, board=tensorboard, show=show, say=say)
    if is_first:
        needed = "" if given.design else f" --network {words(given)[0]}"
        files = shlex.join(["--weights", str(training.weights), "--labels", str(training.labels)])
        print(training, f"what it sees: menet-design classify IMAGE {files}{needed}", sep="\n")
