"""menet-design latency: how long networks take on this machine."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.hints import words
from menet_design.cli.options import Deployable, Given, Names
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command

if TYPE_CHECKING:
    from torch import nn

Engine = Annotated[
    Literal["eager", "compiled", "onnxruntime"],
    typer.Option(metavar="ENGINE", help="eager, compiled (torch.compile, which takes a minute first) or onnxruntime."),
]
Threads = Annotated[int, typer.Option(metavar="N", help="Threads of an operation.")]
ChannelsLast = Annotated[bool, typer.Option("--channels-last", help="Maps with the channels of a pixel side by side.")]
Precision = Annotated[
    Literal["float32", "bfloat16", "float16"],
    typer.Option(metavar="TYPE", help="Weights and maps: float32, bfloat16 or float16."),
]
Seconds = Annotated[float, typer.Option(help="How long all of them are measured, once prepared.")]
By = Annotated[
    Literal["layer", "type"] | None,
    typer.Option(help="What takes the time: layers (eager), or types of layers (eager) or kernels (onnxruntime)."),
]


@command
def run(
    names: Names,
    settings: Deployable,
    answer: Answer,
    engine: Engine = "eager",
    threads: Threads = 1,
    channels_last: ChannelsLast = False,
    precision: Precision = "float32",
    seconds: Seconds = 10.0,
    by: By = None,
) -> None:
    """Measure how long designs take on this machine, side by side, and say whether it can tell them apart.

    Example: menet-design latency 108-MENet-8x1/3 48-ResNet-15 --seconds 1
    """
    from menet_design.cli.proof import with_torch
    from menet_design.measurement.conditions import Conditions
    from menet_design.report import latency as report

    answer.check()
    conditions = Conditions(engine, threads, channels_last, precision, seconds, by)
    found = settings.of(*names)
    for each in found:
        refuse(not each.has_code, f"{each.name} holds no code that could run", "Name the module it was exported from")
    with with_torch("measuring") as show:
        from menet_design.measurement.latency import latency

        subjects = [(each.network, _model(each)) for each in found]
        measured = latency(subjects, conditions, show)
    ran = f" --engine {engine}" * (engine != "eager")
    lines = [] if by or engine == "compiled" else words(*found)
    hints = [f"what takes the time: menet-design latency {line}{ran} --by type" for line in lines]
    answer.give(report.latency(measured, hints))


def _model(given: Given) -> "nn.Module":
    from menet_design.deployment import deploy
    from menet_design.models import build

    module = build(given.design) if given.design else given.load()[0]
    return deploy(module, given.network.inputs, given.allowed) if given.is_deployed else module
