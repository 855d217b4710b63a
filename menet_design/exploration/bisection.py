"""One objective, and limits that each line along the width keeps up to one design: lines are bisected, not swept."""

from collections.abc import Iterator, Sequence
from typing import Any

from menet_design.exploration.constraints import Constraint, Objective
from menet_design.exploration.evaluation import OnPlane
from menet_design.exploration.space import Space

# Of these the value stays along the width.
_CONSTANT = ("loss", "fusion", "resolution", "groups", "stem")
_LINES = 2**15


def can_bisect(space: Space, constraints: Sequence[Constraint], objectives: Sequence[Objective]) -> bool:
    """Whether each line has its best design at one end of those within the limits."""
    rises = all(each.metric.grows or each.metric.name in _CONSTANT for each in constraints)
    return rises and len(objectives) == 1 and objectives[0].metric.climbs and space.along[:1] == ("width",)


def bisected(
    on: OnPlane, constraints: Sequence[Constraint], objective: Objective, top: int
) -> Iterator[tuple[int, Any, Any]]:
    """The number of designs within the limits, and the index and the value of the best few of each line.

    A plane's first list is the width; a line is a combination of values of the others. Lines come in lots.
    """
    import numpy

    widths, *others = (numpy.asarray(values) for values in on.plane.lists.values())
    lengths = [len(values) for values in others]
    lines = int(numpy.prod(lengths, dtype="int64"))
    for first in range(0, lines, _LINES):
        places = numpy.arange(first, min(first + _LINES, lines))
        chosen = numpy.unravel_index(places, lengths) if lengths else ()
        arrays = {field: values[at] for field, values, at in zip(list(on.plane.lists)[1:], others, chosen, strict=True)}
        line = _Lines(on, widths, arrays, len(places))
        low = line.first(constraints, at_most=False)
        high = numpy.maximum(line.first(constraints, at_most=True), low)
        ends = (low[:, None] + numpy.arange(top)) if objective.minimise else (high[:, None] - 1 - numpy.arange(top))
        is_within = (ends >= low[:, None]) & (ends < high[:, None])
        row = numpy.nonzero(is_within)[0]
        best = ends[is_within]
        values = objective.signed(line.values(objective.metric, best, row))
        yield int((high - low).sum()), on.plane.start + best * lines + places[row], values


class _Lines:
    """Some lines along the width of a plane: arrays of what is fixed on each."""

    def __init__(self, on: OnPlane, widths: Any, arrays: dict[str, Any], number: int) -> None:
        self.on, self.widths, self.arrays, self.number = on, widths, arrays, number

    def values(self, metric: Any, width: Any, lines: Any = slice(None)) -> Any:
        """The values of a metric at a place along each of some lines."""
        import numpy

        arrays = {"width": self.widths[width], **{field: array[lines] for field, array in self.arrays.items()}}
        return numpy.broadcast_to(self.on.values(metric, arrays), numpy.shape(width))

    def first(self, constraints: Sequence[Constraint], *, at_most: bool) -> Any:
        """The first place along each line at which the upper limits no longer hold, or all lower ones do."""
        import numpy

        asked = [each for each in constraints if each.at_most == at_most]
        low, high = numpy.zeros(self.number, "int64"), numpy.full(self.number, len(self.widths))
        if not asked:
            return high if at_most else low
        for _ in range(len(self.widths).bit_length()):
            middle = numpy.minimum((low + high) // 2, len(self.widths) - 1)
            held = numpy.logical_and.reduce([each.holds(self.values(each.metric, middle)) for each in asked])
            goes_on = (held if at_most else ~held) & (low < high)
            low, high = numpy.where(goes_on, middle + 1, low), numpy.where(goes_on | (low >= high), high, middle)
        return low
