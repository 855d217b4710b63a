"""Figures of searches: the front, the region within the limits, and what one more step of each number costs."""

from collections.abc import Sequence
from itertools import compress, cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError
from menet_design.exploration.constraints import Constraint
from menet_design.exploration.found import Fitting, Found
from menet_design.exploration.regions import Region
from menet_design.exploration.sensitivity import METRICS, Step
from menet_design.report.figures import PAGE_HEIGHT, save
from menet_design.report.labels import Label, place, shortened
from menet_design.report.metrics import shown
from menet_design.values import decimal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMED = 6  # designs of a front
_LINES = ("-", "--", ":", "-.")


def front(found: Found, path: Path, force: bool) -> None:
    """Draw the designs of a front by its first two objectives, some of them by name; a line joins those of but two."""
    first, second, *others = (each.metric.name for each in found.question.objectives)
    points = [(_scaled(each, first), _scaled(each, second)) for each in found.fitting]

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.plot(*zip(*points, strict=True), "o", color="black", markersize=2.5)
        if not others:
            # By itself: of a line with markers matplotlib forgets the steps once it is drawn, and names would cross it.
            axes.plot(*zip(*points, strict=True), color="black", linewidth=0.5, drawstyle="steps-post")
        axes.set(xlabel=shown(first).axis, ylabel=shown(second).axis)
        axes.margins(0.1)
        axes.spines[["top", "right"]].set_visible(False)
        step = -(-len(points) // _NAMED)
        named = list(zip(found.designs, points, strict=True))[::step]
        place(axes, [Label(shortened(design.name), [point]) for design, point in named])

    save(draw, 2.6, path, force)


def _scaled(each: Fitting, metric: str) -> float:
    return float(each.values[metric]) * shown(metric).unit.scale


def region(found: Region, path: Path, force: bool) -> None:
    """Draw the legal designs over two numbers: those within all limits dark, and where each limit runs as a line."""

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for within, tone in ((False, "0.8"), (True, "black")):
            points = list(compress(found.points, [held == within for held in found.within]))
            if points:
                axes.plot(*zip(*points, strict=True), "s", color=tone, markersize=2, markeredgewidth=0)
        axes.set(xlabel=found.fields[0], ylabel=found.fields[1])
        axes.spines[["top", "right"]].set_visible(False)
        _draw_limits(axes, found)
        if found.limits:
            figure.legend(loc="outside upper center", ncols=min(2, len(found.limits)), fontsize=6, frameon=False)

    save(draw, 2.6, path, force)


def _draw_limits(axes: "Axes", found: Region) -> None:
    """Draw where each limit runs between the points, as straight as its metric is from one to the next."""
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    for style, limit in zip(cycle(_LINES), found.limits, strict=False):
        level = [float(limit.limit)]
        axes.contour(*found.grid(limit), level, colors="0.3", linewidths=0.9, linestyles=style)
        axes.plot([], [], style, color="0.3", linewidth=0.9, label=_limit(limit))


def _limit(limit: Constraint) -> str:
    """As the axes of its metric say it: "max macs 60 M"."""
    unit = shown(limit.metric.name).unit
    return f"{limit.name.replace('_', ' ')} {float(limit.limit) * unit.scale:,.6g}{unit.sign}"


_BARS: dict[str, tuple[str, dict[str, Any]]] = {
    "macs": ("multiply-adds", {"color": "0.25"}),
    "params": ("parameters", {"color": "0.75"}),
    "memory": ("peak memory, in place", {"color": "white", "hatch": "/////"}),
}
_BAR, _ROW = 0.26, 0.42


def sensitivity(name: str, steps: Sequence[Step], path: Path, force: bool) -> None:
    """Draw by how much the costs of a design grow for one more step of each of its numbers."""
    height = 1.0 + _ROW * len(steps)
    if height > PAGE_HEIGHT:
        raise DesignError(f"{len(steps)} numbers do not fit a page")

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for place_, metric in enumerate(METRICS):
            _draw_bars(axes, steps, metric, (place_ - 1) * _BAR)
        axes.set_yticks(range(len(steps)), [_said(step) for step in steps], fontsize=6.5)
        axes.set_title(f"{shortened(name)}:\none more step of each number", fontsize=7)
        axes.set(xlabel="growth  (%)")
        axes.axvline(0, color="black", linewidth=0.5)
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, fontsize=6, frameon=False)

    save(draw, height, path, force)


def _draw_bars(axes: "Axes", steps: Sequence[Step], metric: str, above: float) -> None:
    label, style = _BARS[metric]
    rows = [row + above for row in range(len(steps))]
    lengths = [100 * float(step.growth[metric]) for step in steps]
    axes.barh(rows, lengths, _BAR, label=label, edgecolor="black", linewidth=0.5, **style)


def _said(step: Step) -> str:
    return f"{step.field} {decimal(step.before)} → {decimal(step.after)}"
