"""menet-design export: a network as a file that something else reads, trains or runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from menet_design.cli.answer import Force
from menet_design.cli.options import Deployable, Name, Weights
from menet_design.cli.output import at_work
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command
from menet_design.errors import missing

Shuffle = Annotated[
    Literal["5d", "4d", "conv"],
    typer.Option(
        metavar="KIND", help="Write shuffles over five dimensions, over four, or as a 1×1 convolution: 5d, 4d or conv."
    ),
]
Dynamic = Annotated[
    Literal["batch", "size"] | None,
    typer.Option(metavar="SIDES", help="Leave open the batch, or batch, height and width: batch or size."),
]


@command
def run(
    name: Name,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="A .safetensors, .pt2, .onnx, .py or .json file; the ending says what."),
    ],
    *,
    settings: Deployable,
    weights: Weights,
    shuffle: Shuffle = "5d",
    dynamic: Dynamic = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of random weights, where no others are given.")] = 0,
    force: Force = False,
) -> None:
    """Write a network as weights, as a program that runs, as a file of Python or as a model config.

    Example: menet-design export 352-MENet-12x1/8 --output 352.onnx
    """
    from menet_design.files import check_writable

    check_writable(output, force)
    given, *others = settings.of(name)
    refuse(bool(others), f"{name} holds several designs", "Export one at a time")
    try:
        with at_work(f"exporting {given.network.title}"):
            from menet_design.exporting import export
            from menet_design.exporting.subject import Subject

            subject = Subject(
                name,
                lambda: given.design or given.load(),
                weights.weights,
                weights.reading(),
                shuffle,
                dynamic,
                given.network.batch,
                seed,
                given.is_deployed,
                given.allowed,
            )
            exported = export(subject, output, force)
    except ModuleNotFoundError as error:
        raise missing(error) from None
    print(exported)
