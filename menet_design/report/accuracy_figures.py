"""Accuracy against computation, as Fig. 4 of the MENet paper draws it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from menet_design.analysis.cost import Cost
from menet_design.report.figures import save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# How a family's line is drawn, and what it is called; the paper's own family by the names of its networks.
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "menet": {"marker": "o", "linestyle": "-", "markerfacecolor": "black"},
    "shufflenet": {"marker": "s", "linestyle": "--", "markerfacecolor": "white"},
    "mobilenet": {"marker": "^", "linestyle": ":", "markerfacecolor": "white"},
}
_LABELS = {"shufflenet": "ShuffleNet", "mobilenet": "MobileNet"}
# The budgets of the paper's Section IV-A3.
_BUDGETS = (40, 140, 300, 550)


class Point(NamedTuple):
    """A published network: what it costs, counted, and its accuracy, quoted."""

    cost: Cost
    top1: float

    @property
    def place(self) -> tuple[float, float]:
        """MFLOPs and top-1 accuracy in percent."""
        return self.cost.macs / 1e6, self.top1


def accuracy(points: Sequence[Point], path: Path, force: bool) -> None:
    """Draw top-1 accuracy against MFLOPs, a line a family of _STYLES, with names beside the points.

    The points come in the order of their cost, at least one of each family.
    """

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for family in _STYLES:
            _draw_family(axes, family, [point for point in points if point.cost.design.family == family])
        _draw_axes(axes)

    save(draw, 2.7, path, force)


def _draw_family(axes: "Axes", family: str, points: Sequence[Point]) -> None:
    """A line through the networks with the groups of the first, and a point for each other one."""
    style = {"color": "black", "linewidth": 0.8, "markersize": 3.5, "markeredgewidth": 0.7, **_STYLES[family]}
    line = [point for point in points if _groups(point) == _groups(points[0])]
    others = [point for point in points if point not in line]
    for run in (line, *([point] for point in others)):
        axes.plot(*zip(*(point.place for point in run), strict=True), **style)
    if family in _LABELS:
        _label(axes, _LABELS[family], points[0], lift=-2)
        return
    for point in line:
        _label(axes, point.cost.design.title.partition(" (")[0], point, lift=1)
    for point in others:
        _label(axes, point.cost.design.title, point, lift=7)


def _groups(point: Point) -> int | None:
    groups: int | None = point.cost.design.numbers().get("groups")
    return groups


def _label(axes: "Axes", text: str, point: Point, lift: float) -> None:
    """A name to the left of a point, raised by so many points of type to stand clear of another."""
    axes.annotate(text, point.place, (-5, lift), textcoords="offset points", ha="right", va="center", fontsize=6)


def _draw_axes(axes: "Axes") -> None:
    from matplotlib.ticker import MultipleLocator, NullLocator

    axes.set_xscale("log")
    axes.set_xticks(_BUDGETS, map(str, _BUDGETS))
    axes.yaxis.set_major_locator(MultipleLocator(5))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="MFLOPs (multiply-adds, log scale)", ylabel="ILSVRC 2012 top-1 accuracy  (%)", xlim=(13, 650))
    axes.spines[["top", "right"]].set_visible(False)
