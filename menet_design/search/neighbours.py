"""The published networks nearest to a design in cost, with the accuracies that their sources print."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from menet_design import zoo
from menet_design.analysis.conventions import Convention
from menet_design.analysis.cost import Cost, count
from menet_design.design import Quote

NEAREST = 6


class Neighbour(NamedTuple):
    """A published network: what it costs, counted as the design beside it is, and its quoted accuracy."""

    cost: Cost
    quote: Quote


def neighbours(cost: Cost, metric: str = "macs") -> Sequence[Neighbour]:
    """The NEAREST published networks of any family in "macs" or "params", in ascending order of them.

    Only networks of which a source prints an accuracy; of several such quotes the first, as in `zoo`. Accuracies on
    other data say little: all are on the data of the nearest network that has as many classes as the design, if
    any has. A reconstruction has no accuracy: the printed one is that of its authors' network.
    """

    def amount(each: Cost) -> int:
        return each.macs if metric == "macs" else each.params

    def distance(each: Neighbour) -> int:
        return abs(amount(each.cost) - amount(cost))

    published = sorted(_published(cost.convention), key=distance)
    alike = [each for each in published if each.cost.design.classes == cost.design.classes] or published
    nearest = [each for each in alike if each.quote.dataset == alike[0].quote.dataset][:NEAREST]
    return sorted(nearest, key=lambda each: amount(each.cost))


# The tables that compare families, the one with the finer figures first.
_COMPARISONS = ("Table IV", "Table II")


def compared() -> Sequence[Neighbour]:
    """The networks that the MENet paper compares on ImageNet (Fig. 4), in ascending order of their multiply-adds."""
    found = [
        Neighbour(count(design), quote)
        for design, quotes in zoo.published()
        for quote in [each for source in _COMPARISONS for each in quotes if each.source == source][:1]
    ]
    return sorted(found, key=lambda each: each.cost.macs)


@cache
def _published(convention: Convention) -> tuple[Neighbour, ...]:
    quoted = ((design, _accuracy(quotes)) for design, quotes in zoo.published() if not design.is_reconstruction)
    return tuple(Neighbour(count(design, convention), quote) for design, quote in quoted if quote)


def _accuracy(quotes: Sequence[Quote]) -> Quote | None:
    return next((quote for quote in quotes if quote.top1 is not None), None)
