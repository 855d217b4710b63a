"""The designs of two numbers, those within the limits among them, and where each limit runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from menet_design.errors import DesignError
from menet_design.exploration.constraints import Constraint
from menet_design.exploration.evaluation import Columns, OnPlane
from menet_design.exploration.search import Question
from menet_design.exploration.space import Space

# So many points can be told apart in a figure.
_MOST = 5000
Point = tuple[Any, Any]


@dataclass(frozen=True)
class Region:
    """The legal designs along two numbers, by field: points within all limits, and others; and the limits' edges.

    The edge of a limit are, for each value of the second number, the last point within it and the first one beyond, of
    those along the first number where one follows on the other.
    """

    fields: tuple[str, str]
    within: Sequence[Point]
    beyond: Sequence[Point]
    edges: Mapping[str, Sequence[Point]]


def region(question: Question) -> Region:
    """The region of a search over two numbers. Raises DesignError where others vary, too, or there are too many."""
    space, fields = _varied(question)
    if question.legal > _MOST:
        raise DesignError(f"{question.legal:,} points cannot be told apart in a figure", "Narrow the ranges")
    holding: dict[Point, list[bool]] = {}
    for box in space.boxes(0, space.legal):
        columns = Columns(space, OnPlane(space, box.plane), box, {})
        points = zip(*(_flat(getattr(columns, field), box.shape) for field in fields), strict=True)
        holds = [_flat(each.holds(_values(columns, each, box)), box.shape) for each in question.constraints]
        holding |= dict(zip(points, zip(*holds, strict=True) if holds else ([] for _ in range(box.size)), strict=True))
    within = [point for point, held in holding.items() if all(held)]
    beyond = [point for point, held in holding.items() if not all(held)]
    edges = {
        each.name: _edge({point: held[place] for point, held in holding.items()})
        for place, each in enumerate(question.constraints)
    }
    return Region(fields, within, beyond, {name: edge for name, edge in edges.items() if edge})


def _varied(question: Question) -> tuple[Space, tuple[str, str]]:
    space = question.spaces[0]
    varied = [field for field, values in space.axes.items() if len(values) > 1]
    if len(question.spaces) > 1 or len(varied) != 2 or space.tiered:
        names = [*varied, *space.tiered]
        several = "several families" if len(question.spaces) > 1 else ", ".join(names) or "nothing"
        raise DesignError(
            f"a region is drawn over two numbers, and {several} vary", "Give one value of each other; or two objectives"
        )
    first, second = sorted(varied, key=lambda field: -len(space.axes[field]))
    return space, (first, second)


def _values(columns: Columns, constraint: Constraint, box: Any) -> Any:
    import numpy

    if constraint.metric.is_counted:
        return columns.counted(constraint.metric, range(box.start, box.start + box.size)).reshape(box.shape)
    return numpy.asarray(columns.of(constraint.metric))


def _flat(values: Any, shape: tuple[int, ...]) -> list[Any]:
    import numpy

    return list(numpy.broadcast_to(values, shape).reshape(-1).tolist())


def _edge(holding: Mapping[Point, bool]) -> list[Point]:
    """Half-way between the points of each row of which one is within a limit and the next is not."""
    rows: dict[Any, list[tuple[Any, bool]]] = {}
    for (along, row), held in sorted(holding.items()):
        rows.setdefault(row, []).append((along, held))
    return [
        ((one + other) / 2, row)
        for row, held in sorted(rows.items())
        for (one, first), (other, second) in pairwise(held)
        if first != second
    ]
