"""Whether one of two things that were timed side by side, round by round, is faster."""

from collections.abc import Sequence
from math import comb
from statistics import median
from typing import NamedTuple

CONFIDENCE = 0.99


class Comparison(NamedTuple):
    """How many times as long as another one thing takes: the median over rounds, and the interval of that median."""

    ratio: float
    low: float
    high: float

    @property
    def is_longer(self) -> bool:
        """Whether it takes longer, whatever of the interval is true."""
        return self.low > 1


def compare(a: Sequence[float], b: Sequence[float]) -> Comparison:
    """How many times as long as `b` does `a` take; both are seconds, one for each round.

    The two of a round were measured one after the other, so that what slows the machine for longer than a round slows
    both. Raises ValueError for fewer than 8 rounds, of which no interval is so sure, and for others of `a` than of `b`.

    >>> compare([2.0] * 8, [1.0] * 8)
    Comparison(ratio=2.0, low=2.0, high=2.0)
    """
    ratios = [one / other for one, other in zip(a, b, strict=True)]
    return Comparison(median(ratios), *interval(ratios))


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Where the median lies that independent values come from, whatever their distribution is.

    The interval between two order statistics: the median is below the k-th least of n values as often as fewer than k
    of n coins show heads (David and Nagaraja, Order Statistics, 7.1). Raises ValueError where no two values do.
    """
    ordered, count = sorted(values), len(values)
    allowed, left_out, tail = (1 - confidence) / 2 * 2**count, 0, 1
    while tail <= allowed:
        left_out += 1
        tail += comb(count, left_out)
    if not left_out:
        raise ValueError(f"{count} values are too few for a confidence of {confidence}")
    return ordered[left_out - 1], ordered[count - left_out]
