"""Memory of networks as they run: the answer of `memory`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.memory import Memory, Moment
from menet_design.report.costs import PARAMS_IN_MILLIONS, assumptions, inputs_of, recorded_assumptions, settings
from menet_design.report.tables import Column, Document, Table, columns, headed, picked, text_column, unnested
from menet_design.report.units import percent, shape, thousands

_ALIVE = "alive as an operation runs: its inputs, its output, and what is read later"
_IN_PLACE = "in place: norms, activations, products and sums write over their first input"
_LEFT_OUT = "left out: working memory of kernels, tables of a runtime, rounding of addresses"
_ROWS = {"tensor": "alive", "layer": "layers"}


def memory(found: Sequence[Memory], by: str | None = None, hints: Sequence[str] = ()) -> Document:
    """What is alive at the peak of networks by "tensor", or as they run by "layer".

    By default one network by tensor, several in total. `hints` are the next commands.
    """
    results, alone = list(map(_result, found)), found[0] if len(found) == 1 else None
    notes = [
        *([settings(alone.network), _deployed(alone)] if alone else inputs_of(each.network for each in found)),
        *assumptions(each.network for each in found),
        *([] if alone or by else [_legend(found[0])]),
        _ALIVE,
        *([_IN_PLACE] if found[0].in_place else []),
        _LEFT_OUT,
        *hints,
    ]
    table = _below_each_other(found, by or "tensor") if alone or by else _totals(found)
    records = unnested(results, _ROWS[by], ("network", "dtype", "in_place")) if by else None
    return Document("memory", results, table, _headline(alone) if alone else "", notes, records)


def _result(found: Memory) -> dict[str, Any]:
    """What a network needs, for machines."""
    return {
        "network": found.network.name,
        "family": found.network.source,
        **picked(found, "dtype", "in_place", "peak"),
        "at": found.highest.name,
        "params": found.stored.cost.params,
        "scheme": found.stored.scheme,
        **picked(found, "stored_bytes", "total"),
        "alive": [tensor._asdict() for tensor in found.highest.alive],
        "layers": list(map(_layer, found.moments)),
        **recorded_assumptions(found.network),
    }


def _layer(moment: Moment) -> dict[str, Any]:
    return {
        "name": moment.name,
        "operation": moment.operation.kind,
        "output": moment.operation.output,
        "bytes": moment.bytes,
        "alive": [tensor.name for tensor in moment.alive],
    }


def _headline(found: Memory) -> str:
    """The answer in a sentence, and where it is."""
    title, peak = found.network.title, thousands(found.peak)
    return f"{title}: {peak} bytes of activations at their peak,\nin {found.highest.name} ({_how(found)})"


def _how(found: Memory) -> str:
    return f"{found.dtype}, in place" if found.in_place else found.dtype


def _deployed(found: Memory) -> str:
    """What a microcontroller needs."""
    ram, flash, both = map(thousands, (found.peak, found.stored_bytes, found.total))
    stored = f"{thousands(found.stored.cost.params)} parameters in {found.stored.scheme}"
    return f"a microcontroller needs {ram} bytes of RAM for activations, {flash} of flash for {stored}; {both} in all"


def _legend(found: Memory) -> str:
    """What the columns of several networks are, all in the types of the first."""
    return f"RAM: bytes of activations at their peak ({_how(found)}); flash: of parameters ({found.stored.scheme})"


_COLUMNS = {
    "tensor": (
        text_column("name", "alive"),
        Column("shape", "shape", shape),
        Column("bytes", "bytes", thousands),
        Column("share", "share", percent),
    ),
    "layer": (
        text_column("name", "layer"),
        text_column("operation"),
        Column("output", "output", shape),
        Column("bytes", "bytes alive", thousands),
        text_column("remark", ""),
    ),
}


def _below_each_other(found: Sequence[Memory], by: str) -> Table:
    """The tensors at the peak with their sum, or the layers as they run; of several networks, one below the other."""
    rows_of = _tensors if by == "tensor" else _layers
    if len(found) > 1:
        rows = [row for each in found for row in headed("network", each.network.name, rows_of(each))]
        return Table([text_column("network"), *_COLUMNS[by]], rows)
    chosen = -1 if by == "tensor" else found[0].moments.index(found[0].highest)
    return Table(_COLUMNS[by], rows_of(found[0]), chosen)


def _tensors(found: Memory) -> list[dict[str, Any]]:
    rows = [tensor._asdict() | {"share": Fraction(tensor.bytes, found.peak)} for tensor in found.highest.alive]
    return [*rows, {"name": "total", "bytes": found.peak, "share": Fraction(1)}]


def _layers(found: Memory) -> list[dict[str, Any]]:
    return [_layer(moment) | {"remark": "← peak" if moment is found.highest else None} for moment in found.moments]


def _totals(found: Sequence[Memory]) -> Table:
    """A row a network: activations, parameters, and both together."""
    sizes = {"peak": "RAM", "stored_bytes": "flash", "total": "in all"}
    rows = [{"network": each.network.name, "params": each.stored.cost.params} | picked(each, *sizes) for each in found]
    return Table([text_column("network"), *columns(thousands, **sizes), PARAMS_IN_MILLIONS], rows)
