"""Pictures of connections: drawn as in Fig. 1 of the paper for a few channels, as matrices for many."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.analysis.connectivity import BlockConnectivity, Connectivity
from menet_design.analysis.pairs import Pair, members
from menet_design.errors import DesignError
from menet_design.report.figures import save
from menet_design.report.units import thousands

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from menet_design.verification.trained import Trained

# Up to so many lines from channels to groups can be told apart.
_LINES = 100
_ROW = 1.55
_ACROSS = 4
_LABEL = 9.0  # the height of a label, in percent of the axis


def connections(found: Sequence[Connectivity], path: Path, force: bool) -> None:
    """Draw what is connected around the first shuffle between groups of each network: a row each, before and after.

    A network without one is drawn as what the outputs of its least connected block depend on.
    """
    shuffles = [
        next(((block.name, pair) for block in each.blocks for pair in block.pairs if pair.groups > 1), None)
        for each in found
    ]

    def draw(figure: "Figure") -> None:
        rows = figure.subfigures(len(found), squeeze=False)[:, 0]
        for row, each, shuffle in zip(rows, found, shuffles, strict=True):
            if shuffle is None:
                _draw_block(row, each)
            else:
                _draw_shuffle(row, each, *shuffle)

    # A panel is about an inch wide, and a cell of it at least a dot.
    widest = max((shuffle[1].channels for shuffle in shuffles if shuffle), default=0)
    save(draw, _ROW * len(found), path, force, dpi=max(300, 2 * widest))


def _draw_shuffle(row: "Figure", found: Connectivity, block: str, pair: Pair) -> None:
    panels = [("no shuffle", pair.sources_without_shuffle, pair.without_shuffle), ("shuffle", pair.sources, pair.kept)]
    if pair.recovered:
        panels.append((f"shuffle and {', '.join(found.branches)}", pair.sources_with_branch, pair.with_branch))
    row.suptitle(f"{found.network.title}, {block}: {pair.channels} channels in {pair.groups} groups", fontsize=7)
    for axes, (label, sources, connected) in zip(row.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        axes.set_title(f"{label}\n{thousands(connected)} of {thousands(pair.possible)}", fontsize=5.5)
        (_draw_dots if pair.channels * len(sources) <= _LINES else _draw_matrix)(axes, pair, sources)


def _draw_block(row: "Figure", found: Connectivity) -> None:
    """On which inputs (columns) the outputs (rows) of the least connected block depend."""
    block: BlockConnectivity = min(found.blocks, key=lambda block: block.shares.connected)
    axes = row.subplots()
    axes.set_title(f"{found.network.title}, {block.name}", fontsize=7)
    inputs = max(sources.bit_length() for sources in block.sources)
    axes.imshow(_cells(block.sources, inputs), cmap="gray_r", vmin=0, vmax=1, interpolation="none")
    axes.set(xlabel="input channel", ylabel="output channel")


def _draw_dots(axes: "Axes", pair: Pair, sources: Sequence[int]) -> None:
    """Channels before the shuffle above, groups after it below, a line to a group from each that it depends on."""
    size = pair.channels // pair.groups
    places = [channel + channel // size for channel in range(pair.channels)]  # a gap between groups
    width = places[-1] / len(sources)
    for group, channels in enumerate(sources):
        left = group * width
        axes.plot([left + 0.1 * width, left + 0.9 * width], [0, 0], color="black", linewidth=3, solid_capstyle="butt")
        for rank, channel in enumerate(members(channels)):
            foot = left + width * (0.15 + 0.7 * (rank + 0.5) / channels.bit_count())
            axes.plot([places[channel], foot], [1, 0], color="black", linewidth=0.5)
    tones = [str(1 - (channel // size) % 3 / 2) for channel in range(pair.channels)]
    axes.scatter(
        places, [1] * pair.channels, s=120 / pair.channels, c=tones, edgecolors="black", linewidths=0.5, zorder=3
    )
    axes.set(ylim=(-0.15, 1.15))
    axes.axis("off")


def _draw_matrix(axes: "Axes", pair: Pair, sources: Sequence[int]) -> None:
    """Black: connected channels of different groups; grey: channels of one group; white: lost connections."""
    import numpy as np

    size = pair.channels // pair.groups
    connected = _cells(pair.connected(list(sources)), pair.channels)
    own = np.kron(np.eye(pair.groups, dtype=np.uint8), np.ones((size, size), dtype=np.uint8))
    axes.imshow(np.where(own, 1, 2 * connected), cmap="gray_r", vmin=0, vmax=2, interpolation="none")
    axes.set(xticks=[0, pair.channels - 1], yticks=[0, pair.channels - 1])
    axes.tick_params(labelsize=6, length=2)


def _cells(sets: Sequence[int], channels: int) -> "np.ndarray[Any, Any]":
    """Bit-sets as the rows of a matrix of zeros and ones."""
    import numpy as np

    length = (channels + 7) // 8
    packed = np.frombuffer(b"".join(each.to_bytes(length, "little") for each in sets), dtype=np.uint8)
    return np.unpackbits(packed.reshape(len(sets), length), axis=1, count=channels, bitorder="little")


def trained(found: "Trained", path: Path, force: bool) -> None:
    """Draw, block by block, how much comes from lost channels and through branches, and where the gates stand."""
    _check(bool(found.blocks), found)
    gates = any(block.gates for block in found.blocks)

    def draw(figure: "Figure") -> None:
        panels = figure.subplots(1 + gates, sharex=True, squeeze=False)[:, 0]
        names = [block.name.removeprefix("stage") for block in found.blocks]
        _draw_energies(panels[0], found)
        if gates:
            _draw_gates(panels[1], found)
        panels[-1].set_xticks(range(len(names)), names, rotation=90, fontsize=6)
        panels[-1].set_xlabel("module (stage.index)")

    save(draw, 1.7 * (1 + gates), path, force)


def _check(drawable: bool, found: "Trained") -> None:
    if not drawable:
        raise DesignError(f"{found.network.name} has no shuffle between group convolutions: nothing to draw")


def _draw_energies(axes: "Axes", found: "Trained") -> None:
    branch = ", ".join(found.network.branches)
    series = [
        ("from lost channels", [block.strength.lost for block in found.blocks], "o", "black"),
        ("lost channels", [block.lost_channels for block in found.blocks], "", "none"),
    ]
    if branch:
        series.insert(0, (f"through {branch}", [block.strength.branch for block in found.blocks], "s", "white"))
    heights = _apart([100 * values[-1] for _, values, *_ in series])
    for (label, values, marker, fill), height in zip(series, heights, strict=True):
        percents = [100 * value for value in values]
        axes.plot(percents, color="black", linewidth=0.8, marker=marker, markerfacecolor=fill, markersize=3)
        axes.annotate(label, (len(values) - 1, height), (5, 0), textcoords="offset points", va="center", fontsize=6)
    axes.set(ylabel="share  (%)", ylim=(0, 100))
    axes.spines[["top", "right"]].set_visible(False)


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights at which labels in percent can stand, in their order, without touching each other."""
    places: dict[int, float] = {}
    lowest = 3.0
    for index in sorted(range(len(heights)), key=lambda index: (heights[index], -index)):
        places[index] = max(heights[index], lowest)
        lowest = places[index] + _LABEL
    return [places[index] for index in range(len(heights))]


