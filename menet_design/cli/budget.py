"""menet-design budget: the design that fits."""

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from menet_design.cli.options import Answer, Classes, CountAs, SomeGroups, Stem, command, given, next_steps, numbers
from menet_design.errors import DesignError
from menet_design.values import rational

if TYPE_CHECKING:
    from menet_design.report.budgets import Choice
    from menet_design.search.budget import Solution
    from menet_design.verification.agreement import Agreement


@dataclass(frozen=True)
class Fixed:
    """The numbers that are not solved for."""

    width: Annotated[int | None, typer.Option(help="Width, where something else is solved for.")] = None
    fusion: Annotated[int | None, typer.Option(help="Fusion width; by default as the authors chose it.")] = None
    expansion: Annotated[str | None, typer.Option(help="Expansion rate; of MENet's fusion width 1 by default.")] = None
    stem: Stem = None
    resolution: Annotated[int | None, typer.Option(help="Height and width of the input; 224 by default.")] = None
    classes: Classes = None


@command
def run(
    budget: Annotated[str, typer.Argument(metavar="MFLOPS", help="Millions of FLOPs, or of parameters.")],
    *,
    groups: SomeGroups = None,
    family: Annotated[str, typer.Option(help="menet, shufflenet, …; a network keeps its other numbers.")] = "menet",
    fit: Annotated[
        Literal["nearest", "under"], typer.Option(help="Nearest, or largest within the budget.")
    ] = "nearest",
    metric: Annotated[Literal["macs", "params"], typer.Option(help="What the budget limits.")] = "macs",
    solve: Annotated[
        str, typer.Option(help="What to solve for: width, resolution, fusion, …; resolutions are multiples of 32.")
    ] = "width",
    fixed: Fixed,
    convention: CountAs = "paper",
    verify: Annotated[bool, typer.Option("--verify", help="Prove the answer on its PyTorch model.")] = False,
    neighbours: Annotated[bool, typer.Option("--neighbours", help="Show published networks beside it.")] = False,
    answer: Answer,
) -> None:
    """Solve for the design that fits a budget, and show its legal neighbours.

    Example: menet-design budget 140 --groups 3,4,8
    """
    from menet_design.analysis.counters import convention as rules_of
    from menet_design.cli.proof import exit_unless_proven, prove
    from menet_design.families import other_units
    from menet_design.report import budgets
    from menet_design.search.budget import solve as solve_budget

    rules = rules_of(convention)
    question: dict[str, Any] = {"family": family, "metric": metric, "fit": fit, "solve_for": solve, **given(fixed)}
    several = [None] if groups is None else numbers(groups)
    solutions = [solve_budget(_units(budget), each, convention=rules, **question) for each in several]
    answer.check()
    designs = [solution.chosen.design for solution in solutions]
    proofs = prove(designs) if verify else []
    choices = list(map(_choice, solutions, repeat(neighbours), proofs or repeat(None)))
    answer.give(budgets.budget(choices, other_units(designs), next_steps(designs, rules.name)))
    exit_unless_proven(proofs)


def _choice(solution: "Solution", with_neighbours: bool, proof: "Agreement | None") -> "Choice":
    """A solution with what is known of it."""
    from menet_design.report.budgets import Choice
    from menet_design.search.neighbours import neighbours

    return Choice(solution, proof, neighbours(solution.chosen.cost, solution.metric) if with_neighbours else ())


def _units(text: str) -> int | float | Fraction:
    """A budget in units from one in millions, exactly where it is written as a decimal."""
    with suppress(ValueError):
        return 10**6 * rational(text)
    with suppress(ValueError):
        return 10**6 * float(text)
    raise DesignError(f"budget {text!r:.20} is not a number", "Write 140 for 140 million")
