"""Planes of designs, and the boxes that they are cut into: what is evaluated at once, as arrays."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

# So many designs are evaluated at once: their arrays stay in a core's cache.
_CHUNK = 2**16


class Plane(NamedTuple):
    """The legal designs that share the `numbers`: a product of lists of values, by field; the index of the first."""

    numbers: Mapping[str, Any]
    lists: Mapping[str, Sequence[Any]]
    start: int


class Box(NamedTuple):
    """A part of a plane whose designs have successive indices: the indices of values along each of its lists."""

    plane: Plane
    spans: tuple[range, ...]
    start: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The values along each list."""
        return tuple(map(len, self.spans))

    @property
    def size(self) -> int:
        """The designs in it."""
        return prod(self.shape)

    def grid(self) -> dict[str, Any]:
        """The values of each list as an array, open to be broadcast to the shape of the box."""
        import numpy

        values = (
            list_[span.start : span.stop] for list_, span in zip(self.plane.lists.values(), self.spans, strict=True)
        )
        return dict(zip(self.plane.lists, numpy.ix_(*map(_array, values)), strict=True)) if self.spans else {}


def _array(values: Sequence[Any]) -> Any:
    import numpy

    if isinstance(values, range):
        return numpy.arange(values.start, values.stop, values.step)
    return numpy.array(values)


def cut(plane: Plane) -> Iterator[Box]:
    """The boxes of a plane, of some thousands of designs each, in the order of their indices."""
    yield from _cut(plane, (), tuple(map(len, plane.lists.values())), plane.start)


def _cut(plane: Plane, fixed: tuple[range, ...], lengths: tuple[int, ...], start: int) -> Iterator[Box]:
    """Boxes along the first of the lists that are not fixed."""
    if not lengths:
        yield Box(plane, fixed, start)
        return
    length, rest = lengths[0], lengths[1:]
    row = prod(rest)
    if row > _CHUNK:
        for index in range(length):
            yield from _cut(plane, (*fixed, range(index, index + 1)), rest, start + index * row)
        return
    step = max(1, _CHUNK // row)
    whole = tuple(map(range, rest))
    for index in range(0, length, step):
        span = range(index, min(index + step, length))
        yield Box(plane, (*fixed, span, *whole), start + index * row)
