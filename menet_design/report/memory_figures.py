"""Pictures of memory over time: what is alive as each operation runs."""

from collections.abc import Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import TYPE_CHECKING

from menet_design.analysis.memory import Memory
from menet_design.report.figures import save
from menet_design.report.units import some_millions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW = 1.7
# So many tensors of the peak can be told apart by their tones.
_TONES = ("0.25", "0.45", "0.6", "0.72")
_ROOM = 0.1  # the share of the axis that the name of a stage takes


def over_time(found: Sequence[Memory], path: Path, force: bool) -> None:
    """Draw the bytes that are alive as each operation of some networks runs, a panel each; those of the peak dark."""

    def draw(figure: "Figure") -> None:
        panels = figure.subplots(len(found), squeeze=False)[:, 0]
        for axes, each in zip(panels, found, strict=True):
            _draw(axes, each)
        panels[-1].set_xlabel("operation, in the order of execution")

    save(draw, _ROW * len(found), path, force)


def _draw(axes: "Axes", found: Memory) -> None:
    """Tensors of the peak at the bottom, the largest first, all others in light grey above them."""
    largest = sorted(found.highest.alive, key=lambda tensor: -tensor.bytes)[: len(_TONES)]
    sizes = [{tensor.name: tensor.bytes for tensor in moment.alive} for moment in found.moments]
    bands = [[each.get(tensor.name, 0) / 1e6 for each in sizes] for tensor in largest]
    others = [sum(each.values()) / 1e6 - sum(parts) for each, *parts in zip(sizes, *bands, strict=True)]
    labels = [f" {tensor.name}" for tensor in largest]  # matplotlib hides a label that begins with an underscore
    axes.stackplot(range(len(sizes)), *bands, others, step="mid", colors=(*_TONES[: len(bands)], "0.9"), labels=labels)
    axes.step(range(len(sizes)), [sum(each.values()) / 1e6 for each in sizes], "k", where="mid", linewidth=0.5)
    axes.set_title(f"{found.network.title}: {some_millions(found.peak)} MB at the peak", fontsize=7)
    axes.set(ylabel="alive  (MB)", ylim=(0, None), xlim=(-0.5, len(sizes) - 0.5))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=5, frameon=False, loc="upper right")
    _name_stages(axes, found)


def _name_stages(axes: "Axes", found: Memory) -> None:
    """Mark where stages begin, and name those that have room for it."""
    stages = [block.stage for block in found.network.blocks for _ in block.operations]
    lengths = [(stage, len(list(run))) for stage, run in groupby(stages)]
    starts = list(accumulate((length for _, length in lengths), initial=0))
    middles = {
        start + length / 2 - 0.5: stage
        for (stage, length), start in zip(lengths, starts, strict=False)
        if length > _ROOM * len(stages)
    }
    axes.set_xticks(list(middles), list(middles.values()), fontsize=6)
    axes.set_xticks([start - 0.5 for start in starts], minor=True)
    axes.tick_params(axis="x", which="major", length=0)
