"""menet-design flops: what designs cost, operation by operation."""

from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.hints import next_steps
from menet_design.cli.options import CountAs, Deployable, Given, Grouping, Names, built_in
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command
from menet_design.report.tables import Document

By = Annotated[Grouping | None, typer.Option(help="Group the rows; by default by stage, several designs in total.")]


@command
def run(
    names: Names,
    settings: Deployable,
    answer: Answer,
    by: By = None,
    depth: Annotated[
        int | None,
        typer.Option(min=1, help="Group the rows by the first so many parts of their names, as torchinfo does."),
    ] = None,
    convention: CountAs = "paper",
    training: Annotated[
        bool, typer.Option("--training", help="Count a training step: forward and gradients, as torch does.")
    ] = False,
) -> None:
    """Count MACs, parameters and activations of designs, operation by operation.

    Example: menet-design flops 228-MENet-12x1/3 352-MENet-12x1/8 --by stage
    """
    refuse(training and convention != "paper", "--training counts as torch does", "Leave out --convention")
    refuse(None not in (by, depth), "--by and --depth both group the rows", "Give one of them")
    answer.give(_networks(_with_others(settings.of(*names)), "training" if training else convention, by, depth))


def _with_others(found: list[Given]) -> list[Given]:
    """Networks, and behind each the others that people call by its name."""
    return [each for one in found for each in (one, *_others(one))]


def _others(found: Given) -> list[Given]:
    """The other networks that people call by a network's name, deployed where it is."""
    others = map(built_in, found.design.also if found.design else ())
    return [each.deployed() if found.is_deployed else each for each in others]


def _networks(found: list[Given], convention: str, by: str | None, depth: int | None) -> Document:
    from menet_design.analysis.counters import convention as rules_of
    from menet_design.analysis.training import count_training
    from menet_design.api.networks import count
    from menet_design.families import other_units
    from menet_design.report import costs

    if convention == "training":
        counted = [count_training(each.network) for each in found]
    else:
        counted = [count(each.network, rules_of(convention)) for each in found]
    units = other_units(each.design for each in found if each.design)
    return costs.flops(counted, by if depth is None else depth, [*units], next_steps(found, convention))
