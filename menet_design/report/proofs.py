"""The proof of a cost: the answer of `verify`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.report.costs import PARAMS, assumptions, recorded_assumptions, settings
from menet_design.report.tables import Column, Document, Record, Table, headed, picked, scalars, text_column
from menet_design.report.units import thousands

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement


def verify(agreements: "Sequence[Agreement]", weights: Path | None = None) -> Document:
    """Whether the closed form, fvcore and torch agree, network by network; `weights` is the file that was loaded."""
    results = list(map(proved, agreements))
    records = [
        {
            "network": each.network.name,
            **{key: each.network.numbers.get(key) for key in ("stem", "resolution", "classes")},
            **scalars(result),
            "first_disagreement": each.first_disagreement,
        }
        for each, result in zip(agreements, results, strict=True)
    ]
    rows = [row for each in agreements for row in headed("network", each.network.name, _rows(each))]
    notes = [
        *([f"with the weights of {weights}"] if weights else []),
        agreements[0].convention.statement,
        *(note for each in agreements for note in _notes(each)),
        *assumptions(each.network for each in agreements),
    ]
    columns = [text_column("network"), text_column("count", ""), Column("macs", "MACs", thousands), PARAMS]
    headline = "\n".join(map(verdict, agreements))
    return Document("verify", results, Table(columns, rows), headline, notes, records, version=2)


def proved(agreement: "Agreement") -> dict[str, Any]:
    """An agreement for JSON."""
    first = agreement.first_disagreement
    return {
        "network": agreement.network.name,
        **picked(agreement, "agrees", "closed_form", "fvcore", "torch", "params", "layers_compared"),
        "first_disagreement": {key: str(value) for key, value in first._asdict().items()} if first else None,
        **recorded_assumptions(agreement.network),
    }


def verdict(agreement: "Agreement") -> str:
    """Whether the counts agree, in a sentence."""
    title, first = agreement.network.title, agreement.first_disagreement
    if first is not None:
        return f"{title}: NOT proven. First disagreement: {first}"
    return f"{title}: proven, closed form = fvcore = torch in {agreement.layers_compared} layers"


def _rows(agreement: "Agreement") -> list[Record]:
    return [
        {"count": "closed form", "macs": agreement.closed_form, "params": agreement.closed_form_params},
        {"count": "fvcore", "macs": agreement.fvcore},
        {"count": "torch", "macs": agreement.torch, "params": agreement.params},
    ]


def _notes(agreement: "Agreement") -> list[str]:
    """The numbers that the name does not carry, and what fvcore counts beyond the convention."""
    others = [f"{thousands(amount)} for {name.replace('_', ' ')}" for name, amount in agreement.fvcore_others.items()]
    taken = f"{agreement.network.name}: {settings(agreement.network)}"
    return [taken, *(f"left out: fvcore also counts {other}" for other in others)]
