"""What networks cost, as stacked bars of their parts, and along the legal values of a number."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.analysis.cost import Cost
from menet_design.errors import DesignError
from menet_design.exploration.curves import Curve
from menet_design.report.figures import PAGE_HEIGHT, save
from menet_design.report.labels import Label, place, shortened
from menet_design.report.units import millions_like

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Tones and patterns that can be told apart in print, and beside each other: the first that a stack has.
_FILLS = (
    ("0.25", ""),
    ("0.8", ""),
    ("white", "/////"),
    ("0.55", ""),
    ("white", ""),
    ("0.9", "....."),
    ("white", "xxxxx"),
    ("0.4", "\\\\\\\\\\"),
)
_OTHER = "other"
_BAR = 0.24  # inches
_ACROSS = 3
_VISIBLE = Fraction(1, 200)
# What a metric is called on an axis.
_UNITS = {
    "macs": "MFLOPs (multiply-adds)",
    "params": "parameters (millions)",
    "activations": "activations (millions)",
}
_MARKERS = "osv^Dx+P*<>"
# Markers of more values than these touch each other.
_APART = 60
_LEGAL = "  (a mark each legal value)"


def unit(metric: str, convention: str) -> str:
    """What is counted, for an axis: of multiply-adds by another convention than the paper's, by which."""
    return _UNITS[metric] if metric != "macs" or convention == "paper" else f"MFLOPs, counted as {convention}"


def stacked(
    costs: Sequence[Cost], by: str, metric: str, axis: str, path: Path, force: bool, in_shares: bool = False
) -> None:
    """Draw a bar a network, stacked of what its parts cost, with the sum at its end; `axis` says of what.

    Parts are those of a grouping; small ones, and those beyond eight, are drawn together. In shares of it all bars
    have one length. Raises DesignError for more bars than a page holds, and for networks that cost nothing.
    """
    totals = [getattr(each, metric) for each in costs]
    parts = _parts([{part.name: getattr(part, metric) for part in each.by(by)} for each in costs])
    lines = -(-len(parts) // _ACROSS)
    height = 0.7 + _BAR * len(costs) + 0.13 * lines
    if not all(totals):
        raise DesignError(f"{costs[totals.index(0)].network.name} has no {metric} to draw")
    if height > PAGE_HEIGHT:
        raise DesignError(f"{len(costs)} bars do not fit a page", "Draw fewer networks in a figure")
    scales = [total / 100 if in_shares else 10**6 for total in totals]

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        _draw_bars(axes, parts, scales)
        _write_sums(axes, totals, scales)
        axes.set_yticks(range(len(costs)), [shortened(each.network.title) for each in costs], fontsize=6.5)
        longest = max(total / scale for total, scale in zip(totals, scales, strict=True))
        axes.set(xlabel=f"share of {axis}  (%)" if in_shares else axis, xlim=(0, 1.2 * longest))
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.tick_params(axis="x", labelsize=6.5)
        if in_shares:
            axes.set_xticks(range(0, 101, 20))
        axes.spines[["top", "right"]].set_visible(False)
        _explain(figure, axes, lines)

    save(draw, height, path, force)


def _draw_bars(axes: "Axes", parts: Mapping[str, Sequence[Any]], scales: Sequence[float]) -> None:
    left = [0.0] * len(scales)
    for (name, amounts), (tone, pattern) in zip(parts.items(), _FILLS, strict=False):
        sizes = [float(amount / scale) for amount, scale in zip(amounts, scales, strict=True)]
        style: dict[str, Any] = {"color": tone, "hatch": pattern, "edgecolor": "black", "linewidth": 0.5}
        axes.barh(range(len(sizes)), sizes, 0.62, left, label=name, **style)
        left = [start + size for start, size in zip(left, sizes, strict=True)]


def _write_sums(axes: "Axes", totals: Sequence[Any], scales: Sequence[float]) -> None:
    written = millions_like(totals)
    for row, (total, scale) in enumerate(zip(totals, scales, strict=True)):
        beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 6}
        axes.annotate(written(total), (float(total / scale), row), (3, 0), **beside)


def _explain(figure: "Figure", axes: "Axes", lines: int) -> None:
    """Say what tones and patterns are, in the order of the stack, row by row."""
    handles, names = axes.get_legend_handles_labels()
    order = [row * _ACROSS + column for column in range(_ACROSS) for row in range(lines)]
    inside = [index for index in order if index < len(names)]
    figure.legend(
        [handles[index] for index in inside],
        [shortened(names[index]) for index in inside],
        loc="outside upper center",
        ncols=min(_ACROSS, len(names)),
        fontsize=6,
        frameon=False,
        handlelength=1.6,
        columnspacing=1.2,
    )


