"""Accuracy against computation: as Fig. 4 of the MENet paper draws it, and of any networks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError
from menet_design.exploration.accuracies import Point
from menet_design.exploration.neighbours import Neighbour
from menet_design.report.figures import PAGE_HEIGHT, save
from menet_design.report.labels import Label, place, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# How a family's line is drawn, where not as _LINE says.
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "menet": {"marker": "o", "linestyle": "-", "markerfacecolor": "black"},
    "shufflenet": {"marker": "s", "linestyle": "--"},
    "mobilenet": {"marker": "^", "linestyle": ":"},
    "resnet15": {"marker": "v"},
    "xception15": {"marker": "x"},
    "resnext15": {"marker": "+"},
    "googlenet": {"marker": "P"},
    "vgg": {"marker": "*"},
}
_LINE: Mapping[str, Any] = {
    "color": "black",
    "linestyle": "-.",
    "linewidth": 0.8,
    "marker": "D",
    "markersize": 3.5,
    "markeredgewidth": 0.7,
    "markerfacecolor": "white",
}
# The names of families, where they stand from the cheapest or the dearest point, in points of type, and how aligned;
# the paper's own family, the first, by the names of its networks.
_LABELS = {
    "shufflenet": ("ShuffleNet", 0, (-5, -2), "right"),
    "mobilenet": ("MobileNet", -1, (5, 2), "left"),
    "resnet15": ("ResNet-15", -1, (6, -3), "left"),
    "xception15": ("Xception-15", -1, (20, -10), "left"),
    "resnext15": ("ResNeXt-15", -1, (20, -4), "left"),
    "googlenet": ("GoogLeNet", 0, (5, -7), "left"),
    "vgg": ("VGG-16", 0, (-5, -5), "right"),
}
# A name that stands further off is joined to its point.
_FAR = 10
# The budgets of the paper's Section IV-A3, and what lies beyond them.
_TICKS = (40, 140, 300, 550, 1500, 15000)


def figure_4(points: Sequence[Neighbour], path: Path, force: bool) -> None:
    """Draw top-1 accuracy against MFLOPs, a line a family, with names beside the points.

    The points come in the order of their cost.
    """
    families = dict.fromkeys([*_STYLES, *(point.cost.network.source for point in points)])

    def draw(figure: "Figure") -> None:
        from matplotlib.ticker import MultipleLocator, NullLocator

        axes = figure.subplots()
        for family in families:
            found = [point for point in points if point.cost.network.source == family]
            if found:
                _draw_family(axes, family, found)
        axes.set_xscale("log")
        axes.set_xticks(_TICKS, map(str, _TICKS), fontsize=6.5)
        axes.yaxis.set_major_locator(MultipleLocator(5))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set(xlabel="MFLOPs (multiply-adds, log scale)", ylabel="ILSVRC 2012 top-1 accuracy  (%)")
        axes.set_xlim(3.5, 25000)
        axes.spines[["top", "right"]].set_visible(False)

    save(draw, 2.7, path, force)


def _draw_family(axes: "Axes", family: str, points: Sequence[Neighbour]) -> None:
    """A line through the networks with the groups of the first, and a point for each other one."""
    style = {**_LINE, **_STYLES.get(family, {})}
    groups = [point.cost.network.numbers.get("groups") for point in points]
    line = [point for point, each in zip(points, groups, strict=True) if each == groups[0]]
    others = [point for point in points if point not in line]
    for run in (line, *([point] for point in others)):
        axes.plot(*zip(*map(_place, run), strict=True), **style)
    if family == next(iter(_STYLES)):
        for point in line:
            _label(axes, point.cost.network.title.partition(" (")[0], point, (-5, 1), "right")
        for point in others:
            _label(axes, point.cost.network.title, point, (-5, 7), "right")
        return
    text, end, shift, side = _LABELS.get(family, (points[-1].cost.network.name, -1, (6, -3), "left"))
    _label(axes, text, points[end], shift, side)


def _place(point: Neighbour) -> tuple[float, float]:
    """MFLOPs, counted, and top-1 accuracy in percent, quoted."""
    return point.cost.macs / 1e6, float(point.figure.top1 or 0)


def _label(axes: "Axes", text: str, point: Neighbour, shift: tuple[float, float], side: str) -> None:
    """A name beside a point, so many points of type to the right of it and above it."""
    leader = {"arrowstyle": "-", "linewidth": 0.3, "shrinkA": 1, "shrinkB": 0} if shift[0] > _FAR else None
    axes.annotate(
        text, _place(point), shift, textcoords="offset points", ha=side, va="center", fontsize=6, arrowprops=leader
    )


# What families of several networks are called.
_NAMES = {
    "menet": "MENet",
    "shufflenet": "ShuffleNet",
    "mobilenet": "MobileNet",
    "mobilenet-v2": "MobileNetV2",
    "fd-mobilenet": "FD-MobileNet",
    "resnet15": "ResNet-15",
    "xception15": "Xception-15",
    "resnext15": "ResNeXt-15",
    "resnet-cifar": "ResNet",
}
_MARKERS = "osv^Dx+P*<>dph18"
# Names beyond so many make a figure higher, by so many inches each.
_ROOM, _HIGHER = 14, 0.12
_MOST = 80


def accuracy(points: Sequence[Point], dataset: str, axis: str, path: Path, force: bool) -> None:
    """Draw top-1 accuracy against what is counted, which `axis` says, with a name beside each point that is asked for.

    Published networks that are not asked for have a marker and a name a family, and a line through its best: those
    that are more accurate than all cheaper ones. They are grey where they stand around others. Raises DesignError
    for more names than a page has room for.
    """
    asked = [point for point in points if point.is_asked]
    families = dict.fromkeys(point.family for point in points if not point.is_asked)
    grouped = [[point for point in points if point.family == each and not point.is_asked] for each in families]
    tone = "0.5" if asked else "black"
    labels = [_named(each.name, [each]) for each in asked]
    labels += [_named(_family_name(members), members, tone) for members in grouped]
    crowded = DesignError(f"{len(labels)} names do not fit a page", "Draw fewer networks in a figure")

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for members, style in zip(grouped, _told_apart(families), strict=True):
            _draw_published(axes, members, {**style, "color": tone})
        for each in asked:
            axes.plot(each.macs / 1e6, each.top1, "o", color="black", markersize=4)
        _finish(axes, f"{dataset} top-1 accuracy  (%)", axis)
        if place(axes, labels):
            raise crowded

    if len(labels) > _MOST:
        raise crowded
    save(draw, min(2.7 + _HIGHER * max(0, len(labels) - _ROOM), PAGE_HEIGHT), path, force)


def _named(name: str, points: Sequence[Point], tone: str = "black") -> Label:
    return Label(shortened(name), [(point.macs / 1e6, point.top1) for point in points], tone)


def _family_name(members: Sequence[Point]) -> str:
    """What a family is called; one of a single network, as this."""
    return members[0].name if len(members) == 1 else _NAMES.get(members[0].family, members[0].family)


def _told_apart(families: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """A style for each family: its own, or with the next free marker."""
    free = iter(marker for marker in _MARKERS if marker not in {each["marker"] for each in _STYLES.values()})
    return ({**_LINE, **(_STYLES.get(each) or {"marker": next(free, ".")})} for each in families)


def _draw_published(axes: "Axes", members: Sequence[Point], style: Mapping[str, Any]) -> None:
    places = sorted((point.macs / 1e6, point.top1) for point in members)
    best = [place for index, place in enumerate(places) if all(place[1] > top1 for _, top1 in places[:index])]
    axes.plot(*zip(*best, strict=True), **{**style, "marker": "", "linewidth": 0.5})
    axes.plot(*zip(*places, strict=True), **{**style, "linestyle": ""})


def _finish(axes: "Axes", accuracy: str, axis: str) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    axes.set_xscale("log")
    axes.margins(0.16, 0.08)
    start, end = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if end < 50 * start else (1, 3)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=6.5)
    axes.set(xlabel=f"{axis}, log scale", ylabel=accuracy)
    axes.spines[["top", "right"]].set_visible(False)
