"""Latencies of designs as a table has them that `latency` wrote, and of other designs by a fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from menet_design.analysis.latency_fit import LatencyFit, fit
from menet_design.analysis.traffic import BYTES
from menet_design.errors import DesignError
from menet_design.families import FAMILIES, family
from menet_design.families.architectures import network
from menet_design.families.design import Design
from menet_design.families.naming import recorded
from menet_design.graph.network import Network
from menet_design.papers.others import TimedPoint, read_latencies
from menet_design.values import MAX_CHANNELS, as_fraction, check_known, check_whole, is_whole

# What a table says of how it was measured: times under other conditions cannot be compared.
CONDITIONS = ("engine", "threads", "batch", "channels_last", "precision", "software", "machine")
_LONGEST = 10  # digits


@dataclass(frozen=True)
class Latencies:
    """The median seconds that a batch takes with each design of a table, and how all of them were measured.

    Other designs have the seconds of `fit`; without one they have none.
    """

    table: str
    conditions: Mapping[str, str]
    seconds: Mapping[Design, Fraction] = field(repr=False)
    batch: int = 1
    fit: LatencyFit | None = None

    def of(self, made: Network, numbers: Mapping[str, Any]) -> Fraction:
        """The seconds of a design by its network and its numbers: as measured, or else as fitted."""
        design = family(made.source)(**numbers)
        if self.fit is None or design in self.seconds:
            return self.seconds[design]
        return Fraction(self.fit.of(replace(made, batch=self.batch)))

    def fitted(self) -> "Latencies":
        """The same with a fit. Raises DesignError for too few designs, and for numbers of an unknown precision."""
        precision = self.conditions.get("precision", "float32")
        check_known("precision", precision, tuple(BYTES))
        networks = [replace(network(design), batch=self.batch) for design in self.seconds]
        is_fused = self.conditions["engine"] != "eager"
        return replace(self, fit=fit(networks, list(map(float, self.seconds.values())), precision, fused=is_fused))


def read(path: Path) -> Latencies:
    """The table of a CSV file; rows of networks that are not built in are left out.

    Raises DesignError, naming the row, for what is no such table, for designs that stand in it twice, and for rows that
    were measured under several conditions.
    """
    points = read_latencies(path)
    conditions = _conditions(points)
    seconds: dict[Design, Fraction] = {}
    for point in points:
        if (design := _design(point)) is not None:
            if design in seconds:
                raise DesignError(f"{point.place}: {design} stands in the table twice", "Leave one of them")
            seconds[design] = as_fraction(point.ms) / 1000
    if not seconds:
        raise DesignError(f"{path} has no built-in design", "Write one: menet-design latency NAME … --output FILE")
    batch = _value(conditions.get("batch", "1"))
    check_whole("batch", batch if is_whole(batch) else 0, 1, MAX_CHANNELS)
    return Latencies(path.name, conditions, seconds, batch)


def _conditions(points: Sequence[TimedPoint]) -> dict[str, str]:
    """The conditions that all rows share, as far as the table says them."""
    first = points[0].cells
    for point in points:
        for key in CONDITIONS:
            here, there = point.cells.get(key, "unsaid"), first.get(key, "unsaid")
            if here != there:
                cause = f"{point.place} was measured with {key} {here}, {points[0].place} with {there}"
                raise DesignError(cause, "Give a table of one kind")
    return {key: first[key] for key in CONDITIONS if key in first}


def _design(point: TimedPoint) -> Design | None:
    """The design of a row; None for a network that is not built in."""
    if point.cells.get("family") not in FAMILIES:
        return None
    try:
        return recorded({key: _value(text) for key, text in point.cells.items()} | {"network": point.network})
    except (DesignError, TypeError) as error:
        raise DesignError(f"{point.place}: {error}") from None


def _value(text: str) -> Any:
    """What a cell of an answer holds: a number, several as "3x7x3", true, false or a word."""
    numbers = text.split("x")
    if all(each.isdecimal() and len(each) < _LONGEST for each in numbers):
        return tuple(map(int, numbers)) if len(numbers) > 1 else int(text)
    return {"True": True, "False": False}.get(text, text)