def _parts(costs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """By part, what it costs in each network: those that cost most of some network, and all others together."""
    names = dict.fromkeys(name for each in costs for name, amount in each.items() if amount)

    def share(name: str) -> Fraction:
        return max(Fraction(each.get(name, 0), sum(each.values()) or 1) for each in costs)

    visible = [name for name in sorted(names, key=share, reverse=True) if share(name) >= _VISIBLE]
    own = names if len(names) - len(visible) < 2 and len(names) <= len(_FILLS) else visible[: len(_FILLS) - 1]
    found = {name: [each.get(name, 0) for each in costs] for name in names if name in own}
    rest = [sum(amount for name, amount in each.items() if name not in own) for each in costs]
    return found | ({_OTHER: rest} if any(rest) else {})


def along_width(curves: Sequence[Curve], quantity: str, budget: Any, axis: str, path: Path, force: bool) -> None:
    """Draw the cost of each legal value as a point, a line a network, and the budget, if there is one, across.

    `quantity` and `axis` name the axes. A value that stands out is filled and named; more values than can be told
    apart are drawn as a line alone.
    """

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for curve, marker in zip(curves, _MARKERS * len(curves), strict=False):
            _draw_points(axes, curve.values, curve, marker if _is_sparse(curve) else "", marker, linewidth=0.6)
        axes.set(xlabel=f"{quantity}{_LEGAL if all(map(_is_sparse, curves)) else ''}", ylabel=axis)
        axes.set_ylim(0, None)
        _finish(axes, [_name(curve) for curve in curves], budget)

    save(draw, 2.5, path, force)


def along_groups(name: str, curves: Mapping[int, Curve], budget: Any, axis: str, path: Path, force: bool) -> None:
    """Draw the legal widths that cost about as much as a budget, for each number of groups; the nearest is named."""

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for column, curve in enumerate(curves.values()):
            _draw_points(axes, [column] * len(curve.values), curve, "o", "o", linewidth=0)
        axes.set_xticks(range(len(curves)), map(str, curves))
        axes.set(xlabel="groups g", ylabel=axis)
        axes.set_xlim(-0.5, len(curves) + 0.9)
        axes.set_title(
            f"{shortened(name)} with other groups:\nits legal widths, of which the nearest is named", fontsize=7
        )
        labels = [
            Label(str(curve.values[curve.chosen]), [(column, curve.amounts[curve.chosen] / 1e6)])
            for column, curve in enumerate(curves.values())
            if curve.chosen is not None
        ]
        _finish(axes, labels, budget)

    save(draw, 2.5, path, force)


def _is_sparse(curve: Curve) -> bool:
    """Whether each of its legal values can have a mark."""
    return curve.is_whole and len(curve.values) <= _APART


def _draw_points(axes: "Axes", places: Sequence[Any], curve: Curve, marker: str, own: str, linewidth: float) -> None:
    """Draw the values of a curve at some places, open, and the one that stands out filled."""
    amounts = [amount / 1e6 for amount in curve.amounts]
    style: dict[str, Any] = {"color": "black", "linewidth": linewidth, "markerfacecolor": "white"}
    axes.plot(places, amounts, marker=marker, markersize=3, markeredgewidth=0.6, **style)
    if curve.chosen is not None:
        axes.plot(places[curve.chosen], amounts[curve.chosen], marker=own, color="black", markersize=4.5)


def _name(curve: Curve) -> Label:
    """The name of a curve, at the value that stands out, or else at its end."""
    where = len(curve.values) - 1 if curve.chosen is None else curve.chosen
    return Label(shortened(curve.name), [(float(curve.values[where]), curve.amounts[where] / 1e6)])


def _finish(axes: "Axes", labels: Sequence[Label], budget: Any) -> None:
    """Draw the line of a budget, and write the names of everything."""
    axes.spines[["top", "right"]].set_visible(False)
    if budget is not None:
        height = float(budget) / 1e6
        axes.axhline(height, color="black", linewidth=0.6, linestyle="--")
        start, end = axes.get_xlim()
        places = [(start + share * (end - start), height) for share in (0.92, 0.12, 0.8, 0.3, 0.7)]
        labels = [*labels, Label(f"budget {height:,.5g}", places)]
    if place(axes, labels):
        raise DesignError(f"{len(labels)} names do not fit one figure", "Draw fewer networks in a figure")
