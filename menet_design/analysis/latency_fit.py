"""A fit of latency: the seconds of networks as a sum over types of operation, and how far off it is on held-out ones.

What a network takes is thought of as so much for each multiply-add of its convolutions, by type, for each byte that
its other operations move, and for each operation that is run. Nothing takes less than no time, so that no coefficient
is below 0; relative errors are what is made least, so that small networks count as much as large ones.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from statistics import median
from typing import Any

from menet_design.analysis.traffic import Movement, traffic
from menet_design.errors import DesignError
from menet_design.graph.network import Network
from menet_design.values import listed


@dataclass(frozen=True)
class LatencyFit:
    """Seconds for a unit of each term, and the relative error of each network by a fit to the others.

    `dtype` and `fused` are those of the bytes that move: see `traffic`.
    """

    coefficients: Mapping[str, float]
    errors: tuple[float, ...] = field(repr=False)
    dtype: str = "float32"
    fused: bool = False

    @property
    def networks(self) -> int:
        """The networks that it was fitted to."""
        return len(self.errors)

    @property
    def median_error(self) -> float:
        """The median of the relative errors on networks held out."""
        return median(self.errors)

    @property
    def largest_error(self) -> float:
        """The largest of them."""
        return max(self.errors)

    def seconds(self, network: Network) -> float:
        """What a network takes. Raises DesignError for a type of operation that none of those fitted has."""
        amounts = terms(network, self.dtype, fused=self.fused)
        unknown = [term for term in amounts if term not in self.coefficients]
        if unknown:
            cause = f"{network.name} has {listed(unknown)}, which no design that the latency is fitted to has"
            raise DesignError(cause, "Measure one that has, or narrow the search")
        return sum(self.coefficients[term] * amount for term, amount in amounts.items())


def terms(network: Network, dtype: str = "float32", *, fused: bool = False) -> Mapping[str, int]:
    """What a network has of each term: multiply-adds of convolutions, bytes of other operations, operations.

    Operations that move nothing are not run. Raises DesignError as `traffic` does.

    >>> from menet_design.api import network
    >>> terms(network("352-MENet-12x1/8"), fused=True)["multiply-adds of depthwise convolutions"]
    5588352
    """
    found: Counter[str] = Counter()
    for each in traffic(network, dtype, fused=fused).movements:
        if each.bytes:
            term, amount = _term(each)
            found[term] += amount
            found["operations"] += 1
    return found


def _term(moved: Movement) -> tuple[str, int]:
    op = moved.row.operation
    if op.kind != "conv":
        return "bytes of other operations", moved.bytes
    grouping = "depthwise " if op.is_depthwise else "group " if op.groups > 1 else ""
    return f"multiply-adds of {grouping}convolutions", moved.row.macs


def fit(
    networks: Sequence[Network], seconds: Sequence[float], dtype: str = "float32", *, fused: bool = False
) -> LatencyFit:
    """Fit the seconds of networks, in numbers of a type.

    Raises DesignError for fewer networks than one more than there are terms.
    """
    import numpy

    amounts = [terms(network, dtype, fused=fused) for network in networks]
    names = list(dict.fromkeys(term for each in amounts for term in each))
    if len(networks) <= len(names):
        cause = f"{len(networks)} designs are too few to fit {len(names)} terms to: {listed(names)}"
        raise DesignError(cause, f"Measure {len(names) + 1} or more")
    shares = numpy.array([[each.get(name, 0) for name in names] for each in amounts]) / numpy.array(seconds)[:, None]
    held_out = (numpy.delete(shares, place, axis=0) for place in range(len(networks)))
    errors = tuple(float(abs(own @ _fitted(others) - 1)) for own, others in zip(shares, held_out, strict=True))
    return LatencyFit(dict(zip(names, _fitted(shares).tolist(), strict=True)), errors, dtype, fused)


def _fitted(shares: Any) -> Any:
    """The coefficients, none below 0, with which the terms of each row add up to 1 most nearly: least squares.

    The best of the least squares over each choice of terms that has none below 0. There are few terms, and so no need
    of what solves this for many, such as scipy's nnls.
    """
    import numpy

    def over(chosen: Sequence[int]) -> Any:
        found = numpy.zeros(shares.shape[1])
        found[chosen] = numpy.linalg.lstsq(shares[:, chosen], numpy.ones(len(shares)), rcond=None)[0]
        return found

    found = map(over, _choices(shares.shape[1]))
    return min((each for each in found if (each >= 0).all()), key=lambda each: float(((shares @ each - 1) ** 2).sum()))


def _choices(number: int) -> Iterator[list[int]]:
    """Every choice of one or more of so many."""
    return map(list, chain.from_iterable(combinations(range(number), size) for size in range(1, number + 1)))
