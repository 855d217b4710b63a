"""Printed figures beside counts, and the rule that leads from one to the other.

No row states its rule: a few ways to count are tried in turn, each truncated and rounded to the digits that are
printed. Of a figure that both make, it is taken to be what more figures of the same paper are.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache

from menet_design.analysis.cost import Cost, count
from menet_design.analysis.size import size
from menet_design.errors import IllegalDesign
from menet_design.families.architectures import network
from menet_design.families.naming import parse
from menet_design.graph.network import Network
from menet_design.papers.detectors import detect_as_printed
from menet_design.papers.tables import BUDGETS, TABLES, CountedColumn, PaperTable, Printed

_ROUNDINGS = {"truncated": ROUND_DOWN, "rounded": ROUND_HALF_UP}
_SUFFIXES = {"k": 10**3, "M": 10**6, " × 10⁶": 10**6}
_MILLION = 10**6

# The reason of a count beside which the paper prints nothing.
UNPRINTED = "no figure is printed"


@dataclass(frozen=True)
class Figure:
    """A printed figure: its value, and what one in its last printed digit is worth."""

    value: Decimal
    digit: Decimal


@dataclass(frozen=True)
class Rule:
    """How a printed figure comes from a count: what is counted, "" for everything, and how it was shortened."""

    counted: str
    rounding: str

    def __str__(self) -> str:
        return f"{self.counted}, {self.rounding}" if self.counted else self.rounding


@dataclass(frozen=True)
class MatchedFigure:
    """A row of a paper's table beside what its design counts.

    `counted` says what is counted and beside which column, `total` is that count, `macs` the multiply-adds. `ok` says
    whether a rule makes the printed figure from the count; None where no figure is printed. `larger_map` is the map,
    "16×16", on which the classifier would have to stand for the figure to come out, if there is one. `reason` is
    "" where nothing is to be said.
    """

    table: PaperTable = field(repr=False)
    row: Printed
    counted: CountedColumn
    network: Network | None = field(default=None, repr=False)
    macs: int | None = None
    total: Fraction | None = None
    rule: Rule | None = None
    ok: bool | None = None
    reason: str = ""
    larger_map: str = ""

    @property
    def printed(self) -> str | None:
        """The figure as the table prints it."""
        return self.row.figures.get(self.counted.column or "")


def figure(text: str, unit: int = 1) -> Figure:
    """The value of "144", "773.4k", "1.3M" or "144 × 10⁶", in units unless it says its own."""
    found = re.fullmatch(r"([0-9.]+)([kM]| × 10⁶)?", text)
    if not found:
        raise ValueError(text)
    scale = _SUFFIXES.get(found[2], unit)
    value = Decimal(found[1])
    return Figure(value * scale, Decimal(1).scaleb(int(value.as_tuple().exponent)) * scale)


def match_figures(table: PaperTable) -> list[MatchedFigure]:
    """Every row of a table, once for each count beside it, with the rule that makes its figure, or why none does."""
    return [_matched(table, row, counted) for row in table.rows for counted in table.counted]


@cache
def cost_of(name: str) -> Cost:
    """What the network of a name costs."""
    return count(network(parse(name)))


def roundings(total: Fraction | int, printed: Figure) -> list[str]:
    """How a total may have been shortened to a printed figure; nothing where it makes another one."""
    exact = Decimal(Fraction(total).numerator) / Decimal(Fraction(total).denominator)
    return [
        name
        for name, rounding in _ROUNDINGS.items()
        if (exact / printed.digit).quantize(Decimal(1), rounding) * printed.digit == printed.value
    ]


def _matched(table: PaperTable, row: Printed, counted: CountedColumn) -> MatchedFigure:
    alone = MatchedFigure(table, row, counted, ok=False if row.figures.get(counted.column or "") else None)
    cost, reason = _counted(row)
    if cost is None:
        return replace(alone, reason=reason)
    found = replace(alone, network=cost.network, macs=cost.macs, total=_total(cost, row, counted))
    if alone.printed is None:
        return replace(found, reason=_unprinted(found, cost))
    return _ruled(found, cost, figure(alone.printed, counted.unit))


def _counted(row: Printed) -> tuple[Cost | None, str]:
    """What a row's design costs, or why there is none."""
    if row.name is None:
        return None, row.reason
    try:
        return cost_of(row.name), ""
    except IllegalDesign as error:
        return None, error.cause


def _total(cost: Cost, row: Printed, counted: CountedColumn) -> Fraction:
    return Fraction(_TOTALS[counted.kind](cost, row) * counted.factor)


# What the columns of the papers count of a row's network.
_TOTALS: Mapping[str, Callable[[Cost, Printed], int | Fraction]] = {
    "macs": lambda cost, _: cost.macs,
    "params": lambda cost, _: cost.params,
    "bytes": lambda cost, row: size(cost.network, row.scheme, row.layers).bytes,
    "patterns": lambda cost, row: size(cost.network, row.scheme, row.layers).binarized,
    "detector": lambda cost, _: detect_as_printed(cost.network).macs,
}


def _unprinted(found: MatchedFigure, cost: Cost) -> str:
    """That there is no figure, or what share of the weights the count is."""
    if found.counted.kind != "patterns":
        return UNPRINTED
    whole = size(cost.network, found.row.scheme, found.row.layers)
    kept = f"{whole.weights - whole.binarized:,} of {whole.weights:,} weights stay in floating point"
    return f"{whole.binarized:,} of {whole.conv_weights:,} convolution weights are binarized; {kept}"


