"""Lost inter-group connections: the answer of `loss-ratio`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.derivation import Step
from menet_design.analysis.loss_ratio import Connections
from menet_design.report.export import align
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import exact, percent

_PAIR = "C channels in G groups of C/G around a channel shuffle (arXiv 1803.09127, III-A)"
_LATEX_NAMES = {
    "N_total": r"N_{\mathrm{total}}",
    "N_actual": r"N_{\mathrm{actual}}",
    "lost": r"\mathrm{lost}",
    "N_exact": r"N_{\mathrm{exact}}",
    "excess": r"\mathrm{excess}",
    "bound": r"\mathrm{bound}",
    "share": r"\mathrm{share}",
}
_HINT = "how it is derived: menet-design loss-ratio --groups {groups} --derive"


def closed_form(losses: dict[int, Fraction]) -> Document:
    """(G - 1)/G for some numbers of groups, by number of groups."""
    results = [_ratio(groups, loss) for groups, loss in losses.items()]
    keys = ("groups", "numerator", "denominator", "loss_ratio")
    records = Table([Column(key, key) for key in keys], [[result[key] for key in keys] for result in results])
    if len(losses) > 1:
        return Document(
            "loss-ratio", results, _ratios(losses), "inter-group connections lost in a shuffle", (), records
        )
    ((groups, loss),) = losses.items()
    lost = f"{loss} = {percent(loss)} of the inter-group connections are lost"
    hints = (_HINT.format(groups=groups),)
    headline = f"{lost} in a shuffle of {_groups(groups)}"
    return Document("loss-ratio", results, _ratios(losses), headline, hints, records, bodies={"table": ""})


def _ratios(losses: dict[int, Fraction]) -> Table:
    columns = (Column("groups", "groups"), Column("fraction", "lost"), Column("loss_ratio", "in percent", percent))
    return Table(columns, [(groups, loss, loss) for groups, loss in losses.items()])


def counted(counts: Sequence[tuple[Fraction, Connections]]) -> Document:
    """The closed form beside the count through a real shuffle."""
    results = [_counted(loss, count) for loss, count in counts]
    keys = tuple(results[0])
    records = Table([Column(key, key) for key in keys], [[result[key] for key in keys] for result in results])
    columns = (
        Column("groups", "groups"),
        Column("possible", "N_total", exact),
        Column("kept_closed_form", "N_actual (Eq. 2)", _number),
        Column("kept", "counted", exact),
        Column("loss_ratio", "lost (Eq. 3)", percent),
        Column("exact_loss_ratio", "lost, counted", percent),
    )
    rows = [(c.groups, c.possible, c.kept_closed_form, c.kept, loss, c.exact_loss_ratio) for loss, c in counts]
    headline = (
        _comparison(*counts[0]) if len(counts) == 1 else f"{counts[0][1].channels} channels around a channel shuffle"
    )
    notes = tuple(_reason(count) for _, count in counts if not count.is_exact)
    return Document("loss-ratio", results, Table(columns, rows), headline, notes, records)


def _counted(loss: Fraction, count: Connections) -> dict[str, Any]:
    return _ratio(count.groups, loss) | {
        "channels": count.channels,
        "possible": count.possible,
        "kept": count.kept,
        "exact_loss_ratio": float(count.exact_loss_ratio),
    }


def derivation(losses: dict[int, Fraction], steps: Sequence[Step], counts: Sequence[Connections]) -> Document:
    """The derivation of Eq. 1 to 3 and of the general case, step by step; then with the numbers of some counts."""
    from sympy import Symbol, latex, sstr

    keys = ("equation", "name", "meaning", "left", "right")
    printed = [(*step[:3], sstr(step.left, order="none"), sstr(step.right)) for step in steps]
    entries = [dict(zip(keys, step, strict=True)) for step in printed]
    results = (
        [_counted(losses[count.groups], count) for count in counts]
        if counts
        else [_ratio(groups, loss) for groups, loss in losses.items()]
    )
    lines = ["{equation}  {name}: {meaning}\n  = {left}\n  = {right}".format(**entry) for entry in entries]
    spans = ["{equation}  {name}: {meaning}, `{left}` = `{right}`".format(**entry) for entry in entries]
    style = {"order": "none", "long_frac_ratio": 1, "symbol_names": {Symbol(k): v for k, v in _LATEX_NAMES.items()}}
    aligned = align(
        [f"{_LATEX_NAMES[step.name]} &= {latex(step.left, **style)} = {latex(step.right)}" for step in steps]
    )
    bodies = {"table": "\n\n".join(lines), "markdown": "\n\n".join(spans), "latex": aligned}
    table = Table([Column(key, key) for key in keys], printed)
    described = [result | {"derivation": entries} for result in results]
    return Document("loss-ratio", described, table, _PAIR, tuple(map(_in_numbers, counts)), bodies=bodies)


def _in_numbers(count: Connections) -> str:
    """The exact sum: "C = 88, G = 8: 8·(11² − 3·2² − 5·1²)/2 = 416, 7.5 below Eq. 2 (≤ 8)"."""
    size, groups = count.channels // count.groups, count.groups
    q, s = divmod(size, groups)
    total = f"{groups}·({size}² − {s}·{q + 1}² − {groups - s}·{q}²)/2"
    below = f"{_number(count.excess)} below Eq. 2 (≤ {_number(count.bound)})"
    return f"C = {count.channels}, G = {groups}: {total} = {exact(count.kept)}, {below}"


def _ratio(groups: int, loss: Fraction) -> dict[str, Any]:
    return {
        "groups": groups,
        "numerator": loss.numerator,
        "denominator": loss.denominator,
        "loss_ratio": float(loss),
    }


def _comparison(loss: Fraction, count: Connections) -> str:
    kept = f"{exact(count.kept)} of {exact(count.possible)} connections kept"
    if count.is_exact:
        return f"{loss} = {percent(loss)} in closed form and exactly ({kept})"
    return f"{loss} = {percent(loss)} in closed form; {percent(count.exact_loss_ratio)} exactly ({kept})"


def _reason(count: Connections) -> str:
    size, groups = count.channels // count.groups, count.groups
    received = f"{size // groups} or {size // groups + 1} channels of each, not {Fraction(size, groups)}"
    return f"{groups}² does not divide {count.channels}: a group receives {received}"


def _groups(groups: int) -> str:
    return "1 group" if groups == 1 else f"{groups} groups"


def _number(value: Fraction) -> str:
    return exact(int(value)) if value.denominator == 1 else f"{float(value):,.1f}"
