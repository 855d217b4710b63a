"""Figures for papers: one idea each, at column width (3.5 in), readable in black and white."""

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError
from menet_design.files import write_whole
from menet_design.report.labels import Label, place
from menet_design.report.units import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".pdf", ".svg", ".eps", ".png")
COLUMN_WIDTH = 3.5  # inches
PAGE_HEIGHT = 9.0
# A fixed salt: the same figure is the same file.
_SETTINGS: dict[Any, Any] = {
    "font.size": 8,
    "hatch.linewidth": 0.4,
    "text.parse_math": False,  # a network's name may hold anything
    "svg.hashsalt": "menet-design",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
}


def check_format(path: Path) -> None:
    """Raise DesignError unless the name of a figure ends in one of FORMATS."""
    if path.suffix.lower() not in FORMATS:
        raise DesignError(f"{path} is not the name of a figure", f"Known endings: {', '.join(FORMATS)}")


def save(
    draw: "Callable[[Figure], None]",
    height: float,
    path: Path,
    force: bool,
    dpi: int = 300,
    width: float = COLUMN_WIDTH,
) -> None:
    """Let `draw` fill a figure of so many inches height and width, by default a column's, and write it to a file.

    `dpi` are the dots an inch of formats that have dots. Text stays text where the format allows it.
    """
    check_format(path)
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    with pyplot.rc_context(_SETTINGS):
        figure = pyplot.figure(figsize=(width, height), layout="constrained")
        try:
            draw(figure)
        finally:
            pyplot.close(figure)
        metadata = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(path.suffix.lower())
        write_whole(lambda temporary: figure.savefig(temporary, dpi=dpi, metadata=metadata), path, force)


def loss_ratio(losses: Mapping[int, Fraction], asked: Collection[int], path: Path, force: bool) -> None:
    """Draw the share of lost inter-group connections over the number of groups; those that are asked for are marked."""

    def draw(figure: "Figure") -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        points = {groups: (groups, 100 * float(loss)) for groups, loss in losses.items()}
        axes.plot(*zip(*points.values(), strict=True), "ko-", markersize=3, linewidth=0.8, clip_on=False)
        for groups in asked:
            axes.plot(*points[groups], "wo", markeredgecolor="black", markersize=6)
        axes.set(xlabel="groups G", ylabel="lost connections, (G − 1)/G  (%)", ylim=(0, 100), xlim=(0.5, None))
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        # Of many, the axes say those that have no room.
        place(axes, [Label(f"G = {groups}: {percent(losses[groups])}", [points[groups]]) for groups in asked], 7)

    save(draw, 2.2, path, force)
