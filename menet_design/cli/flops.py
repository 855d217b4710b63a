"""menet-design flops: what designs cost, operation by operation."""

from typing import Annotated, Literal

import typer

from menet_design.cli.options import (
    Classes,
    CountAs,
    Force,
    Form,
    Groups,
    Names,
    Output,
    Resolution,
    Stem,
    designs,
    next_steps,
)
from menet_design.cli.output import emit

By = Annotated[
    Literal["layer", "block", "stage", "branch", "operation"] | None,
    typer.Option(help="Group the rows; by default by stage, several designs in total only."),
]


def run(
    names: Names,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    by: By = None,
    convention: CountAs = "paper",
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Count MACs, parameters and activations of designs, operation by operation.

    Example: menet-design flops 228-MENet-12x1/3 352-MENet-12x1/8 --by stage
    """
    from menet_design.analysis import counters
    from menet_design.analysis.cost import count
    from menet_design.report import costs

    found = designs(names, groups, stem, resolution, classes)
    rules = counters.convention(convention)
    counted = [count(design, rules) for design in found]
    emit(costs.flops(counted, by, next_steps(found, rules.name)), form, output, force)
