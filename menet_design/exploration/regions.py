"""The designs of two numbers, those within the limits among them, and what limits are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """The legal designs along two numbers, by field: their points, and which of them are within all limits.

    `limits` are those that some of the designs meet and others do not, with the values of their metrics at the points.
    """

    fields: tuple[str, str]
    points: Sequence[Point]
    within: Sequence[bool]
    limits: Mapping[Constraint, Sequence[Any]]

    def grid(self, limit: Constraint) -> tuple[list[Any], list[Any], list[Any]]:
        """The values of both numbers, and those of a limit's metric over them: a row for each of the second.

        Rows of which a value of the first is not legal have what lies between their own.
        """
        import numpy

        rows: dict[Any, dict[Any, float]] = {}
        for (along, row), value in sorted(zip(self.points, self.limits[limit], strict=True)):
            rows.setdefault(row, {})[along] = float(value)
        first, second = sorted({along for row in rows.values() for along in row}), sorted(rows)
        return first, second, [numpy.interp(first, list(rows[row]), list(rows[row].values())) for row in second]


def region(question: Question) -> Region:
    """The region of a search over two numbers.

    Raises DesignError where others vary, too, where there are too many points, and where they make no plane.
    """
    space, fields = _varied(question)
    if question.latencies is not None and question.latencies.fit is None:
        raise DesignError("only some of the designs of a region have a measured latency", "Give --fit-latency too")
    if question.legal > _MOST:
        raise DesignError(f"{question.legal:,} points cannot be told apart in a figure", "Narrow the ranges")
    points: list[Point] = []
    values: dict[Constraint, list[Any]] = {each: [] for each in question.constraints}
    for box in space.boxes(0, space.legal):
        columns = Columns(space, OnPlane(space, box.plane), box, {})
        points += zip(*(_flat(getattr(columns, field), box.shape) for field in fields), strict=True)
        for each, own in values.items():
            own.extend(_flat(_values(columns, each, box), box.shape))
    _check_plane(points)
    holding = {each: [bool(each.holds(value)) for value in own] for each, own in values.items()}
    within = [all(held[place] for held in holding.values()) for place in range(len(points))]
    return Region(fields, points, within, {each: values[each] for each, held in holding.items() if len({*held}) > 1})


def _check_plane(points: Sequence[Point]) -> None:
    if any(len({*column}) == 1 for column in zip(*points, strict=True)):
        raise DesignError("the legal designs lie on one line, and a region is a plane", "Give wider ranges")


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
