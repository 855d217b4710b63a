"""A model of somebody else's for a budget: the answer of `budget --model`."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from menet_design.exploration.varied import Trial, Varied
from menet_design.report import costs
from menet_design.report.budgets import PEAK, PEAK_STATEMENT, UNITS
from menet_design.report.proofs import proved, verdict
from menet_design.report.tables import Column, Document, Table, text_column
from menet_design.report.units import percent, some_millions

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement

_NAMED = 4  # values that are named where many are passed over for a reason


def varied(found: Varied, proofs: "Sequence[Agreement]" = (), hints: Sequence[str] = ()) -> Document:
    """The value that fits a budget, between its neighbours as evidence; `hints` are the next commands."""
    network = found.chosen.cost.network
    notes = [
        costs.settings(network),
        *_how(found),
        *costs.assumptions([network]),
        found.chosen.cost.convention.statement,
        *([PEAK_STATEMENT] if found.metric == "memory" else []),
        *(map(verdict, proofs) if proofs else hints),
    ]
    result = _result(found) | ({"proof": proved(proofs[0])} if proofs else {})
    records = [_plain(found) | {"side": side} | result[side] for side in _sides(found)]
    return Document("budget", [result], _table(found), _headline(found), notes, records, version=2)


def _headline(found: Varied) -> str:
    """The answer in a sentence."""
    deviation, title = found.deviation(found.chosen), found.chosen.cost.network.title
    distance = f"{percent(abs(deviation))} {'over' if deviation > 0 else 'under'}" if deviation else "exactly"
    amount = f"{some_millions(found.chosen.amount)} {UNITS[found.metric]}"
    named = f"{title} with {found.argument} = {found.chosen.value}"
    return f"{named}: {amount}, {distance} the budget of {float(found.budget) / 1e6:.12g}"


def _sides(found: Varied) -> dict[str, Trial]:
    sides = {"under": found.cheaper, "choice": found.chosen, "over": found.dearer}
    return {side: trial for side, trial in sides.items() if trial}


def _table(found: Varied) -> Table:
    """The choice between its neighbours; it stands out."""
    words = {"choice": "nearest" if found.fit == "nearest" else "within"}
    rows = [
        costs.described(trial.cost)
        | {"side": words.get(side, side), "value": trial.value, "deviation": found.deviation(trial)}
        | ({"memory": trial.amount} if found.metric == "memory" else {})
        for side, trial in _sides(found).items()
    ]
    shown = Column("deviation", f"of {float(found.budget) / 1e6:.12g}", partial(percent, signed=True))
    columns = [text_column("side", ""), Column("value", found.argument), costs.MACS, costs.PARAMS_IN_MILLIONS]
    return Table([*columns, PEAK, shown], rows, chosen=1 if found.cheaper else 0)


def _how(found: Varied) -> list[str]:
    """How many networks were counted, and which values make none."""
    lines = [f"{found.counted} of {found.values} values of {found.argument} were counted"]
    if not found.grows:
        lines.append(f"{UNITS[found.metric]} do not grow with {found.argument}: every value was counted")
    for reason in dict.fromkeys(reason for _, reason in found.refused):
        values = [str(value) for value, given in found.refused if given == reason]
        more = f" and {len(values) - _NAMED} more" if len(values) > _NAMED else ""
        lines.append(f"passed over: {', '.join(values[:_NAMED])}{more}; {reason}")
    return lines


def _plain(found: Varied) -> dict[str, Any]:
    keys = ("argument", "budget", "metric", "fit")
    return {key: getattr(found, key) for key in keys}


def _result(found: Varied) -> dict[str, Any]:
    sides = {
        side: {"value": trial.value, "amount": trial.amount} | costs.recorded(trial.cost)
        for side, trial in _sides(found).items()
    }
    counted = {"values": found.values, "counted": found.counted, "grows": found.grows}
    refused = [{"value": value, "reason": reason} for value, reason in found.refused]
    return _plain(found) | sides | counted | {"refused": refused}
