"""The published networks nearest to a design in cost, with the accuracies that their sources print."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from menet_design import families
from menet_design.analysis.conventions import Convention
from menet_design.analysis.cost import Cost, count
from menet_design.exploration.budget import amount_of
from menet_design.families.architectures import network
from menet_design.families.design import PublishedFigure

NEAREST = 6


@dataclass(frozen=True)
class Neighbour:
    """A published network: what it costs, counted as the design beside it is, and its quoted accuracy."""

    cost: Cost
    figure: PublishedFigure


def neighbours(cost: Cost, metric: str = "macs") -> Sequence[Neighbour]:
    """The NEAREST published networks of any family in "macs" or "params", in ascending order of them.

    Only networks of which a source prints an accuracy; of several such figures the first, as its family gives
    them. Accuracies on other data say little: all are on the data of the nearest network that has as many classes
    as the design, if any has. A reconstruction has no accuracy: the printed one is that of its authors' network.
    """

    def amount(each: Neighbour) -> int:
        return amount_of(each.cost, metric)

    def distance(each: Neighbour) -> int:
        return abs(amount(each) - amount_of(cost, metric))

    published = sorted(_published(cost.convention), key=distance)
    alike = [each for each in published if _classes(each.cost) == _classes(cost)] or published
    nearest = [each for each in alike if each.figure.dataset == alike[0].figure.dataset][:NEAREST]
    return sorted(nearest, key=amount)


def _classes(cost: Cost) -> int | None:
    classes: int | None = cost.network.numbers.get("classes")
    return classes


# The tables that compare families, the one with the finer figures first.
_COMPARISONS = ("Table IV", "Table II")


def compared() -> Sequence[Neighbour]:
    """The networks that the MENet paper compares on ImageNet (Fig. 4), in ascending order of their multiply-adds."""
    found = [
        Neighbour(count(network(design)), figure)
        for design, figures in families.published()
        for figure in [each for source in _COMPARISONS for each in figures if each.source == source][:1]
    ]
    return sorted(found, key=lambda each: each.cost.macs)


@cache
def _published(convention: Convention) -> tuple[Neighbour, ...]:
    quoted = ((design, _accuracy(figures)) for design, figures in families.published())
    return tuple(Neighbour(count(network(design), convention), figure) for design, figure in quoted if figure)


def _accuracy(figures: Sequence[PublishedFigure]) -> PublishedFigure | None:
    return next((figure for figure in figures if figure.top1 is not None and not figure.of_reconstruction), None)
