"""menet-design budget: the design that fits."""

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.hints import next_steps
from menet_design.cli.options import OR_A_FAMILY, CountAs, Given, Passed, SomeGroups, Structure, built_in
from menet_design.cli.output import at_work
from menet_design.cli.parsing import numbers, refuse, units, values_along
from menet_design.cli.spreading import command

if TYPE_CHECKING:
    from menet_design.analysis.conventions import Convention
    from menet_design.exploration.budget import Solution
    from menet_design.graph.network import Network
    from menet_design.report.budgets import Choice
    from menet_design.verification.agreement import Agreement


@dataclass(frozen=True)
class Fixed(Structure):
    """The numbers that are not solved for."""

    width: Annotated[int | None, typer.Option(help="Width, where something else is solved for.")] = None
    fusion: Annotated[int | None, typer.Option(help="Fusion width; by default as the authors chose it.")] = None
    expansion: Annotated[str | None, typer.Option(help="Expansion rate; of MENet's fusion width 1 by default.")] = None


@dataclass(frozen=True)
class Model:
    """A model of somebody else's, one argument of which is varied."""

    model: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Model to fit instead: net.py:Net, timm:NAME, …")
    ] = None
    vary: Annotated[
        str | None, typer.Option(metavar="NAME=FROM:TO:STEP", help="The argument of its factory that is solved for.")
    ] = None


@command
def run(
    budget: Annotated[str, typer.Argument(metavar="MFLOPS", help="Millions of FLOPs, of parameters, or MB of memory.")],
    *,
    groups: SomeGroups = None,
    family: Annotated[str, typer.Option(help=f"A network, which keeps its other numbers, {OR_A_FAMILY}")] = "menet",
    fit: Annotated[
        Literal["nearest", "under"], typer.Option(help="Nearest, or largest within the budget.")
    ] = "nearest",
    metric: Annotated[
        Literal["macs", "params", "memory"],
        typer.Option(help="What the budget limits; memory: MB of float32 activations at their peak."),
    ] = "macs",
    solve: Annotated[
        str, typer.Option(help="What to solve for: width, resolution, fusion, …; resolutions are multiples of 32.")
    ] = "width",
    fixed: Fixed,
    model: Model,
    passed: Passed,
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
    from menet_design.exploration.budget import solve as solve_budget
    from menet_design.families import other_units
    from menet_design.report import budgets

    rules = rules_of(convention)
    if model.model is not None:
        own = [*fixed.numbers(), *(["groups"] if groups else [])]
        refuse(
            bool(own), f"--{own[0] if own else ''} is a number of built-in families", "Pass it on, as --set NAME=VALUE"
        )
        proven = _fit_model(units(budget), metric, fit, model, passed, rules, verify, answer)
        exit_unless_proven(proven)
        return
    refuse(model.vary is not None, "--vary is an argument of a --model", "Give --model net.py:Net")
    question: dict[str, Any] = {"family": family, "metric": metric, "fit": fit, "solve_for": solve, **fixed.numbers()}
    several = [None] if groups is None else numbers(groups)
    solutions = [solve_budget(units(budget), each, convention=rules, **question) for each in several]
    answer.check()
    designs = [solution.chosen.design for solution in solutions]
    found = [built_in(design) for design in designs]
    proofs = prove(found) if verify else []
    choices = list(map(_choice, solutions, repeat(neighbours), proofs or repeat(None)))
    answer.give(budgets.budget(choices, other_units(designs), next_steps(found, rules.name)))
    exit_unless_proven(proofs)


def _fit_model(
    budget: Any,
    metric: str,
    fit: str,
    model: Model,
    passed: Passed,
    convention: "Convention",
    verify: bool,
    answer: Answer,
) -> "list[Agreement]":
    """Answer for a model of somebody else's; the proofs, if asked for."""
    from menet_design.cli.proof import prove
    from menet_design.exploration.varied import vary
    from menet_design.report import varied as report

    source, along = model.model or "", model.vary or ""
    refuse(not along, f"{source} needs an argument to vary", "Give --vary width=16:512:8")
    argument, values = values_along(along)
    answer.check()
    asked: dict[Any, Given] = {}

    with at_work(f"counting {source}") as show:

        def make(value: Any) -> "Network":
            show(f"counting {source} with {argument}={value} ({len(asked) + 1} of up to {len(values)})")
            asked[value] = passed.imported(source, **{argument: value})
            return asked[value].network

        found = vary(budget, make, values, argument=argument, metric=metric, fit=fit, convention=convention)
    chosen = [asked[found.chosen.value]]
    proofs = prove(chosen) if verify else []
    answer.give(report.varied(found, proofs, next_steps(chosen, convention.name)))
    return proofs


def _choice(solution: "Solution", with_neighbours: bool, proof: "Agreement | None") -> "Choice":
    """A solution with what is known of it."""
    from menet_design.exploration.neighbours import neighbours
    from menet_design.report.budgets import Choice

    return Choice(solution, proof, neighbours(solution.chosen.cost, solution.metric) if with_neighbours else ())
