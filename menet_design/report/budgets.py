"""Designs for a budget: the answer of `budget`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from menet_design.analysis.cost import Cost
from menet_design.design import decimal
from menet_design.report.costs import described, settings
from menet_design.report.proofs import proved, verdict
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import millions, percent
from menet_design.search.budget import Solution
from menet_design.zoo import quotes

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement

_UNITS = {"macs": "MFLOPs", "params": "M parameters"}
_LOST = "lost: share of the inter-group connections that grouping loses"
_FITS = {"nearest": "nearest", "under": "within"}


def budget(
    solutions: Sequence[Solution],
    losses: Sequence[Fraction | None],
    proofs: "Sequence[Agreement]",
    hints: Sequence[str],
) -> Document:
    """The choice for each number of groups; for one, with its legal neighbours as evidence.

    `losses` are the shares of inter-group connections that grouping loses, None without groups, `proofs` those of
    the choices, if they were asked for, and `hints` the next commands, which take the place of proofs.
    """
    results = [_described(solution) for solution in solutions]
    if proofs:
        results = [result | {"proof": proved(proof)} for result, proof in zip(results, proofs, strict=True)]
        hints = [verdict(proof) for proof in proofs]
    records = _records(solutions)
    statement = solutions[0].choice_cost.convention.statement
    if len(solutions) > 1:
        headline = f"{_FITS[solutions[0].fit]} {_budget(solutions[0])} {_UNITS[solutions[0].metric]}"
        notes = (_input(solutions[0]), _LOST, statement, *hints)
        return Document("budget", results, _choices(solutions, losses), headline, notes, records)
    (solution,), (loss,) = solutions, losses
    lost = [f"grouping loses {percent(loss)} of the inter-group connections"] if loss is not None else []
    notes = (_numbers(solution), *lost, *solution.choice.readings, statement, *hints)
    return Document("budget", results, _evidence(solution), _headline(solution), notes, records)


def _described(solution: Solution) -> dict[str, Any]:
    under, over = solution.under_cost, solution.over_cost
    return {
        "budget": int(solution.budget) if solution.budget == int(solution.budget) else float(solution.budget),
        "metric": solution.metric,
        "fit": solution.fit,
        "groups": solution.choice.numbers().get("groups"),
        "choice": described(solution.choice_cost),
        "under": described(under) if under else None,
        "over": described(over) if over else None,
    }


def _headline(solution: Solution) -> str:
    """The answer in a sentence: "…: 144.28 MFLOPs, 3.1 % over the budget of 140"."""
    cost, unit = solution.choice_cost, _UNITS[solution.metric]
    title = cost.design.title
    if solution.solved_for == "resolution":
        title += f" at {cost.design.resolution}×{cost.design.resolution}"
    place = f"{_distance(solution.deviation(cost))} the budget of {_budget(solution)}"
    return f"{title}: {millions(solution.amount(cost))} {unit}, {place}"


def _distance(deviation: Fraction) -> str:
    if deviation == 0:
        return "exactly"
    size = percent(abs(deviation)) if abs(deviation) >= Fraction(1, 2000) else "less than 0.1 %"
    return f"{size} {'over' if deviation > 0 else 'under'}"


def _budget(solution: Solution) -> str:
    return f"{float(solution.budget) / 1e6:.12g}"


def _numbers(solution: Solution) -> str:
    numbers = solution.choice.numbers()
    fusion = f"fusion {numbers['fusion']} × {decimal(numbers['expansion'])}, " if "fusion" in numbers else ""
    return fusion + settings(solution.choice)


def _input(solution: Solution) -> str:
    """What all choices are fed and give."""
    design = solution.choice
    classes = f"{design.classes} classes"
    return classes if solution.solved_for == "resolution" else f"{design.resolution}×{design.resolution}, {classes}"


def _evidence(solution: Solution) -> Table:
    """The choice between its neighbours; it stands out, and its first cell says why it was chosen."""
    sides = {"under": solution.under_cost, _FITS[solution.fit]: solution.choice_cost, "over": solution.over_cost}
    rows = [_evidence_row(solution, side, cost) for side, cost in sides.items() if cost]
    solved = solution.solved_for
    columns = (
        Column("side", "", align="left"),
        Column(solved, solved, decimal),
        Column("macs", "MFLOPs", millions),
        Column("params", "params (M)", millions),
        Column("deviation", f"of {_budget(solution)}", _signed),
        Column("remark", "", align="left"),
    )
    return Table(columns, rows, chosen=1 if solution.under_cost else 0)


def _evidence_row(solution: Solution, side: str, cost: Cost) -> Sequence[Any]:
    value = cost.design.numbers()[solution.solved_for]
    return (side, value, cost.macs, cost.params, solution.deviation(cost), _remark(solution, cost))


def _choices(solutions: Sequence[Solution], losses: Sequence[Fraction | None]) -> Table:
    """The choice for each number of groups, a row each."""
    solved = solutions[0].solved_for
    columns = (
        Column("network", "network", align="left"),
        Column("stem", "stem"),
        Column(solved, solved, decimal),
        Column("macs", "MFLOPs", millions),
        Column("params", "params (M)", millions),
        Column("deviation", f"of {_budget(solutions[0])}", _signed),
        Column("loss_ratio", "lost", percent),
        Column("remark", "", align="left"),
    )
    rows = [_choice(solution, loss) for solution, loss in zip(solutions, losses, strict=True)]
    if solved == "resolution":  # the one quantity that a name does not carry
        return Table(columns, rows)
    return Table(columns[:2] + columns[3:], [row[:2] + row[3:] for row in rows])


def _choice(solution: Solution, loss: Fraction | None) -> tuple[Any, ...]:
    cost, design = solution.choice_cost, solution.choice
    numbers = design.numbers()
    value, stem = numbers[solution.solved_for], numbers.get("stem")
    amounts = (cost.macs, cost.params, solution.deviation(cost))
    return (design.name, stem, value, *amounts, loss, _remark(solution, cost))


def _records(solutions: Sequence[Solution]) -> Table:
    """Choices and neighbours, exact, for CSV and TSV."""
    rows = [
        {"budget": each.budget, "metric": each.metric, "fit": each.fit, "side": side, **described(cost)}
        for each in solutions
        for side, cost in (("choice", each.choice_cost), ("under", each.under_cost), ("over", each.over_cost))
        if cost
    ]
    return Table([Column(key, key) for key in rows[0]], [list(row.values()) for row in rows])


def _remark(solution: Solution, cost: Cost) -> str | None:
    """A mark at a network that a source prints, or the stem without which the name means another network."""
    printed = quotes(cost.design)
    if printed:
        return f"← published: {min(quote.source for quote in printed)}"
    stem = solution.unsaid_stem(cost)
    return f"needs --stem {stem}" if stem else None


def _signed(deviation: Fraction) -> str:
    return percent(deviation, signed=True)
