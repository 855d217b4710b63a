"""The proof of a cost: the answer of `verify`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from menet_design.report.costs import settings
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import exact

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement


def verify(agreements: "Sequence[Agreement]") -> Document:
    """Whether the closed form, fvcore and torch agree, design by design."""
    results = [proved(agreement) for agreement in agreements]
    columns = (
        Column("network", "network", align="left"),
        Column("count", "", align="left"),
        Column("macs", "MACs", exact),
        Column("params", "params", exact),
        Column("layers", "layers", exact),
    )
    rows = [row for agreement in agreements for row in _rows(agreement)]
    headline = "\n".join(verdict(agreement) for agreement in agreements)
    keys = [key for key in results[0] if key != "first_disagreement"]
    records = Table([Column(key, key) for key in keys], [[result[key] for key in keys] for result in results])
    notes = [note for agreement in agreements for note in _notes(agreement)]
    return Document("verify", results, Table(columns, rows), headline, list(dict.fromkeys(notes)), records)


def proved(agreement: "Agreement") -> dict[str, Any]:
    """An agreement for JSON."""
    first = agreement.first_disagreement
    return {
        "network": agreement.design.name,
        "agrees": agreement.agrees,
        "closed_form": agreement.closed_form,
        "fvcore": agreement.fvcore,
        "torch": agreement.torch,
        "params": agreement.params,
        "layers_compared": agreement.layers_compared,
        "first_disagreement": {key: str(value) for key, value in first._asdict().items()} if first else None,
    }


def verdict(agreement: "Agreement") -> str:
    """Whether the counts agree, in a sentence."""
    title, first = agreement.design.title, agreement.first_disagreement
    if first is not None:
        return f"{title}: NOT proven. First disagreement: {first}"
    return f"{title}: proven, closed form = fvcore = torch in {agreement.layers_compared} layers"


def _rows(agreement: "Agreement") -> list[Sequence[Any]]:
    name, layers = agreement.design.name, agreement.layers_compared
    return [
        (name, "closed form", agreement.closed_form, agreement.closed_form_params, layers),
        (None, "fvcore", agreement.fvcore, None, None),
        (None, "torch", agreement.torch, agreement.params, None),
    ]


def _notes(agreement: "Agreement") -> list[str]:
    others = [f"{exact(amount)} for {name.replace('_', ' ')}" for name, amount in agreement.fvcore_others.items()]
    beyond = f"fvcore also counts {', '.join(others)}, which the convention leaves out" if others else ""
    executed = "one forward pass: logits finite, of the right shape" if agreement.agrees else ""
    taken = f"{agreement.design.title}: {settings(agreement.design)}"
    return [note for note in (taken, agreement.convention.statement, beyond, executed) if note]
