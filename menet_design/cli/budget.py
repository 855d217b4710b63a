"""menet-design budget: the design that fits."""

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from menet_design.cli.options import Classes, CountAs, Force, Form, Output, SomeGroups, Stem, next_steps, numbers
from menet_design.cli.output import check, emit
from menet_design.design import Design
from menet_design.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menet_design.search.budget import Solution
    from menet_design.search.neighbours import Neighbour
    from menet_design.verification.agreement import Agreement


def run(
    budget: Annotated[str, typer.Argument(metavar="MFLOPS", help="Millions of FLOPs, or of parameters.")],
    groups: SomeGroups = None,
    family: Annotated[str, typer.Option(help="menet, shufflenet, …; a network keeps its other numbers.")] = "menet",
    fit: Annotated[
        Literal["nearest", "under"], typer.Option(help="Nearest, or largest within the budget.")
    ] = "nearest",
    metric: Annotated[Literal["macs", "params"], typer.Option(help="What the budget limits.")] = "macs",
    solve: Annotated[
        Literal["width", "fusion", "expansion", "resolution"],
        typer.Option(help="What to solve for; resolutions are multiples of 32."),
    ] = "width",
    width: Annotated[int | None, typer.Option(help="Width, where something else is solved for.")] = None,
    fusion: Annotated[int | None, typer.Option(help="Fusion width; by default as the authors chose it.")] = None,
    expansion: Annotated[str | None, typer.Option(help="Expansion of the fusion width, 1 by default.")] = None,
    stem: Stem = None,
    resolution: Annotated[int | None, typer.Option(help="Height and width of the input; 224 by default.")] = None,
    classes: Classes = None,
    convention: CountAs = "paper",
    verify: Annotated[bool, typer.Option("--verify", help="Prove the answer on its PyTorch model.")] = False,
    neighbours: Annotated[bool, typer.Option("--neighbours", help="Show published networks beside it.")] = False,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Solve for the design that fits a budget, and show its legal neighbours.

    Example: menet-design budget 140 --groups 3,4,8
    """
    from menet_design.analysis.conventions import convention as rules_of
    from menet_design.report import budgets
    from menet_design.search.budget import solve as solve_budget

    fixed = {"width": width, "fusion": fusion, "expansion": expansion, "stem": stem, "resolution": resolution}
    given = {key: value for key, value in {**fixed, "classes": classes}.items() if value is not None}
    rules = rules_of(convention)
    question: dict[str, Any] = {"family": family, "metric": metric, "fit": fit, "solve_for": solve, **given}
    several = numbers(groups) if groups is not None else [None]
    solutions = [solve_budget(_units(budget), each, convention=rules, **question) for each in several]
    losses = [_loss(solution.choice) for solution in solutions]
    check(output, force)
    proofs = _prove([solution.choice for solution in solutions]) if verify else []
    hints = next_steps([solution.choice for solution in solutions], rules.name)
    published = _neighbours(solutions) if neighbours else []
    emit(budgets.budget(solutions, losses, proofs, hints, published), form, output, force)
    if not all(proof.agrees for proof in proofs):
        raise typer.Exit(1)


def _loss(design: Design) -> Fraction | None:
    """What grouping loses of the inter-group connections, in a network with groups."""
    from menet_design.analysis.loss_ratio import loss_ratio

    groups = design.numbers().get("groups")
    return None if groups is None else loss_ratio(groups)


def _neighbours(solutions: "list[Solution]") -> "list[Sequence[Neighbour]]":
    from menet_design.search.neighbours import neighbours

    return [neighbours(solution.choice_cost, solution.metric) for solution in solutions]


def _prove(designs: list[Design]) -> "list[Agreement]":
    from menet_design.cli.proof import prove

    return prove(designs)


def _units(text: str) -> int | float | Fraction:
    """A budget in units from one in millions, exactly."""
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text):
        units = Fraction(text) * 10**6
        return units.numerator if units.denominator == 1 else units
    try:
        return float(text) * 1e6
    except ValueError:
        raise DesignError(f"budget {text!r:.20} is not a number", "Write 140 for 140 million") from None
