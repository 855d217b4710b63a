"""The best of the designs found so far: the first few, or the Pareto front; what parts of a search found merges."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from menet_design.errors import DesignError, missing

# So many can be kept: each is counted by itself before it is shown.
MOST = 10**5
# So many of those that are kept are compared with all that come, before these are sorted.
_CHAMPIONS = 8


class Kept(NamedTuple):
    """Designs by index, and for each objective their values, the less the better."""

    indices: Any
    columns: tuple[Any, ...]

    def taking(self, places: Any) -> "Kept":
        """Those of some places, or of a mask."""
        return Kept(self.indices[places], tuple(column[places] for column in self.columns))

    def best(self, top: int | None) -> "Kept":
        """The first of one objective, in number, or the front of several; all where `top` is None and one is given."""
        found = self if len(self.columns) == 1 else self.taking(nondominated(self.columns))
        order = _order(found)
        return found.taking(order[:top] if len(self.columns) == 1 else order)


def merged(one: Kept, other: Kept, top: int | None) -> Kept:
    """The best of two lots of designs, of which the first has been sorted out already."""
    import numpy

    if len(one.indices) and (top is not None or len(one.columns) > 1):
        other = other.taking(_may_be_better(one, other, top))
    if not len(other.indices):
        return one
    if len(one.indices) + len(other.indices) > MOST and top is None:
        raise DesignError(f"more than {MOST:,} designs are to be kept", "Give narrower limits, or --top for the best")
    pairs = zip(one.columns, other.columns, strict=True)
    both = Kept(numpy.concatenate((one.indices, other.indices)), tuple(map(numpy.concatenate, pairs)))
    return both.best(top)


def _may_be_better(kept: Kept, others: Kept, top: int | None) -> Any:
    """A mask without those that some of the best so far rule out: a sort of all that come would take longer."""
    import numpy

    if len(kept.columns) == 1:
        (column,) = kept.columns
        return others.columns[0] <= column[-1] if top is not None and len(column) >= top else slice(None)
    mask = numpy.ones(len(others.indices), bool)
    step = -(-len(kept.indices) // _CHAMPIONS)
    for place in range(0, len(kept.indices), step):
        pairs = [(column, champion[place]) for column, champion in zip(others.columns, kept.columns, strict=True)]
        worse = numpy.logical_and.reduce([column >= value for column, value in pairs])
        mask &= ~(worse & numpy.logical_or.reduce([column > value for column, value in pairs]))
    return mask


def _order(found: Kept) -> Any:
    """By the first objective, then the others, then by index."""
    import numpy

    return numpy.lexsort((found.indices, *found.columns[::-1]))


def nondominated(columns: Sequence[Any]) -> Any:
    """A mask of the points that no other is better than in one column and as good as in the others."""
    if len(columns) == 2:
        return _nondominated_pairs(*columns)
    import numpy

    try:
        from moocore import is_nondominated
    except ModuleNotFoundError as error:
        raise missing(error) from None
    # Ranks are exact where float64 would not be.
    ranks = [numpy.unique(column, return_inverse=True)[1] for column in columns]
    return is_nondominated(numpy.column_stack(ranks).astype(float), keep_weakly=True)


def _nondominated_pairs(first: Any, second: Any) -> Any:
    """The same of two columns, by one sort: what is better in the second than all before it."""
    import numpy

    order = numpy.lexsort((second, first))
    a, b = first[order], second[order]
    least = numpy.minimum.accumulate(b)
    before = numpy.searchsorted(a, a)  # how many are less in the first
    is_new = (before == 0) | (b < least[before - 1])
    mask = numpy.zeros(len(first), bool)
    mask[order] = is_new & (b == least)
    return mask


def nothing(objectives: int) -> Kept:
    """No designs."""
    import numpy

    return Kept(numpy.zeros(0, "int64"), tuple(numpy.zeros(0, "int64") for _ in range(objectives)))
