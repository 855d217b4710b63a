"""Networks between cost and accuracy: those that are published, and any with an accuracy of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from menet_design import families
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import count
from menet_design.errors import DesignError
from menet_design.families.architectures import network
from menet_design.families.design import IMAGENET, Design, PublishedFigure


@dataclass(frozen=True)
class Point:
    """A network: what is counted of it, its top-1 accuracy in percent, and its family, if it is of a built-in one.

    `is_asked` says that somebody asked for this very network, not for all that are published.
    """

    name: str
    macs: float
    top1: float
    family: str = ""
    is_asked: bool = True


def published(
    dataset: str = IMAGENET, convention: Convention = PAPER
) -> tuple[Sequence[Point], Mapping[str, Sequence[str]]]:
    """Every published network whose top-1 accuracy on a data set is known, and the names of others by the reason.

    Left out are accuracies on other data, and of a network that is only reconstructed here. Raises DesignError, with
    the known ones, for a data set without any.
    """
    found: list[Point] = []
    left_out: dict[str, list[str]] = {}
    for design, figures in families.published():
        reason = _reason(figures, dataset)
        if not reason:
            found.append(_point(design, figures, dataset, convention, is_asked=False))
        elif any(figure.top1 is not None for figure in figures):
            left_out.setdefault(reason, []).append(design.name)
    if not found:
        raise DesignError(f"no accuracy on {dataset!r:.40} is known", f"Known: {', '.join(_datasets())}", _datasets())
    return found, left_out


def quoted(design: Design, dataset: str = IMAGENET, convention: Convention = PAPER) -> Point:
    """A published network with its top-1 accuracy. Raises DesignError where none is published."""
    figures = families.figures(design)
    reason = _reason(figures, dataset)
    if reason:
        raise DesignError(
            f"{design} has no top-1 accuracy on {dataset}: {reason}", f"Give --point '{design.name}=72.5'"
        )
    return _point(design, figures, dataset, convention, is_asked=True)


def _point(
    design: Design, figures: Sequence[PublishedFigure], dataset: str, convention: Convention, *, is_asked: bool
) -> Point:
    top1 = next(figure.top1 for figure in figures if _is_of(figure, dataset) and figure.top1 is not None)
    counted = network(design)
    return Point(counted.title, count(counted, convention).macs, top1, counted.source, is_asked)


def _reason(figures: Sequence[PublishedFigure], dataset: str) -> str:
    """Why a network has no accuracy of its own on a data set, if so."""
    known = [figure for figure in figures if figure.top1 is not None]
    if any(_is_of(figure, dataset) for figure in known):
        return ""
    if not known:
        return "none is published"
    if known[0].dataset != dataset:
        return f"its accuracy is on {known[0].dataset}"
    return "its accuracy is that of its authors' network, of which this is a reconstruction"


def _is_of(figure: PublishedFigure, dataset: str) -> bool:
    return figure.top1 is not None and figure.dataset == dataset and not figure.of_reconstruction


def _datasets() -> list[str]:
    """The data sets of which accuracies are known."""
    known = (figure for _, figures in families.published() for figure in figures if figure.top1 is not None)
    return list(dict.fromkeys(figure.dataset for figure in known))
