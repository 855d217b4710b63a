"""Designs for a budget: the answer of `budget`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from menet_design.analysis.cost import Cost
from menet_design.exploration.budget import Candidate, Solution
from menet_design.exploration.neighbours import Neighbour
from menet_design.report import costs
from menet_design.report.proofs import proved, verdict
from menet_design.report.tables import Column, Document, Record, Table, picked, scalars, text_column
from menet_design.report.units import millions_like, percent, some_millions
from menet_design.values import decimal

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement

UNITS = {"macs": "MFLOPs", "params": "M parameters", "memory": "MB of peak memory"}
PEAK = Column("memory", "peak (MB)", show_like=millions_like)
_AMOUNTS = {"macs": costs.MACS, "params": costs.PARAMS_IN_MILLIONS, "memory": PEAK}
PEAK_STATEMENT = "peak memory: activations in float32, nothing in place; see menet-design memory"
_LOST = "lost: share of the inter-group connections that grouping loses"
_FITS = {"nearest": "nearest", "under": "within"}


@dataclass(frozen=True)
class Choice:
    """The solution for a number of groups, and what is known of it.

    `proof` and `neighbours`, the published networks next to the design, are there if asked for.
    """

    solution: Solution
    proof: "Agreement | None" = None
    neighbours: Sequence[Neighbour] = ()


def budget(choices: Sequence[Choice], units: Sequence[str] = (), hints: Sequence[str] = ()) -> Document:
    """The choice for each number of groups; for one, with its legal neighbours as evidence.

    Published networks next to the choices are the evidence instead, where there are any. `units` say what FLOPs are
    in the designs' own papers; `hints` are the next commands, the place of which proofs take.
    """
    first = choices[0].solution
    beside = [each for choice in choices for each in choice.neighbours]
    if len(choices) == 1:
        headline, taken, table = _headline(first), _taken(choices[0]), _evidence(choices[0])
    else:
        headline = f"{_FITS[first.fit]} {_budget(first)} {UNITS[first.metric]}"
        fed = costs.input_of(first.chosen.cost.network)
        fed = f"{first.chosen.design.classes} classes" if first.solved_for == "resolution" else fed
        taken, table = [fed, *([] if beside else [_LOST])], _side_by_side(choices)
    quoted: list[str] = []
    if beside:
        data = ", ".join(dict.fromkeys(each.figure.dataset for each in beside))
        quoted = [f"top1 and top5 are quoted, on {data}; of a new design none is known"]
        quoted += costs.under_assumptions([each.cost.network for each in beside])
        table = _beside(choices, beside)
    notes = [
        *taken,
        *costs.assumptions(choice.solution.chosen.cost.network for choice in choices),
        *units,
        *quoted,
        first.chosen.cost.convention.statement,
        *([PEAK_STATEMENT] if first.metric == "memory" else []),
        *([verdict(choice.proof) for choice in choices if choice.proof] or hints),
    ]
    results = list(map(_result, choices))
    return Document("budget", results, table, headline, notes, _records(results), version=2)


def _result(choice: Choice) -> dict[str, Any]:
    solution = choice.solution
    sides = {"choice": solution.chosen, "under": solution.cheaper, "over": solution.dearer}
    published = [
        costs.described(each.cost) | picked(each.figure, "top1", "top5", "dataset", "source")
        for each in choice.neighbours
    ]
    return {
        "budget": Fraction(solution.budget),
        **picked(solution, "metric", "fit"),
        "groups": solution.chosen.design.numbers().get("groups"),
        **{side: _recorded(solution, candidate.cost) if candidate else None for side, candidate in sides.items()},
        **({"proof": proved(choice.proof)} if choice.proof else {}),
        **({"neighbours": published} if published else {}),
    }


def _recorded(solution: Solution, cost: Cost) -> dict[str, Any]:
    """A network for JSON, with the metric of the budget."""
    return costs.recorded(cost) | {solution.metric: solution.amount(cost)}


def _records(results: Sequence[Record]) -> list[Record]:
    """Choices and their legal neighbours, and below them the published ones, for CSV and TSV."""
    return [
        {key: result[key] for key in ("budget", "metric", "fit")} | {"side": side} | scalars(found)
        for result in results
        for side, found in (
            *((side, result[side]) for side in ("choice", "under", "over")),
            *(("neighbour", each) for each in result.get("neighbours", ())),
        )
        if found
    ]


def _headline(solution: Solution) -> str:
    """The answer in a sentence: "…: 144.28 MFLOPs, 3.1 % over the budget of 140"."""
    cost = solution.chosen.cost
    amount = f"{some_millions(solution.amount(cost))} {UNITS[solution.metric]}"
    distance = _distance(solution.deviation(cost))
    return f"{cost.network.title}: {amount}, {distance} the budget of {_budget(solution)}"


def _distance(deviation: Fraction) -> str:
    if deviation == 0:
        return "exactly"
    size = percent(abs(deviation)) if abs(deviation) >= Fraction(1, 2000) else "less than 0.1 %"
    return f"{size} {'over' if deviation > 0 else 'under'}"


def _budget(solution: Solution) -> str:
    return f"{float(solution.budget) / 1e6:.12g}"


def _taken(choice: Choice) -> list[str]:
    """The numbers of a choice that its name does not spell out, and what grouping loses."""
    network = choice.solution.chosen.cost.network
    numbers, lost = network.numbers, choice.solution.loss
    fusion = f"fusion {numbers['fusion']} × {decimal(numbers['expansion'])}, " if "fusion" in numbers else ""
    losses = [] if lost is None else [f"grouping loses {percent(lost)} of the inter-group connections"]
    return [fusion + costs.settings(network), *losses, *_stays(choice.solution)]


def _stays(solution: Solution) -> list[str]:
    """From where to where memory does not grow, of what stands in the answer."""
    sides = [each for each in (solution.cheaper, solution.chosen, solution.dearer) if each]
    alike = [each for each in sides if solution.amount(each.cost) == solution.amount(solution.chosen.cost)]
    if len(alike) == 1:
        return []
    first, *_, last = (decimal(getattr(each.design, solution.solved_for)) for each in alike)
    span = f"{solution.solved_for} from {first} to {last}"
    return [f"the peak does not grow with {span}: it lies where they do not differ"]


def _evidence(choice: Choice) -> Table:
    """The choice between its neighbours; it stands out, and its first cell says why it was chosen."""
    solution, solved = choice.solution, choice.solution.solved_for
    sides = {"under": solution.cheaper, _FITS[solution.fit]: solution.chosen, "over": solution.dearer}
    rows = [_row(solution, each) | {"side": side} for side, each in sides.items() if each]
    first = [text_column("side", ""), Column(solved, solved, decimal)]
    columns = [*first, *_shown(solution), _deviation(solution), text_column("remark", "")]
    return Table(columns, rows, chosen=1 if solution.cheaper else 0)


def _side_by_side(choices: Sequence[Choice]) -> Table:
    """The choice for each number of groups, a row each."""
    first = choices[0].solution
    unnamed = [Column(key, key) for key in first.chosen.design.unnamed if key in ("stem", first.solved_for)]
    last = [_deviation(first), Column("lost", "lost", percent), text_column("remark", "")]
    rows = [_row(each.solution, each.solution.chosen) | {"lost": each.solution.loss} for each in choices]
    return Table([text_column("network"), *unnamed, *_shown(first), *last], rows)


def _beside(choices: Sequence[Choice], neighbours: Sequence[Neighbour]) -> Table:
    """The choices among the published networks next to them, by cost; an accuracy is quoted or missing."""
    first = choices[0].solution
    designed = [
        _amounts(first, each.solution.chosen.cost)
        | {"source": ", ".join(filter(None, ("← designed", _needs(each.solution.chosen))))}
        for each in choices
    ]
    published = [
        _amounts(first, each.cost)
        | {"top1_percent": each.figure.top1, "top5_percent": each.figure.top5, "source": each.figure.source}
        for each in {each.cost.network.name: each for each in neighbours}.values()
    ]
    ranked = sorted([*designed, *published], key=lambda row: row[first.metric])
    chosen = ranked.index(designed[0]) if len(choices) == 1 else None
    quoted = [costs.TOP1, costs.TOP5, text_column("source")]
    return Table([text_column("network"), _AMOUNTS[first.metric], _deviation(first), *quoted], ranked, chosen)


def _shown(solution: Solution) -> list[Column]:
    """What is shown of a design: its multiply-adds, and its parameters or the peak of its memory."""
    return [costs.MACS, PEAK if solution.metric == "memory" else costs.PARAMS_IN_MILLIONS]


def _row(solution: Solution, candidate: Candidate) -> dict[str, Any]:
    """A candidate for people: its numbers, its costs, and what is to be said of it."""
    return _amounts(solution, candidate.cost) | {"remark": _remark(candidate)}


def _amounts(solution: Solution, cost: Cost) -> dict[str, Any]:
    """A network, what it costs, and how far that is from the budget."""
    amounts = {solution.metric: solution.amount(cost), "deviation": solution.deviation(cost)}
    return costs.described(cost) | amounts


def _deviation(solution: Solution) -> Column:
    return Column("deviation", f"of {_budget(solution)}", partial(percent, signed=True))


def _remark(candidate: Candidate) -> str | None:
    """A mark at a network that a source prints, or the stem without which the name means another network."""
    printed = candidate.figures
    if not printed:
        return _needs(candidate)
    counted = [figure.source for figure in printed if figure.mflops is not None]
    what = "reconstruction" if printed[0].of_reconstruction else "published"
    return f"← {what}: {min(counted, default=printed[0].source)}"


def _needs(candidate: Candidate) -> str | None:
    return f"needs --stem {candidate.stem}" if candidate.stem else None
