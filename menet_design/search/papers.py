"""Printed figures beside computed ones, and the rule that joins them.

No row states its rule: a few ways to count are tried in turn, each truncated and rounded to the digits that are
printed. Of a figure that both make, it is taken to be what more figures of the same paper are.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache
from typing import NamedTuple

from menet_design.analysis.cost import Cost, count
from menet_design.errors import IllegalDesign
from menet_design.search.naming import parse
from menet_design.zoo.papers import BUDGETS, TABLES, PaperTable, Printed

_MANNERS = {"truncated": ROUND_DOWN, "rounded": ROUND_HALF_UP}
_SUFFIXES = {"k": 10**3, "M": 10**6, " × 10⁶": 10**6}
_MILLION = 10**6


class Figure(NamedTuple):
    """A printed figure: its value, and what one in its last printed digit is worth."""

    value: Decimal
    digit: Decimal


class Rule(NamedTuple):
    """How a printed figure comes from a count: what is counted, "" for everything, and how it was shortened."""

    counted: str
    manner: str

    def __str__(self) -> str:
        return f"{self.counted}, {self.manner}" if self.counted else self.manner


class Joined(NamedTuple):
    """A row of a paper's table beside what its design counts.

    `total` is what the table's column counts of it: `macs` times its factor, or parameters. `ok` says whether a rule
    makes the printed figure from a count; None where no figure is printed. `reason` is "" where nothing is to be said.
    """

    table: PaperTable
    row: Printed
    macs: int | None
    total: int | None
    rule: Rule | None
    ok: bool | None
    reason: str

    @property
    def printed(self) -> str | None:
        """The figure as the table prints it."""
        return self.row.figures.get(self.table.joined) if self.table.joined else None


def figure(text: str, unit: int = 1) -> Figure:
    """The value of "144", "773.4k", "1.3M" or "144 × 10⁶", in units unless it says its own."""
    found = re.fullmatch(r"([0-9.]+)([kM]| × 10⁶)?", text)
    if not found:
        raise ValueError(text)
    scale = _SUFFIXES.get(found[2], unit)
    value = Decimal(found[1])
    return Figure(value * scale, Decimal(1).scaleb(int(value.as_tuple().exponent)) * scale)


def join(table: PaperTable) -> list[Joined]:
    """Every row of a table with the rule that joins it to its design's count, or the reason why none does."""
    return [_joined(table, row) for row in table.rows]


def manners(total: int, printed: Figure) -> list[str]:
    """How a total may have been shortened to a printed figure; nothing where it makes another one."""
    return [
        name
        for name, rounding in _MANNERS.items()
        if (total / printed.digit).quantize(Decimal(1), rounding) * printed.digit == printed.value
    ]


@cache
def _usual(paper: str) -> str:
    """What makes more figures of a paper from their totals: truncation or rounding."""
    found: Counter[str] = Counter()
    for table in TABLES.values():
        for row in table.rows if table.paper == paper else ():
            cost, text = _counted(row)[0], row.figures.get(table.joined or "")
            if cost and text:
                found.update(manners(_total(table, cost), figure(text, table.unit)))
    return max(_MANNERS, key=lambda name: found[name])


def _total(table: PaperTable, cost: Cost) -> int:
    """What the column of a table counts."""
    return cost.params if table.counts == "params" else table.factor * cost.macs


def _joined(table: PaperTable, row: Printed) -> Joined:
    cost, reason = _counted(row)
    text = row.figures.get(table.joined) if table.joined else None
    if cost is None:
        return Joined(table, row, None, None, None, False if text else None, reason)
    total = _total(table, cost)
    if text is None:
        return Joined(table, row, cost.macs, total, None, None, "no figure is printed")
    printed = figure(text, table.unit)
    rule = next(_rules(table, cost, printed), None)
    if rule:
        return Joined(table, row, cost.macs, total, rule, True, _parts(cost) if "only" in rule.counted else row.reason)
    rule, reason = _unjoined(table, row, cost, printed)
    return Joined(table, row, cost.macs, total, rule, False, reason)


def _counted(row: Printed) -> tuple[Cost | None, str]:
    """What a row's design costs, or why there is none."""
    if row.name is None:
        return None, row.reason
    try:
        return count(parse(row.name)), ""
    except IllegalDesign as error:
        return None, error.cause


def _rules(table: PaperTable, cost: Cost, printed: Figure) -> Iterator[Rule]:
    """The rules that make a printed figure, the plainest first; a budget is no count, whatever comes near it."""
    ways = {f"{table.factor} × MACs" if table.factor > 1 else "": _total(table, cost)}
    if table.counts == "macs":
        ways["convolutions only"] = table.factor * _convolutions(cost)
    for digit, words in ((1, ""), (100, " to 100s")):
        coarse = printed._replace(digit=printed.digit * digit)
        for way, total in ways.items():
            found = manners(total, coarse)
            if found and (digit == 1 or not _is_budget(printed)):
                usual = _usual(table.paper)
                yield Rule(way, (usual if usual in found else found[0]) + words)


def _is_budget(printed: Figure) -> bool:
    return printed.value in [budget * _MILLION for budget in BUDGETS]


def _unjoined(table: PaperTable, row: Printed, cost: Cost, printed: Figure) -> tuple[Rule | None, str]:
    """What a figure is that no count makes, and why."""
    total = table.factor * cost.macs
    share = f"{abs(float(total / printed.value) - 1):.1%}".replace("%", " %")
    side = "over" if total > printed.value else "under"
    if table.factor == 1 and _is_budget(printed):
        return Rule("", "budget"), f"a budget, not a count: the network is {share} {side} it"
    if row.origin and row.others:
        counts = [f"{name} counts {_millions(count(parse(name)).macs)}" for name in (cost.design.name, *row.others)]
        return Rule("", "quoted"), f"quoted from {row.origin}; {', '.join(counts)}"
    side_of_map = larger_map(table, cost, printed)
    if side_of_map:
        return None, f"the count is {share} {side}; the figure fits a classifier on {side_of_map} pixels"
    return None, f"unexplained: the count is {share} {side} the figure"


def larger_map(table: PaperTable, cost: Cost, printed: Figure) -> str | None:
    """The map, "16×16", on which the classifier would have to stand for a figure to come out; None if on none."""
    *_, last, classifier = cost.network.blocks
    _, height, width = last.last.output
    features = [op for op in classifier.operations if op.kind == "linear"]
    if height == 1 or len(features) != 1:
        return None
    for scale in (2, 4):
        more = features[0].in_channels * features[0].channels * (scale**2 - 1)
        if manners(table.factor * (cost.macs + more), printed):
            return f"{height * scale}×{width * scale}"
    return None


def _convolutions(cost: Cost) -> int:
    return sum(row.macs for row in cost.by("operation") if row.operation == "conv")


def _parts(cost: Cost) -> str:
    """What a figure of convolutions alone leaves out."""
    left = cost.macs - _convolutions(cost)
    return f"convolutions only: the fully connected layers have {_millions(left)} million of {_millions(cost.macs)}"


def _millions(macs: int) -> str:
    return f"{macs / _MILLION:,.2f}"
