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


def neighbours(cost: Cost) -> Sequence[Neighbour]:
    """The NEAREST published networks of any family in multiply-adds, in ascending order of them.

    Only networks of which a source prints an accuracy; of several such quotes the first, as in `zoo`. Accuracies on
    other data say little, so the networks have as many classes as the design, where any published ones have.
    """
    published = _published(cost.convention)
    alike = [each for each in published if each.cost.design.classes == cost.design.classes]
    nearest = sorted(alike or published, key=lambda each: abs(each.cost.macs - cost.macs))[:NEAREST]
    return sorted(nearest, key=lambda each: each.cost.macs)


@cache
def _published(convention: Convention) -> tuple[Neighbour, ...]:
    quoted = ((design, _accuracy(quotes)) for design, quotes in zoo.published())
    return tuple(Neighbour(count(design, convention), quote) for design, quote in quoted if quote)


def _accuracy(quotes: Sequence[Quote]) -> Quote | None:
    return next((quote for quote in quotes if quote.top1 is not None), None)
