"""The proof of a cost: the answer of `verify`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.report.costs import readings, recorded_readings, settings
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import exact

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement


def verify(agreements: "Sequence[Agreement]", weights: Path | None = None) -> Document:
    """Whether the closed form, fvcore and torch agree, design by design; `weights` is the file that was loaded."""
    results = [proved(agreement) for agreement in agreements]
    columns = (
        Column("network", "network", align="left"),
        Column("count", "", align="left"),
        Column("macs", "MACs", exact),
        Column("params", "params", exact),
    )
    rows = [row for agreement in agreements for row in _rows(agreement)]
    headline = "\n".join(verdict(agreement) for agreement in agreements)
    loaded = [f"with the weights of {weights}"] if weights else []
    notes = [
        *loaded,
        agreements[0].convention.statement,
        *(note for agreement in agreements for note in _notes(agreement)),
        *readings(agreement.design for agreement in agreements),
    ]
    return Document("verify", results, Table(columns, rows), headline, notes, _records(agreements))


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
        **recorded_readings(agreement.design),
    }


def verdict(agreement: "Agreement") -> str:
    """Whether the counts agree, in a sentence."""
    title, first = agreement.design.title, agreement.first_disagreement
    if first is not None:
        return f"{title}: NOT proven. First disagreement: {first}"
    return f"{title}: proven, closed form = fvcore = torch in {agreement.layers_compared} layers"


def _rows(agreement: "Agreement") -> list[Sequence[Any]]:
    return [
        (agreement.design.name, "closed form", agreement.closed_form, agreement.closed_form_params),
        (None, "fvcore", agreement.fvcore, None),
        (None, "torch", agreement.torch, agreement.params),
    ]


def _notes(agreement: "Agreement") -> list[str]:
    """The numbers that the name does not carry, and what fvcore counts beyond the convention."""
    others = [f"{exact(amount)} for {name.replace('_', ' ')}" for name, amount in agreement.fvcore_others.items()]
    taken = f"{agreement.design.name}: {settings(agreement.design)}"
    return [taken, *(f"left out: fvcore also counts {other}" for other in others)]


def _records(agreements: "Sequence[Agreement]") -> Table:
    """A row a design, with the numbers that its name does not carry, for CSV and TSV."""
    sizes = ("stem", "resolution", "classes")
    counts = ("closed_form", "fvcore", "torch", "params", "layers_compared", "first_disagreement")
    keys = ("network", *sizes, "agrees", *counts)
    rows = [[getattr(agreement, key, None) for key in keys] for agreement in agreements]
    for row, agreement in zip(rows, agreements, strict=True):
        design = agreement.design
        row[:4] = [design.name, *(design.numbers().get(key) for key in sizes)]
    return Table([Column(key, key) for key in keys], rows)
