"""Figures for papers: one idea each, at column width (3.5 in), readable in black and white."""

from pathlib import Path
from typing import Any

from menet_design.errors import DesignError
from menet_design.report.files import write_whole

FORMATS = (".pdf", ".svg", ".eps", ".png")
COLUMN_WIDTH = 3.5
_QUOTED = {3: "66.7 %", 8: "87.5 %"}  # Section III-A quotes both


def check_format(path: Path) -> None:
    """Raise DesignError unless the name of a figure ends in one of FORMATS."""
    if path.suffix.lower() not in FORMATS:
        raise DesignError(f"{path} is no name of a figure", f"Known endings: {', '.join(FORMATS)}")


def loss_ratio(losses: dict[int, Any], path: Path, force: bool) -> None:
    """Draw the share of lost inter-group connections over the number of groups."""
    import matplotlib

    matplotlib.use("agg")
    matplotlib.rcParams["svg.hashsalt"] = "menet-design"  # the same figure is the same file
    from matplotlib import pyplot

    with pyplot.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        figure, axes = pyplot.subplots(figsize=(COLUMN_WIDTH, 2.3), layout="constrained")
        axes.plot(list(losses), [100 * float(loss) for loss in losses.values()], "o-", color="black", markersize=3, linewidth=0.8)
        for groups, quoted in _QUOTED.items():
            if groups in losses:
                point = (groups, 100 * float(losses[groups]))
                axes.plot(*point, "o", color="white", markeredgecolor="black", markersize=7)
                axes.annotate(f"g = {groups}: {quoted}\\nquoted in the paper", point, (9, -19), textcoords="offset points")
        axes.set(xlabel="channel groups G", ylabel="lost connections (%)", ylim=(0, 100))
        axes.text(0.98, 0.06, "(G − 1)/G", transform=axes.transAxes, ha="right", style="italic")
        axes.xaxis.get_major_locator().set_params(integer=True)
        metadata = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(path.suffix.lower(), {})
        write_whole(lambda temporary: figure.savefig(temporary, dpi=300, metadata=metadata), path, force)
        pyplot.close(figure)
