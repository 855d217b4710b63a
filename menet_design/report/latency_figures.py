"""Latency against multiply-adds."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from menet_design.errors import DesignError
from menet_design.papers.others import TimedPoint
from menet_design.report.figures import save
from menet_design.report.labels import Label, place, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 2.7
_MARKERS = "os^Dv"
# Beyond so many times the least, amounts are drawn on logarithmic axes.
_WIDE = 10


def over_macs(points: Sequence[TimedPoint], path: Path, force: bool) -> None:
    """Draw the median latency of networks against their multiply-adds, with quartiles and a marker for each engine.

    Raises DesignError for more names than there is room for, and for more engines than markers.
    """
    engines = list(dict.fromkeys(point.engine for point in points))
    if len(engines) > len(_MARKERS):
        raise DesignError(f"{len(engines)} engines cannot be told apart", f"Draw up to {len(_MARKERS)}")

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for engine, marker in zip(engines, _MARKERS, strict=False):
            _draw(axes, [point for point in points if point.engine == engine], marker)
        _finish(axes, points)
        if len(engines) > 1:
            axes.legend(fontsize=6, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(engines))
        if lacking := place(axes, [Label(shortened(point.network), [_place(point)]) for point in points]):
            raise DesignError(f"{len(lacking)} of {len(points)} names do not fit", "Draw fewer networks in a figure")

    save(draw, _HEIGHT, path, force)


def _place(point: TimedPoint) -> tuple[float, float]:
    return point.macs / 1e6, point.ms


def _draw(axes: "Axes", points: Sequence[TimedPoint], marker: str) -> None:
    """Medians, and lines between quartiles, which names can keep clear of."""
    axes.plot(*zip(*map(_place, points), strict=True), f"k{marker}", markersize=3.5, label=points[0].engine)
    for point in points:
        axes.plot([point.macs / 1e6] * 2, [point.low, point.high], "k-", linewidth=0.7)


def _finish(axes: "Axes", points: Sequence[TimedPoint]) -> None:
    macs = [point.macs for point in points]
    axes.margins(0.16, 0.12)
    if max(macs) > _WIDE * min(macs):
        axes.set(xscale="log", yscale="log")
    else:
        axes.set_ylim(0, None)
    axes.set(xlabel="MFLOPs (multiply-adds)", ylabel="latency  (ms)")
    axes.spines[["top", "right"]].set_visible(False)
