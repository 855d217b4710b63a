"""A training run, epoch by epoch."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from menet_design.papers.others import LoggedEpoch
from menet_design.report.figures import save
from menet_design.report.labels import Label, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 3.4
_Points = list[tuple[float, float]]


def over_epochs(epochs: Sequence[LoggedEpoch], path: Path, force: bool) -> None:
    """Draw the top-1 of each epoch of a run, and below it the losses of training and test."""

    def draw(figure: "Figure") -> None:
        above, below = figure.subplots(2, sharex=True)
        right = [(each.epoch, each.top1) for each in epochs]
        _draw(above, "top-1  (%)", {f"{right[-1][1]:.2f}": right})
        learned = [(each.epoch, each.loss) for each in epochs if each.loss is not None]
        _draw(below, "loss", {"test": [(each.epoch, each.test_loss) for each in epochs], "training": learned})
        below.set_xlabel("epoch")

    save(draw, _HEIGHT, path, force)


def _draw(axes: "Axes", what: str, lines: dict[str, _Points]) -> None:
    """Lines with their names at the ends."""
    from matplotlib.ticker import MaxNLocator

    shown = {name: points for name, points in lines.items() if points}
    for points, style in zip(shown.values(), ("ko-", "ks--"), strict=False):
        axes.plot(*zip(*points, strict=True), style, markersize=3, linewidth=0.8)
    axes.margins(0.06, 0.16)
    axes.set_ylabel(what)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    place(axes, [Label(name, [points[-1]]) for name, points in shown.items()], 7)
