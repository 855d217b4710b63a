"""The printed figures of the papers' tables beside counts, and the rule that leads from one to the other.

No row states its rule: `analysis.figures` searches for it. Of a figure that truncation and rounding both make, it is
taken to be what more figures of the same paper are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

from menet_design.analysis.cost import Cost, count
from menet_design.analysis.detector import detect
from menet_design.analysis.explanation import CONVOLUTIONS
from menet_design.analysis.figures import Figure, Rule, commonest, deviation, figure, missed, roundings, rules
from menet_design.analysis.size import size
from menet_design.errors import IllegalDesign
from menet_design.families.architectures import network
from menet_design.families.naming import parse
from menet_design.graph.network import Network
from menet_design.papers.detectors import split_of
from menet_design.papers.tables import BUDGETS, TABLES, CountedColumn, PaperTable, Printed

_MILLION = 10**6

# The reason of a count beside which the paper prints nothing.
UNPRINTED = "no figure is printed"


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


def match_figures(table: PaperTable) -> list[MatchedFigure]:
    """Every row of a table, once for each count beside it, with the rule that makes its figure, or why none does."""
    return [_matched(table, row, counted) for row in table.rows for counted in table.counted]


@cache
def cost_of(name: str) -> Cost:
    """What the network of a name costs."""
    return count(network(parse(name)))


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


def _detector(name: str) -> int:
    """The multiply-adds of the detector on the network of a name."""
    own, design = cost_of(name).network, parse(name)
    return detect(own, lambda *sides: network(design.but(resolution=sides)), split=split_of(own)).macs


def _total(cost: Cost, row: Printed, counted: CountedColumn) -> Fraction:
    return Fraction(_TOTALS[counted.kind](cost, row) * counted.factor)


# What the columns of the papers count of a row's network.
_TOTALS: Mapping[str, Callable[[Cost, Printed], int | Fraction]] = {
    "macs": lambda cost, _: cost.macs,
    "params": lambda cost, _: cost.params,
    "bytes": lambda cost, row: size(cost.network, row.scheme, row.layers).bytes,
    "patterns": lambda cost, row: size(cost.network, row.scheme, row.layers).binarized,
    "detector": lambda _, row: _detector(str(row.name)),
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
    rule = _rule(found, cost, printed)
    if rule is None:
        return _unmatched(found, cost, printed)
    reason = _left_out(cost) if rule.counted == CONVOLUTIONS else found.row.reason
    return replace(found, rule=rule, ok=True, reason=reason)


def _rule(found: MatchedFigure, cost: Cost, printed: Figure) -> Rule | None:
    """The plainest rule that makes a printed figure; a coarse one must not take a budget for a count."""
    counted, usual = found.counted, _usual(found.table.paper)
    totals = {f"{counted.factor} × MACs" if counted.factor > 1 else "": Fraction(found.total or 0)}
    if counted.kind == "macs":
        totals[CONVOLUTIONS] = Fraction(counted.factor * _convolutions(cost))
    return next(iter(rules(printed, totals, usual, coarse=not _is_budget(printed))), None)


@cache
def _usual(paper: str) -> str:
    """What makes more figures of a paper from their totals: truncation or rounding."""
    tables = (table for table in TABLES.values() if table.paper == paper)
    cells = ((row, counted) for table in tables for row in table.rows for counted in table.counted)
    (usual, _), *_ = commonest(_of_total(row, counted) for row, counted in cells)
    return usual.rounding


def _of_total(row: Printed, counted: CountedColumn) -> list[Rule]:
    """The rules that make a printed figure of all that is counted."""
    text, (cost, _) = row.figures.get(counted.column or ""), _counted(row)
    return rules(figure(text, counted.unit), {"": _total(cost, row, counted)}) if text and cost else []


def _is_budget(printed: Figure) -> bool:
    return printed.value in [budget * _MILLION for budget in BUDGETS]


def _unmatched(found: MatchedFigure, cost: Cost, printed: Figure) -> MatchedFigure:
    """What a figure is that no count makes, and why."""
    row, counted = found.row, found.counted
    far = missed(deviation(found.total or 0, printed))
    if counted.kind == "macs" and counted.factor == 1 and _is_budget(printed):
        return replace(found, rule=Rule("", "budget"), reason=f"a budget, not a count: the network is {far} it")
    if row.origin and row.others:
        counts = [f"{each.network.name} counts {_millions(each.macs)}" for each in (cost, *map(cost_of, row.others))]
        return replace(found, rule=Rule("", "quoted"), reason=f"quoted from {row.origin}; {', '.join(counts)}")
    larger = _larger_map(found, cost, printed) if counted.kind == "macs" else ""
    reason = f"the count is {far} the figure"
    if larger:
        reason += f", which fits a classifier on {larger} pixels"
    elif counted.kind == "bytes" and _is_four_a_parameter(row, printed):
        reason += f", which is 4 bytes for each of the printed {row.figures['Params']}"
    return replace(found, reason="; ".join(filter(None, (row.reason, reason))), larger_map=larger)


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
