"""A fit of latency, operation by operation, and how far off it is on networks that are held out.

What an operation takes is thought of as a time of its own, so much for each of its multiply-adds, and so much for each
byte that it moves. None of these is below 0. Relative errors are made least, so that small networks count as much as
large ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from statistics import median
from typing import Any, NamedTuple

from menet_design.analysis.traffic import traffic
from menet_design.errors import DesignError
from menet_design.graph.network import Network

FEWEST = 5  # networks: each fit to the others has one more than there are terms


class Terms(NamedTuple):
    """What a network has, or the seconds that one of each takes."""

    operations: float
    macs: float
    bytes: float


@dataclass(frozen=True)
class LatencyFit:
    """The seconds of an operation, a multiply-add and a byte, and the error of each network by a fit to the others.

    `errors` are shares of what was measured; `macs` are the least and the most multiply-adds of these networks. `dtype`
    and `fused` are those of the bytes that move: see `traffic`.
    """

    seconds: Terms
    macs: tuple[int, int]
    errors: tuple[float, ...] = field(repr=False)
    dtype: str = "float32"
    fused: bool = False

    @property
    def networks(self) -> int:
        """The networks that it was fitted to."""
        return len(self.errors)

    @property
    def median_error(self) -> float:
        """The median of the errors of networks held out."""
        return median(self.errors)

    @property
    def largest_error(self) -> float:
        """The largest of them."""
        return max(self.errors)

    def of(self, network: Network) -> float:
        """The seconds that a run of a network takes by it."""
        found = terms(network, self.dtype, fused=self.fused)
        return sum(amount * seconds for amount, seconds in zip(found, self.seconds, strict=True))


def terms(network: Network, dtype: str = "float32", *, fused: bool = False) -> Terms:
    """The operations of a network that move something, the multiply-adds of all, and the bytes, as `traffic` has them.

    >>> from menet_design.resolving import network
    >>> terms(network("352-MENet-12x1/8"), fused=True)
    Terms(operations=167, macs=144281024, bytes=117918560)
    """
    moved = traffic(network, dtype, fused=fused)
    return Terms(sum(each.bytes > 0 for each in moved.movements), moved.cost.macs, moved.bytes)


def fit(
    networks: Sequence[Network], seconds: Sequence[float], dtype: str = "float32", *, fused: bool = False
) -> LatencyFit:
    """Fit the seconds of networks that were measured. Raises DesignError for fewer than FEWEST."""
    import numpy

    if len(networks) < FEWEST:
        raise DesignError(f"{len(networks)} designs are too few for a fit of latency", f"Measure {FEWEST} or more")
    found = [terms(network, dtype, fused=fused) for network in networks]
    shares = numpy.array(found, float) / numpy.array(seconds)[:, None]
    held_out = (numpy.delete(shares, place, axis=0) for place in range(len(shares)))
    errors = tuple(float(abs(own @ least_squares(others) - 1)) for own, others in zip(shares, held_out, strict=True))
    macs = [int(each.macs) for each in found]
    return LatencyFit(Terms(*least_squares(shares).tolist()), (min(macs), max(macs)), errors, dtype, fused)


def least_squares(rows: Any) -> Any:
    """Coefficients of which none is below 0 and with which each row adds up to 1, with the least sum of squared errors.

    Of the least squares over each choice of columns, the best that has none below 0. There are few columns, and so no
    need of a package that solves this for many, such as scipy with nnls.
    """
    import numpy

    def over(columns: Sequence[int]) -> Any:
        found = numpy.zeros(rows.shape[1])
        found[list(columns)] = numpy.linalg.lstsq(rows[:, columns], numpy.ones(len(rows)), rcond=None)[0]
        return found

    columns = range(rows.shape[1])
    choices = chain.from_iterable(combinations(columns, size + 1) for size in columns)
    return min(
        (each for each in map(over, choices) if (each >= 0).all()), key=lambda each: ((rows @ each - 1) ** 2).sum()
    )