def _draw_gates(axes: "Axes", found: "Trained") -> None:
    gates = [(index, block.gates) for index, block in enumerate(found.blocks) if block.gates]
    where, means, spreads = zip(*((index, gate.mean, gate.spread) for index, gate in gates), strict=True)
    axes.errorbar(where, means, spreads, fmt="o", color="black", markersize=3, linewidth=0.8, capsize=2)
    axes.set(ylabel="gate, ± std. deviation", ylim=(0, 1))
    axes.spines[["top", "right"]].set_visible(False)


def strength(found: "Trained", path: Path, force: bool) -> None:
    """Draw how strongly the groups after each shuffle (rows) depend on those before it (columns)."""
    blocks = [block for block in found.blocks if len(block.strength.energy[0]) > 1]
    _check(bool(blocks), found)
    down = -(-len(blocks) // _ACROSS)

    def draw(figure: "Figure") -> None:
        cells = figure.subplots(down, _ACROSS, squeeze=False).ravel()
        for axes in cells[len(blocks) :]:
            axes.axis("off")
        for axes, block in zip(cells, blocks, strict=False):
            axes.imshow(block.strength.energy, cmap="gray_r", vmin=0, vmax=1)
            axes.set_title(block.name, fontsize=6, pad=2)
            axes.set(xticks=[], yticks=[])

    save(draw, 0.85 * down, path, force)
