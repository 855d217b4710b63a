"""Pictures of connections: drawn as in Fig. 1 of the paper for a few channels, as matrices for many."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.analysis.connectivity import Connectivity
from menet_design.analysis.pairs import Pair, members
from menet_design.errors import DesignError
from menet_design.report.figures import COLUMN_WIDTH, PAGE_HEIGHT, save
from menet_design.report.labels import shortened
from menet_design.report.units import thousands

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from menet_design.verification.trained import Trained

# Up to so many lines from channels to groups can be told apart.
_LINES = 100
_ROW, _ACROSS = 1.55, 4
# The line of words below a figure, in inches.
_CAPTION = 0.22
# Beyond so many networks in a column they stand in two, on as many lines as a page holds.
_COLUMN, _DOWN = 5, 6
_SIDE = 0.88  # of a panel, at most
_LABEL = 9.0  # the height of a label, in percent of the axis
_GREY = "0.5"


def connections(found: Sequence[Connectivity], path: Path, force: bool) -> None:
    """Draw what is connected around the first shuffle between groups of each network: without it, with it and with all.

    A row a network: of few channels as in Fig. 1 of the paper, of more as matrices. Where one of the networks has no
    such shuffle, all are drawn as the shares of connected pairs, block by block. Beyond five networks there are two
    columns. Raises DesignError for more than a page holds.
    """
    shuffles = [
        next(((block.name, pair) for block in each.blocks for pair in block.pairs if pair.groups > 1), None)
        for each in found
    ]
    around = [shuffle for shuffle in shuffles if shuffle is not None]
    if len(around) < len(found):
        _save(len(found), lambda cells, caption: _draw_shares(cells, caption, found), path, force)
        return
    # A panel is about an inch wide, and a cell of it at least a dot.
    widest = max(pair.channels for _, pair in around)
    _save(len(found), lambda cells, caption: _draw_shuffles(cells, caption, found, around), path, force, 2 * widest)


def _save(
    cells: int, draw: "Callable[[Sequence[SubFigure], SubFigure], None]", path: Path, force: bool, dpi: int = 0
) -> None:
    """Let `draw` fill a grid of cells of one size, a column wide each, and the line below it."""
    across = 1 if cells <= _COLUMN else 2
    down = -(-cells // across)
    if down > _DOWN:
        raise DesignError(f"{cells} networks do not fit a page", f"Draw up to {2 * _DOWN} in a figure")
    row = min(_ROW, (PAGE_HEIGHT - _CAPTION) / down)

    def fill(figure: "Figure") -> None:
        above, below = figure.subfigures(2, 1, height_ratios=(row * down, _CAPTION), squeeze=False)[:, 0]
        draw(list(above.subfigures(down, across, squeeze=False).ravel()), below)

    save(fill, row * down + _CAPTION, path, force, max(300, dpi), across * COLUMN_WIDTH)


def _explain(caption: "SubFigure", tones: Mapping[str, str]) -> None:
    """Say what tones are: a square and words each."""
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=tone, edgecolor="black", linewidth=0.5) for tone in tones.values()]
    style: dict[str, Any] = {"handlelength": 1, "handleheight": 1, "columnspacing": 1.2, "handletextpad": 0.4}
    caption.legend(handles, list(tones), loc="center", ncols=len(tones), fontsize=6, frameon=False, **style)


def _draw_shuffles(
    cells: "Sequence[SubFigure]",
    caption: "SubFigure",
    found: Sequence[Connectivity],
    shuffles: Sequence[tuple[str, Pair]],
) -> None:
    are_few = all(pair.channels * len(pair.sources) <= _LINES for _, pair in shuffles)
    across = 2 + any(pair.recovered for _, pair in shuffles)
    for cell, each, (block, pair) in zip(cells, found, shuffles, strict=False):
        title = f"{shortened(each.network.title)}, {block}: {pair.channels} channels in {pair.groups} groups"
        cell.suptitle(title, fontsize=7)
        for place, (label, sources, connected) in enumerate(_panels(each, pair)):
            axes = _panel(cell, place, across)
            axes.set_title(f"{label}\n{thousands(connected)} of {thousands(pair.possible)}", fontsize=5.5, pad=3)
            (_draw_dots if are_few else _draw_matrix)(axes, pair, sources)
    if are_few:
        words = "circles: channels before the shuffle, each group in one tone; bars: groups after it"
        caption.text(0.5, 0.5, words, ha="center", va="center", fontsize=5.5)
    else:
        _explain(caption, {"connected": "black", "channels of one group": _GREY, "not connected": "white"})


def _panel(cell: "SubFigure", place: int, across: int) -> "Axes":
    """A square of the same size in every cell, the left one first, with room for names on its left and below."""
    width, height = cell.bbox.width / cell.figure.dpi, cell.bbox.height / cell.figure.dpi
    side = min(_SIDE, height - 0.64)
    left = (place + 0.5) * width / across - side / 2 + 0.06
    return cell.add_axes((left / width, 0.21 / height, side / width, side / height))


def _panels(found: Connectivity, pair: Pair) -> list[tuple[str, Sequence[int], int]]:
    """What is drawn of a shuffle: a title, the channels on which each group depends, and the connections."""
    panels: list[tuple[str, Sequence[int], int]] = [
        ("no shuffle", pair.sources_without_shuffle, pair.without_shuffle),
        ("shuffle", pair.sources, pair.kept),
    ]
    if pair.recovered:
        panels.append((f"shuffle and {', '.join(found.branches)}", pair.sources_with_branch, pair.with_branch))
    return panels


# What connects channels, and by which share: each has what the ones below it have, too.
_LAYERS = {"with branches": ("white", "connected"), "with shuffles": (_GREY, "without_branch")}
_LAYERS |= {"by convolutions alone": ("black", "without_both")}


def _draw_shares(cells: "Sequence[SubFigure]", caption: "SubFigure", found: Sequence[Connectivity]) -> None:
    """The share of pairs of an input and an output channel that are connected, a bar a block."""
    seen: dict[str, str] = {}
    for cell, each in zip(cells, found, strict=False):
        axes = cell.subplots()
        below = [Fraction(0)] * len(each.blocks)
        for name, (tone, share) in reversed(_LAYERS.items()):
            shares = [getattr(block.shares, share) for block in each.blocks]
            sizes = [whole - part for whole, part in zip(shares, below, strict=True)]
            seen |= {name: tone} if any(sizes) else {}
            style: dict[str, Any] = {"color": tone, "edgecolor": "black", "linewidth": 0.5}
            axes.bar(range(1, len(sizes) + 1), _percents(sizes), 0.7, _percents(below), **style)
            below = shares
        _name_blocks(axes, each)
    _explain(caption, seen)


def _percents(shares: Sequence[Fraction]) -> list[float]:
    return [100 * float(share) for share in shares]


def _name_blocks(axes: "Axes", found: Connectivity) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_title(shortened(found.network.title), fontsize=7)
    axes.set(ylim=(0, 100), xlim=(0.3, len(found.blocks) + 0.7), yticks=[0, 50, 100])
    axes.set_xlabel("block, in the order of execution", fontsize=6)
    axes.set_ylabel("connected pairs of an\ninput and an output\nchannel  (%)", fontsize=6)
    axes.tick_params(labelsize=6)
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.spines[["top", "right"]].set_visible(False)


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
    ends = [0, pair.channels - 1]
    axes.tick_params(labelsize=5.5, length=2)
    axes.set_xticks(ends, map(str, ends))
    axes.set_yticks(ends, map(str, ends), rotation=90)
    for tick, other, across, along in zip(
        axes.xaxis.get_major_ticks(), axes.yaxis.get_major_ticks(), ("left", "right"), ("top", "bottom"), strict=True
    ):
        tick.label1.set(horizontalalignment=across)
        other.label1.set(verticalalignment=along)
    # Between the two numbers.
    axes.set_xlabel("channel", fontsize=5.5, labelpad=-5.6)
    axes.set_ylabel("channel", fontsize=5.5, labelpad=-5.6)


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
            image = axes.imshow(block.strength.energy, cmap="gray_r", vmin=0, vmax=1)
            axes.set_title(block.name, fontsize=6, pad=2)
            axes.set(xticks=[], yticks=[])
        figure.supxlabel("group before the shuffle", fontsize=7)
        figure.supylabel("group after it", fontsize=7)
        bar = figure.colorbar(image, ax=cells, location="top", shrink=0.6, aspect=40, ticks=[0, 0.5, 1])
        bar.set_label("share of the energy of a group after the shuffle", fontsize=6)
        bar.ax.tick_params(labelsize=6)

    save(draw, 0.85 * down + 0.65, path, force)
