"""Figures for papers: one idea each, at column width (3.5 in), readable in black and white."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from menet_design.errors import DesignError
from menet_design.report.files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".pdf", ".svg", ".eps", ".png")
COLUMN_WIDTH = 3.5
# As section III-A of the paper prints them.
_PRINTED = {3: "66.7 %", 8: "87.5 %"}


def check_format(path: Path) -> None:
    """Raise DesignError unless the name of a figure ends in one of FORMATS."""
    if path.suffix.lower() not in FORMATS:
        raise DesignError(f"{path} is not the name of a figure", f"Known endings: {', '.join(FORMATS)}")


def save(draw: "Callable[[Figure], None]", height: float, path: Path, force: bool, dpi: int = 300) -> None:
    """Let `draw` fill a figure of column width and so many inches height, and write it to a file.

    `dpi` are the dots an inch of formats that have dots.
    """
    check_format(path)
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    # A fixed salt: the same figure is the same file.
    with pyplot.rc_context({"font.size": 8, "svg.hashsalt": "menet-design", "pdf.fonttype": 42, "ps.fonttype": 42}):
        figure = pyplot.figure(figsize=(COLUMN_WIDTH, height), layout="constrained")
        draw(figure)
        metadata = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(path.suffix.lower())
        pyplot.close(figure)
        write_whole(lambda temporary: figure.savefig(temporary, dpi=dpi, metadata=metadata), path, force)


def loss_ratio(losses: Mapping[int, Fraction], path: Path, force: bool) -> None:
    """Draw the share of lost inter-group connections over the number of groups, from 1 to 8 at least."""

    def draw(figure: "Figure") -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        percents = [100 * float(loss) for loss in losses.values()]
        axes.plot(list(losses), percents, "ko-", markersize=3, linewidth=0.8, clip_on=False)
        for groups, printed in _PRINTED.items():
            point = (groups, 100 * float(losses[groups]))
            axes.plot(*point, "wo", markeredgecolor="black", markersize=6)
            label = f"{printed} with {groups} groups,\nas the paper says"
            axes.annotate(label, point, (7, -5), textcoords="offset points", va="top")
        axes.set(xlabel="groups G", ylabel="lost connections, (G − 1)/G  (%)", ylim=(0, 100), xlim=(0.5, None))
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))

    save(draw, 2.2, path, force)
