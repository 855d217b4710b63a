"""The legal values of a design's numbers, and those that several families share."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Real
from typing import Any, NamedTuple

from menet_design.values import MAX_CHANNELS, is_nan, is_whole, reduced


class LegalValues(NamedTuple):
    """The legal values of one quantity in ascending order: each index times the unit.

    The indices are a `range`, so that a million legal widths cost nothing and can be bisected. Cost grows along
    every `interleaved`-th of them.
    """

    indices: range
    unit: Fraction = Fraction(1)
    interleaved: int = 1

    def value(self, index: int) -> int | Fraction:
        """The legal value of an index; an int wherever it is whole."""
        value: int | Fraction = reduced(index * self.unit)
        return value

    def allows(self, value: Any) -> bool:
        """Whether a number is one of them."""
        if not (is_whole(value) or isinstance(value, Fraction)):
            return False
        index = Fraction(value) / self.unit
        return index.denominator == 1 and index.numerator in self.indices

    def within(self, values: Sequence[Any]) -> Sequence[Any]:
        """Those of some values, in their order, that are among them."""
        if isinstance(values, range) and values.step == 1 and self.unit == 1:
            first, last = (bisect_left(self.indices, end) for end in (values.start, values.stop))
            return self.indices[first:last]
        return [value for value in values if self.allows(value)]

    def around(self, value: Any) -> tuple[int | Fraction, ...]:
        """The nearest legal values on each side of an illegal one: two, one or none."""
        if not self.indices or not isinstance(value, Real) or is_nan(value):
            return ()
        first, last, step = self.indices.start, self.indices[-1], self.indices.step
        within: Any = min(max(value, self.value(first)), self.value(last))
        index = Fraction(within) / self.unit
        below = first + int((index - first) // step) * step
        return tuple(self.value(each) for each in dict.fromkeys((below, below if index == below else below + step)))


# The legal values of quantities, each a function of a design's other numbers, by field.
LegalRules = Mapping[str, Callable[[Mapping[str, Any]], LegalValues]]


def multiples(step: int) -> Callable[[Mapping[str, Any]], LegalValues]:
    """Multiples of a step, whatever the other numbers are."""
    return lambda _: LegalValues(range(step, MAX_CHANNELS + 1, step))


def multiples_above(floor: int, step: int) -> LegalValues:
    """Multiples of a step above a number of channels."""
    return LegalValues(range((floor // step + 1) * step, MAX_CHANNELS + 1, step))


def grouped_widths(numbers: Mapping[str, Any]) -> LegalValues:
    """Multiples of 4g above the stem: each bottleneck is a quarter of its module and splits into g groups."""
    return multiples_above(numbers["stem"], 4 * numbers["groups"])


def grouped_stems(numbers: Mapping[str, Any]) -> LegalValues:
    """Multiples of g: the first module emits w - c channels in g groups, and w is a multiple of g."""
    return LegalValues(range(numbers["groups"], MAX_CHANNELS + 1, numbers["groups"]))
