"""Lost inter-group connections: the answer of `loss-ratio`."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from menet_design.analysis.loss_ratio import Connections
from menet_design.report.export import align
from menet_design.report.tables import Column, Document, Table, columns, picked
from menet_design.report.units import percent, thousands

if TYPE_CHECKING:
    from menet_design.analysis.derivation import Step

_AROUND = "C channels in G groups of C/G around a channel shuffle (arXiv 1803.09127, III-A)"
_RATIOS = (Column("groups", "groups"), Column("fraction", "lost"), Column("loss_ratio", "in percent", percent))


def closed_form(losses: Mapping[int, Fraction]) -> Document:
    """(G - 1)/G for some numbers of groups, by number of groups."""
    results = [_ratio(groups, loss) for groups, loss in losses.items()]
    table = Table(_RATIOS, [_ratio(groups, loss) | {"fraction": loss} for groups, loss in losses.items()])
    if len(losses) > 1:
        return Document("loss-ratio", results, table, "inter-group connections lost in a shuffle")
    ((groups, loss),) = losses.items()
    lost = f"{loss} = {percent(loss)} of the inter-group connections are lost"
    headline = f"{lost} in a shuffle of {'1 group' if groups == 1 else f'{groups} groups'}"
    hint = f"how it is derived: menet-design loss-ratio --groups {groups} --derive"
    return Document("loss-ratio", results, table, headline, [hint], bodies={"table": ""})


def counted(losses: Mapping[int, Fraction], counts: Sequence[Connections]) -> Document:
    """The closed form beside the count through a real shuffle."""
    results = [_counted(losses, count) for count in counts]
    shown = (
        Column("groups", "groups"),
        Column("possible", "N_total", thousands),
        Column("kept_closed_form", "N_actual (Eq. 2)", _number),
        Column("kept", "counted", thousands),
        *columns(percent, loss_ratio="lost (Eq. 3)", exact_loss_ratio="lost, counted"),
    )
    table = Table(shown, [vars(count) | result for count, result in zip(counts, results, strict=True)])
    several = f"{counts[0].channels} channels around a channel shuffle"
    headline = several if len(counts) > 1 else _comparison(losses[counts[0].groups], counts[0])
    return Document("loss-ratio", results, table, headline, [_reason(count) for count in counts if not count.is_exact])


def derivation(losses: Mapping[int, Fraction], steps: "Sequence[Step]", counts: Sequence[Connections]) -> Document:
    """The derivation of Eq. 1 to 3 and of the general case, step by step; then with the numbers of some counts."""
    from sympy import sstr

    results = [_counted(losses, count) for count in counts] or [_ratio(*each) for each in losses.items()]
    entries = [step._asdict() | {"left": sstr(step.left, order="none"), "right": sstr(step.right)} for step in steps]
    lines = ["{equation}  {name}: {meaning}\n  = {left}\n  = {right}".format(**entry) for entry in entries]
    spans = ["{equation}  {name}: {meaning}, `{left}` = `{right}`".format(**entry) for entry in entries]
    bodies = {"table": "\n\n".join(lines), "markdown": "\n\n".join(spans), "latex": _in_latex(steps)}
    described = [result | {"derivation": entries} for result in results]
    notes = [_in_numbers(count) for count in counts]
    return Document("loss-ratio", described, headline=_AROUND, notes=notes, records=entries, bodies=bodies)


def _in_latex(steps: "Sequence[Step]") -> str:
    from sympy import Symbol, latex

    names = {Symbol(step.name): _upright(step.name) for step in steps}
    style = {"order": "none", "long_frac_ratio": 1, "symbol_names": names}
    return align([f"{_upright(step.name)} &= {latex(step.left, **style)} = {latex(step.right)}" for step in steps])


def _upright(name: str) -> str:
    """A name in LaTeX: its word set upright, below its letter if it has one."""
    letter, _, word = name.rpartition("_")
    upright = rf"\mathrm{{{word}}}"
    return f"{letter}_{{{upright}}}" if letter else upright


def _in_numbers(count: Connections) -> str:
    """The exact sum: "C = 88, G = 8: 8·(11² − 3·2² − 5·1²)/2 = 416, 7.5 below Eq. 2 (≤ 8)"."""
    size, groups = count.channels // count.groups, count.groups
    q, s = divmod(size, groups)
    total = f"{groups}·({size}² − {s}·{q + 1}² − {groups - s}·{q}²)/2"
    below = f"{_number(count.excess)} below Eq. 2 (≤ {_number(count.bound)})"
    return f"C = {count.channels}, G = {groups}: {total} = {thousands(count.kept)}, {below}"


def _ratio(groups: int, loss: Fraction) -> dict[str, Any]:
    return {"groups": groups, **picked(loss, "numerator", "denominator"), "loss_ratio": float(loss)}


def _counted(losses: Mapping[int, Fraction], count: Connections) -> dict[str, Any]:
    figures = picked(count, "channels", "possible", "kept")
    return _ratio(count.groups, losses[count.groups]) | figures | {"exact_loss_ratio": float(count.exact_loss_ratio)}


def _comparison(loss: Fraction, count: Connections) -> str:
    kept = f"{thousands(count.kept)} of {thousands(count.possible)} connections kept"
    if count.is_exact:
        return f"{loss} = {percent(loss)} in closed form and exactly ({kept})"
    return f"{loss} = {percent(loss)} in closed form; {percent(count.exact_loss_ratio)} exactly ({kept})"


def _reason(count: Connections) -> str:
    size, groups = count.channels // count.groups, count.groups
    received = f"{size // groups} or {size // groups + 1} channels of each, not {Fraction(size, groups)}"
    return f"{groups}² does not divide {count.channels}: a group receives {received}"


def _number(value: Fraction) -> str:
    return thousands(int(value)) if value.denominator == 1 else f"{float(value):,.1f}"
