"""Designs for a budget: the answer of `budget`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from menet_design.analysis.cost import Cost
from menet_design.design import decimal
from menet_design.report.costs import described, other_units, readings, recorded, settings, under_readings
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import millions_like, percent, some_millions
from menet_design.search.budget import Solution
from menet_design.zoo import quotes

if TYPE_CHECKING:
    from menet_design.search.neighbours import Neighbour
    from menet_design.verification.agreement import Agreement

_UNITS = {"macs": "MFLOPs", "params": "M parameters"}
_HEADERS = {"macs": "MFLOPs", "params": "params (M)"}
_LOST = "lost: share of the inter-group connections that grouping loses"
_FITS = {"nearest": "nearest", "under": "within"}


def budget(
    solutions: Sequence[Solution],
    losses: Sequence[Fraction | None],
    proofs: "Sequence[Agreement]",
    hints: Sequence[str],
    published: "Sequence[Sequence[Neighbour]]" = (),
) -> Document:
    """The choice for each number of groups; for one, with its legal neighbours as evidence.

    `losses` are the shares of inter-group connections that grouping loses, None without groups, `proofs` those of
    the choices, if they were asked for, and `hints` the next commands, which take the place of proofs.
    `published` are the published networks next to each choice, if they were asked for, and then are the evidence.
    """
    results = [_described(solution) for solution in solutions]
    if proofs:
        from menet_design.report.proofs import proved, verdict

        results = [result | {"proof": proved(proof)} for result, proof in zip(results, proofs, strict=True)]
        hints = [verdict(proof) for proof in proofs]
    if published:
        results = [result | {"neighbours": _quoted(each)} for result, each in zip(results, published, strict=True)]
    records = _records(solutions, published)
    table = _beside(solutions, published) if published else None
    beside = [each.cost.design for neighbours in published for each in neighbours]
    accuracies = [_accuracies(published), *under_readings(beside)] if published else []
    choices = [solution.choice for solution in solutions]
    statements = [*readings(choices), *other_units(choices), *accuracies, solutions[0].choice_cost.convention.statement]
    if len(solutions) > 1:
        headline = f"{_FITS[solutions[0].fit]} {_budget(solutions[0])} {_UNITS[solutions[0].metric]}"
        notes = (_input(solutions[0]), *([] if table else [_LOST]), *statements, *hints)
        return Document("budget", results, table or _choices(solutions, losses), headline, notes, records)
    (solution,), (loss,) = solutions, losses
    lost = [f"grouping loses {percent(loss)} of the inter-group connections"] if loss is not None else []
    notes = (_numbers(solution), *lost, *statements, *hints)
    return Document("budget", results, table or _evidence(solution), _headline(solution), notes, records)


def _described(solution: Solution) -> dict[str, Any]:
    under, over = solution.under_cost, solution.over_cost
    return {
        "budget": int(solution.budget) if solution.budget == int(solution.budget) else float(solution.budget),
        "metric": solution.metric,
        "fit": solution.fit,
        "groups": solution.choice.numbers().get("groups"),
        "choice": recorded(solution.choice_cost),
        "under": recorded(under) if under else None,
        "over": recorded(over) if over else None,
    }


def _headline(solution: Solution) -> str:
    """The answer in a sentence: "…: 144.28 MFLOPs, 3.1 % over the budget of 140"."""
    cost, unit = solution.choice_cost, _UNITS[solution.metric]
    title = cost.design.title
    if solution.solved_for == "resolution":
        title += f" at {cost.design.resolution}×{cost.design.resolution}"
    place = f"{_distance(solution.deviation(cost))} the budget of {_budget(solution)}"
    return f"{title}: {some_millions(solution.amount(cost))} {unit}, {place}"


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
        Column("macs", "MFLOPs", millions_like(each.macs for each in sides.values() if each)),
        Column("params", "params (M)", millions_like(each.params for each in sides.values() if each)),
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
        Column("macs", "MFLOPs", millions_like(each.choice_cost.macs for each in solutions)),
        Column("params", "params (M)", millions_like(each.choice_cost.params for each in solutions)),
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


def _beside(solutions: Sequence[Solution], published: "Sequence[Sequence[Neighbour]]") -> Table:
    """The choices among the published networks next to them, by cost; an accuracy is quoted or missing."""
    first = solutions[0]
    columns = (
        Column("network", "network", align="left"),
        Column(
            first.metric, _HEADERS[first.metric], millions_like(each.amount(each.choice_cost) for each in solutions)
        ),
        Column("deviation", f"of {_budget(first)}", _signed),
        Column("top1_percent", "top1 %", "{:.2f}".format),
        Column("top5_percent", "top5 %", "{:.2f}".format),
        Column("source", "source", align="left"),
    )
    designed = [(each.choice_cost, None, None, _designed(each)) for each in solutions]
    nearest = {each.cost.design: each for neighbours in published for each in neighbours}
    quoted = [(each.cost, each.quote.top1, each.quote.top5, each.quote.source) for each in nearest.values()]
    ranked = sorted([*designed, *quoted], key=lambda row: first.amount(row[0]))
    rows = [(cost.design.name, first.amount(cost), first.deviation(cost), *quote) for cost, *quote in ranked]
    return Table(columns, rows, chosen=ranked.index(designed[0]) if len(solutions) == 1 else None)


def _accuracies(published: "Sequence[Sequence[Neighbour]]") -> str:
    """What the accuracies are."""
    data = dict.fromkeys(each.quote.dataset for neighbours in published for each in neighbours)
    return f"top1 and top5 are quoted, on {', '.join(data)}; of a new design none is known"


def _designed(solution: Solution) -> str:
    """The mark at a choice, with the stem without which its name means another network."""
    stem = solution.unsaid_stem(solution.choice_cost)
    return f"← designed, needs --stem {stem}" if stem else "← designed"


def _quoted(neighbours: "Sequence[Neighbour]") -> list[dict[str, Any]]:
    """Published networks with what a source prints of their accuracy, for machines."""
    keys = ("top1", "top5", "dataset", "source")
    return [described(each.cost) | {key: getattr(each.quote, key) for key in keys} for each in neighbours]


def _records(solutions: Sequence[Solution], published: "Sequence[Sequence[Neighbour]]") -> Table:
    """Choices and neighbours, exact, for CSV and TSV; the published ones below them, if they were asked for."""
    rows = [
        {"budget": each.budget, "metric": each.metric, "fit": each.fit, "side": side, **found}
        for each, neighbours in zip(solutions, published or [()] * len(solutions), strict=True)
        for side, found in (*_sides(each), *(("neighbour", one) for one in _quoted(neighbours)))
    ]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return Table([Column(key, key) for key in keys], [[row.get(key) for key in keys] for row in rows])


def _sides(solution: Solution) -> list[tuple[str, dict[str, Any]]]:
    """The choice and its legal neighbours on both sides."""
    sides = {"choice": solution.choice_cost, "under": solution.under_cost, "over": solution.over_cost}
    return [(side, described(cost)) for side, cost in sides.items() if cost]


def _remark(solution: Solution, cost: Cost) -> str | None:
    """A mark at a network that a source prints, or the stem without which the name means another network."""
    printed = quotes(cost.design)
    if printed:
        counted = [quote.source for quote in printed if quote.mflops is not None]
        what = "reconstruction" if cost.design.is_reconstruction else "published"
        return f"← {what}: {min(counted, default=printed[0].source)}"
    stem = solution.unsaid_stem(cost)
    return f"needs --stem {stem}" if stem else None


def _signed(deviation: Fraction) -> str:
    return percent(deviation, signed=True)
