"""menet-design memory: how much memory designs need as they run."""

from typing import Annotated, Literal

import typer

from menet_design.cli.answer import Answer, Plot
from menet_design.cli.hints import words
from menet_design.cli.options import Deployable, Names
from menet_design.cli.spreading import command

By = Annotated[
    Literal["tensor", "layer"] | None,
    typer.Option(help="By tensor that is alive at the peak, or by layer: what is alive as each one runs."),
]
Dtype = Annotated[
    Literal["float32", "float16", "int8"], typer.Option(metavar="TYPE", help="Activations: float32, float16 or int8.")
]
InPlace = Annotated[
    bool, typer.Option("--in-place", help="Norms, activations, products and sums write over their first input.")
]
Scheme = Annotated[
    Literal["float32", "float16", "int8", "pattern", "pattern+int8"] | None,
    typer.Option(metavar="SCHEME", help="How parameters are stored, as in size; by default in the same type."),
]


@command
def run(
    names: Names,
    settings: Deployable,
    answer: Answer,
    dtype: Dtype = "float32",
    in_place: InPlace = False,
    by: By = None,
    scheme: Scheme = None,
    plot: Plot = None,
) -> None:
    """Say how many bytes of activations are alive at the peak of designs, and what their parameters take beside them.

    Example: menet-design memory 352-MENet-12x1/8 --dtype int8 --in-place
    """
    from menet_design.analysis.memory import memory
    from menet_design.report import memory as report

    answer.check(plot)
    found = settings.of(*names)
    memories = [memory(each.network, dtype, in_place=in_place, scheme=scheme) for each in found]
    if plot is not None:
        from menet_design.report.memory_figures import over_time

        over_time(memories, plot, answer.force)
    taken = "".join((f" --dtype {dtype}" * (dtype != "float32"), " --in-place" * in_place))
    lines = [] if by == "layer" else words(*found)
    hints = [f"layer by layer: menet-design memory {line}{taken} --by layer" for line in lines]
    answer.give(report.memory(memories, by, hints))