def _ruled(found: MatchedFigure, cost: Cost, printed: Figure) -> MatchedFigure:
    """A row with the rule that makes its printed figure, or with what is known of a figure that none makes."""
    rule = next(_rules(found, cost, printed), None)
    if rule is None:
        return _unmatched(found, cost, printed)
    reason = _left_out(cost) if rule.counted == _CONVOLUTIONS else found.row.reason
    return replace(found, rule=rule, ok=True, reason=reason)


_CONVOLUTIONS = "convolutions only"


def _rules(found: MatchedFigure, cost: Cost, printed: Figure) -> Iterator[Rule]:
    """The rules that make a printed figure, the plainest first; a coarse one must not take a budget for a count."""
    counted, total = found.counted, Fraction(found.total or 0)
    ways = {f"{counted.factor} × MACs" if counted.factor > 1 else "": total}
    if counted.kind == "macs":
        ways[_CONVOLUTIONS] = Fraction(counted.factor * _convolutions(cost))
    for digit, words in ((1, ""), (100, " to 100s")):
        coarse = Figure(printed.value, printed.digit * digit)
        for way, amount in ways.items():
            made = roundings(amount, coarse)
            if made and (digit == 1 or not _is_budget(printed)):
                usual = _usual(found.table.paper)
                yield Rule(way, (usual if usual in made else made[0]) + words)


@cache
def _usual(paper: str) -> str:
    """What makes more figures of a paper from their totals: truncation or rounding."""
    made: Counter[str] = Counter()
    tables = (table for table in TABLES.values() if table.paper == paper)
    for row, counted in ((row, counted) for table in tables for row in table.rows for counted in table.counted):
        text, (cost, _) = row.figures.get(counted.column or ""), _counted(row)
        if text and cost:
            made.update(roundings(_total(cost, row, counted), figure(text, counted.unit)))
    return max(_ROUNDINGS, key=lambda name: made[name])


def _is_budget(printed: Figure) -> bool:
    return printed.value in [budget * _MILLION for budget in BUDGETS]


def _unmatched(found: MatchedFigure, cost: Cost, printed: Figure) -> MatchedFigure:
    """What a figure is that no count makes, and why."""
    row, counted = found.row, found.counted
    distance = _distance(Fraction(found.total or 0), printed)
    if counted.kind == "macs" and counted.factor == 1 and _is_budget(printed):
        return replace(found, rule=Rule("", "budget"), reason=f"a budget, not a count: the network is {distance} it")
    if row.origin and row.others:
        counts = [f"{each.network.name} counts {_millions(each.macs)}" for each in (cost, *map(cost_of, row.others))]
        return replace(found, rule=Rule("", "quoted"), reason=f"quoted from {row.origin}; {', '.join(counts)}")
    larger = _larger_map(found, cost, printed) if counted.kind == "macs" else ""
    reason = f"the count is {distance} the figure"
    if larger:
        reason += f", which fits a classifier on {larger} pixels"
    elif counted.kind == "bytes" and _is_four_a_parameter(row, printed):
        reason += f", which is 4 bytes for each of the printed {row.figures['Params']}"
    return replace(found, reason="; ".join(filter(None, (row.reason, reason))), larger_map=larger)


def _distance(total: Fraction, printed: Figure) -> str:
    """How far a count lies from a figure: "2.8 % over"."""
    share = total / Fraction(printed.value) - 1
    return f"{abs(float(share)) * 100:.1f} % {'over' if share > 0 else 'under'}"


def _is_four_a_parameter(row: Printed, printed: Figure) -> bool:
    """Whether a stored size is that of as many floats as the row prints parameters."""
    return "Params" in row.figures and 4 * figure(row.figures["Params"]).value == printed.value


# A larger map may explain a figure by chance, unless it adds many times what the last printed digit is worth.
_DIGITS_ADDED = 10


def _larger_map(found: MatchedFigure, cost: Cost, printed: Figure) -> str:
    """The map, "16×16", on which the classifier would have to stand for a figure to come out; "" if on none."""
    classifier = cost.network.blocks[-1]
    (_, *sides), features = classifier.read[0], [op for op in classifier.operations if op.kind == "linear"]
    if max(sides) == 1 or len(features) != 1:
        return ""
    for scale in (2, 4):
        more = found.counted.factor * features[0].in_elements * features[0].channels * (scale**2 - 1)
        fits = _usual(found.table.paper) in roundings(Fraction(found.total or 0) + more, printed)
        if fits and more >= _DIGITS_ADDED * printed.digit:
            return "×".join(str(side * scale) for side in sides)
    return ""


def _convolutions(cost: Cost) -> int:
    return sum(row.macs for row in cost.by("operation") if row.name == "conv")


def _left_out(cost: Cost) -> str:
    """What a figure of convolutions alone leaves out."""
    convolutions = _convolutions(cost)
    left = _millions(cost.macs - convolutions)
    return f"convolutions only, {_millions(convolutions)} million: the fully connected layers have {left} more"


def _millions(macs: int) -> str:
    return f"{macs / _MILLION:,.2f}"
