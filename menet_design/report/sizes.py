"""Stored sizes of designs: the answer of `size`."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from menet_design.analysis.size import Size
from menet_design.report.costs import readings, recorded_readings
from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.report.units import exact, millions, percent, some_millions

_STATEMENT = "MB = 10⁶ bytes; biases and batch norm (statistics folded in) are float32"
_PATTERN = "pattern: 1 bit a weight of the k×k kernels, and a float32 scale a filter"
_WORDS = {
    "binarized": "k×k kernels",
    "kernels": "other k×k kernels",
    "pointwise": "1×1 convolutions",
    "linear": "fully connected",
    "scales": "scales of patterns",
    "biases": "biases",
    "norms": "batch norm",
}


def size(sizes: Sequence[Sequence[Size]], chosen: Sequence[Size], hints: Sequence[str]) -> Document:
    """The stored sizes of designs, a sequence of schemes each: of one design by part, of several in total.

    `chosen` are the sizes of those of which SEP-Net's authors binarized a part of the k×k kernels only.
    """
    every = [each for schemes in sizes for each in schemes]
    results = [_described(each) for each in every]
    printed = [line for each in every for line in _printed(each)]
    stated = [_PATTERN, _STATEMENT] if any(each.has_patterns for each in every) else [_STATEMENT]
    if any(each.has_patterns for each in every):
        printed += [line for each in chosen for line in _authors(each)]
    stated = [*printed, *readings(each.cost.design for each in every), *stated, *hints]
    if len(sizes) > 1:
        return Document("size", results, _totals(sizes), "", stated, _records(every))
    (schemes,) = sizes
    notes = [*_shares(schemes), *stated]
    return Document("size", results, _parts(schemes), _headline(schemes), notes, _records(every))


def _described(found: Size) -> dict[str, Any]:
    """A design's size under a scheme, for JSON."""
    quote, deviation = found.quote, found.deviation
    return {
        "network": found.cost.design.name,
        "family": found.cost.design.family,
        "scheme": found.scheme,
        "bits": found.bits,
        "bytes": ceil(found.bytes),
        "binarized_weights": found.binarized,
        "conv_weights": found.conv_weights,
        "weights": found.weights,
        "parts": [part._asdict() for part in found.parts],
        "printed_megabytes": quote.megabytes if quote else None,
        "deviation": None if deviation is None else float(deviation),
        **recorded_readings(found.cost.design),
    }


def _printed(found: Size) -> list[str]:
    """What a source prints of a size, in a line, and how far the size is from it."""
    quote, deviation = found.quote, found.deviation
    if quote is None or deviation is None:
        return []
    computed = f"{_megabytes(found)} in {found.scheme} ({percent(deviation, signed=True)})"
    return [f"{quote.source}: {quote.megabytes} MB printed, {computed}"]


def _authors(chosen: Size) -> list[str]:
    """What SEP-Net's authors binarized of a design, and how to ask for it."""
    design = chosen.cost.design
    some = f"{exact(chosen.binarized)} of {exact(chosen.conv_weights)} convolution weights"
    kept = f"{exact(chosen.weights - chosen.binarized)} of all {exact(chosen.weights)} stay in floating point"
    asked = " ".join(f"--only '{pattern}'" for pattern in design.patterns)
    return [
        Prose(f"SEP-Net's authors binarized {some} of {design.name}: {kept}"),
        f"size it so: menet-design size {design.name} {asked}",
    ]


def _headline(schemes: Sequence[Size]) -> str:
    """The first scheme and, where there are several, the last, which takes least."""
    first, last = schemes[0], schemes[-1]
    line = f"{first.cost.design.title}: {_megabytes(first)} MB in {first.scheme}"
    if len(schemes) == 1:
        return line
    return f"{line}, {_megabytes(last)} MB in {last.scheme} ({percent(last.bytes / first.bytes)})"


def _shares(schemes: Sequence[Size]) -> list[str]:
    """How many weights patterns replace, and how many stay."""
    found = schemes[-1]
    if not found.has_patterns:
        return []
    return [
        f"binarized: {exact(found.binarized)} of {exact(found.conv_weights)} convolution weights",
        f"not binarized: {exact(found.weights - found.binarized)} of all {exact(found.weights)} weights",
    ]


def _megabytes(found: Size) -> str:
    return some_millions(float(found.bytes))


def _finely(size: Fraction) -> str:
    """Megabytes with three decimals: the parts of a compact network are small."""
    return f"{float(size) / 1e6:,.3f}"


def _columns(first: Sequence[Column], schemes: Sequence[Size]) -> list[Column]:
    return [*first, *(Column(found.scheme, found.scheme, _finely) for found in schemes)]


def _parts(schemes: Sequence[Size]) -> Table:
    """One design: megabytes of each part under each scheme, with the total last."""
    columns = _columns([Column("part", "MB of", align="left"), Column("numbers", "numbers", exact)], schemes)
    rows: list[list[Any]] = [
        [_WORDS[parts[0].name], parts[0].numbers, *(Fraction(part.bits, 8) or None for part in parts)]
        for parts in zip(*(found.parts for found in schemes), strict=True)
        if any(part.bits for part in parts)
    ]
    rows.append(["total", None, *(found.bytes for found in schemes)])
    return Table(columns, rows, chosen=len(rows) - 1)


def _totals(sizes: Sequence[Sequence[Size]]) -> Table:
    """A row a design: megabytes under each scheme."""
    first = [Column("network", "MB of", align="left")]
    if any(each.has_patterns for each in sizes[0]):
        first.append(Column("binarized", "binarized (M)", millions))
    rows = [
        [
            schemes[0].cost.design.name,
            *[max(each.binarized for each in schemes)] * (len(first) - 1),
            *(found.bytes for found in schemes),
        ]
        for schemes in sizes
    ]
    return Table(_columns(first, sizes[0]), rows)


def _records(sizes: Sequence[Size]) -> Table:
    """A row a design and scheme, exact, for CSV and TSV."""
    keys = ("network", "scheme", "bits", "bytes", "binarized_weights", "conv_weights", "weights", "printed_megabytes")
    return Table([Column(key, key) for key in keys], [[_described(each)[key] for key in keys] for each in sizes])
