"""Stored sizes of networks: the answer of `size`."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from menet_design.analysis.size import StoredSize
from menet_design.papers.binarized import PrintedSize
from menet_design.report.costs import assumptions, recorded_assumptions
from menet_design.report.tables import Column, Document, Record, Table, text_column
from menet_design.report.units import millions, percent, some_millions, thousands

_STATEMENT = "MB = 10⁶ bytes; biases and folded batch norms stay float32 but in float16"
_PATTERN = "pattern: 1 bit a weight of the k×k kernels, and a float32 scale a filter"
_WORDS = {
    "binarized": "k×k kernels",
    "kernels": "other k×k kernels",
    "pointwise": "1×1 convolutions",
    "linear": "fully connected",
    "scales": "scales of patterns",
    "biases": "biases",
    "norms": "batch norm",
    "others": "others",
}


def size(
    sizes: Sequence[Sequence[PrintedSize]],
    authors: Sequence[tuple[StoredSize, Sequence[str]]] = (),
    hints: Sequence[str] = (),
) -> Document:
    """The stored sizes of networks, a sequence of schemes each: of one network by part, of several in total.

    `authors` are the sizes of those of which SEP-Net's authors binarized a part of the k×k kernels, and its layers.
    """
    every = [each for schemes in sizes for each in schemes]
    has_patterns = any(each.stored.has_patterns for each in every)
    notes = [
        *(line for each in every for line in _printed(each)),
        *(line for each in authors for line in _authors(*each) if has_patterns),
        *assumptions(each.stored.cost.network for each in every),
        *([_PATTERN] if has_patterns else []),
        _STATEMENT,
        *hints,
    ]
    results, stored = list(map(_result, every)), [[each.stored for each in schemes] for schemes in sizes]
    if len(sizes) > 1:
        return Document("size", results, _totals(stored), "", notes, version=2)
    first, last = stored[0][0], stored[0][-1]
    headline = f"{first.cost.network.title}: {some_millions(first.bytes)} MB in {first.scheme}"
    if last is not first:
        headline += f", {some_millions(last.bytes)} MB in {last.scheme} ({percent(last.bytes / first.bytes)})"
    if last.has_patterns:
        some, kept = _replaced(last)
        notes = [f"binarized: {some} convolution weights", f"not binarized: {kept} weights", *notes]
    return Document("size", results, _parts(stored[0]), headline, notes, version=2)


def _result(found: PrintedSize) -> dict[str, Any]:
    """The size of a network under a scheme, for machines."""
    stored, network = found.stored, found.stored.cost.network
    return {
        "network": network.name,
        "family": network.source,
        "scheme": stored.scheme,
        "bits": stored.bits,
        "bytes": ceil(stored.bytes),
        "binarized_weights": stored.binarized,
        "conv_weights": stored.conv_weights,
        "weights": stored.weights,
        "parts": list(map(vars, stored.parts)),
        "printed_megabytes": found.figure and found.figure.megabytes,
        "deviation": None if found.deviation is None else float(found.deviation),
        **recorded_assumptions(network),
    }


def _printed(found: PrintedSize) -> list[str]:
    """What a source prints of a size, in a line, and how far the size is from it."""
    figure, deviation = found.figure, found.deviation
    if figure is None or deviation is None:
        return []
    computed = f"{some_millions(found.stored.bytes)} in {found.stored.scheme} ({percent(deviation, signed=True)})"
    return [f"{figure.source}: {figure.megabytes} MB printed, {computed}"]


def _authors(stored: StoredSize, layers: Sequence[str]) -> list[str]:
    """What SEP-Net's authors binarized of a network, and how to ask for it."""
    name, (some, kept) = stored.cost.network.name, _replaced(stored)
    return [
        f"SEP-Net's authors binarized {some} convolution weights of {name}: {kept} stay in floating point",
        f"size it so: menet-design size {name}" + "".join(f" --only '{layer}'" for layer in layers),
    ]


def _replaced(stored: StoredSize) -> tuple[str, str]:
    """How many of the convolution weights patterns replace, and how many of all weights stay."""
    kept = f"{thousands(stored.weights - stored.binarized)} of all {thousands(stored.weights)}"
    return f"{thousands(stored.binarized)} of {thousands(stored.conv_weights)}", kept


def _by_scheme(schemes: Sequence[StoredSize]) -> list[Column]:
    """A column a scheme, in megabytes with three decimals: the parts of a compact network are small."""
    return [Column(each.scheme, each.scheme, lambda size: f"{size / 1e6:,.3f}") for each in schemes]


def _parts(schemes: Sequence[StoredSize]) -> Table:
    """One network: megabytes of each part under each scheme, with the total last."""
    rows: list[Record] = [
        {"part": _WORDS[parts[0].name], "numbers": parts[0].numbers}
        | {stored.scheme: Fraction(part.bits, 8) or None for stored, part in zip(schemes, parts, strict=True)}
        for parts in zip(*(stored.parts for stored in schemes), strict=True)
        if any(part.bits for part in parts)
    ]
    total = {"part": "total"} | {stored.scheme: stored.bytes for stored in schemes}
    columns = [text_column("part", "MB of"), Column("numbers", "numbers", thousands), *_by_scheme(schemes)]
    return Table(columns, [*rows, total], chosen=-1)


def _totals(sizes: Sequence[Sequence[StoredSize]]) -> Table:
    """A row a network: megabytes under each scheme."""
    rows = [
        {"network": schemes[0].cost.network.name}
        | {"binarized": max((stored.binarized for stored in schemes if stored.has_patterns), default=None)}
        | {stored.scheme: stored.bytes for stored in schemes}
        for schemes in sizes
    ]
    columns = [text_column("network", "MB of"), Column("binarized", "binarized (M)", millions)]
    return Table([*columns, *_by_scheme(sizes[0])], rows)
