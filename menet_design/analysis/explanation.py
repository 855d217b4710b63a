"""By which rules a printed figure of a network comes out: convention, part, how often, on which image, rounded how."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

from menet_design.analysis.conventions import PAPER
from menet_design.analysis.cost import Cost, Row, count
from menet_design.analysis.counters import ALL
from menet_design.analysis.counters.shared import TWOFOLD
from menet_design.analysis.figures import Figure, Rule, commonest, deviation, figure, rules
from menet_design.analysis.reconciliation import reconcile
from menet_design.display import Displayed
from menet_design.graph.network import Network

CONVOLUTIONS = "convolutions only"
# How many of the rules are kept that miss a figure.
_NEAREST = 5


class Way(NamedTuple):
    """What is counted of a network.

    `quantity` is "macs" or "params"; `convention` is that of multiply-adds, "" for parameters; `part` says of what, ""
    for all; `factor` how often each is counted; `sides` are those of the input, "" for the network's own.
    """

    quantity: str
    convention: str = ""
    part: str = ""
    factor: Fraction = Fraction(1)
    sides: str = ""

    def __str__(self) -> str:
        names = {"": "parameters", PAPER.name: "multiply-adds"}
        what = names.get(self.convention, self.convention.replace("_", "-"))
        often = "half of " if self.factor < 1 else f"{self.factor} × " if self.factor > 1 else ""
        return f"{often}{what}{self.part and f', {self.part}'}{self.sides and f' at {self.sides}'}"


# What is counted, where it is all of a quantity.
PLAIN = (str(Way("macs", PAPER.name)), str(Way("params")))


class Match(NamedTuple):
    """A way to count, its total, how this was shortened to the figure, if it was, and how far it lies from it.

    `roundings` are "rounded" and "truncated", as far as they make the figure; `deviation` is a share of it.
    """

    way: Way
    total: Fraction
    roundings: tuple[str, ...]
    deviation: Fraction


@dataclass(frozen=True)
class Explanation(Displayed):
    """The rules by which a printed figure comes out for a network, the plainest first, and those that miss it least."""

    printed: str
    network: Network
    matches: tuple[Match, ...] = field(repr=False)
    nearest: tuple[Match, ...] = field(repr=False)


@dataclass(frozen=True)
class ExplainedRow:
    """A row of a table: its network, its figure, and the rule that makes it, of several that of most rows.

    `rule` is None where none makes it, or one that makes no other row and is not the plainest. `total` is what the rule
    counts, or, where there is none, what that of most rows does; `holds` says whether it is that of most rows.
    """

    network: Network
    printed: str
    rule: Rule | None
    total: Fraction
    deviation: Fraction
    holds: bool


class Usage(NamedTuple):
    """A rule, and how many of a table's figures it makes."""

    rule: Rule
    figures: int


@dataclass(frozen=True)
class ExplainedTable(Displayed):
    """The rows of a table with their rules, and all rules that make several of its figures, that of most first."""

    rows: tuple[ExplainedRow, ...]
    rules: tuple[Usage, ...] = field(repr=False)


def explain(printed: str, networks: Sequence[Network]) -> Explanation:
    """The rules that make a printed figure of the first of some networks, which differ in the sides of their inputs.

    Of ways to count with the same total the plainest is kept. Raises DesignError where the text is no figure.
    """
    sought = figure(printed)
    found: dict[tuple[str, Fraction], Way] = {}
    for network in networks:
        sides = "" if network is networks[0] else "×".join(map(str, network.inputs[0][1:]))
        for way, total in totals(network, sought.quantity):
            found.setdefault((way.quantity, total), way._replace(sides=sides))
    totals_by = {way: total for (_, total), way in found.items()}
    made = rules(sought, {str(way): total for way, total in totals_by.items()})
    tried = [_match(way, total, made, sought) for way, total in totals_by.items()]
    missed = sorted((each for each in tried if not each.roundings), key=lambda each: abs(each.deviation))
    return Explanation(printed, networks[0], tuple(each for each in tried if each.roundings), tuple(missed[:_NEAREST]))


def _match(way: Way, total: Fraction, made: Iterable[Rule], sought: Figure) -> Match:
    shortened = tuple(rule.rounding for rule in made if rule.counted == str(way))
    return Match(way, total, shortened, deviation(total, sought))


def explain_table(rows: Iterable[tuple[Network, str]]) -> ExplainedTable:
    """The rules that make the figures of a table, given as its networks and what is printed of them.

    Raises DesignError where a text is no figure.
    """
    cells = [_cell(network, printed) for network, printed in rows]
    # What makes a single figure of a table makes it by chance, unless all is counted.
    usages = [each for each in _usages(cells) if each.figures > 1 or each.rule.counted in PLAIN]
    return ExplainedTable(tuple(_explained(each, [rule for rule, _ in usages]) for each in cells), tuple(usages))


def totals(network: Network, quantity: str = "") -> Iterator[tuple[Way, Fraction]]:
    """What may be counted of a network, or of one quantity of it, the plainest first; nothing that is zero."""
    cost = count(network)
    counted = chain.from_iterable(made(cost) for name, made in _QUANTITIES.items() if quantity in ("", name))
    return ((way, Fraction(total)) for way, total in counted if total)


class _Cell(NamedTuple):
    """A figure of a table, what may be counted beside it, and the rules that make it."""

    network: Network
    printed: str
    sought: Figure
    totals: Mapping[str, Fraction]
    rules: Sequence[Rule]


def _cell(network: Network, printed: str) -> _Cell:
    sought = figure(printed)
    counted = {str(way): total for way, total in totals(network, sought.quantity)}
    return _Cell(network, printed, sought, counted, rules(sought, counted))


def _usages(cells: Iterable[_Cell]) -> list[Usage]:
    return [Usage(rule, figures) for rule, figures in commonest(each.rules for each in cells)]


def _explained(cell: _Cell, order: Sequence[Rule]) -> ExplainedRow:
    """A cell by the first of some rules that makes it; that of most rows is the first that speaks of what it counts."""
    usual = next((each for each in order if each.counted in cell.totals), None)
    rule = next((each for each in order if each in cell.rules), None)
    said = rule or usual
    total = cell.totals[said.counted] if said else next(iter(cell.totals.values()))
    return ExplainedRow(
        cell.network, cell.printed, rule, total, deviation(total, cell.sought), rule is not None and rule == usual
    )


def _macs(cost: Cost) -> Iterator[tuple[Way, int | Fraction]]:
    """Multiply-adds, what counters report, each twofold one also halved, and multiply-adds of parts, once and twice."""
    paper, twice = PAPER.name, Fraction(2)
    yield Way("macs", paper), cost.macs
    yield Way("macs", paper, factor=twice), 2 * cost.macs
    for name, total in reconcile(cost.network, ALL).counters.items():
        if total is not None:
            yield Way("macs", name), total
            if TWOFOLD in ALL[name].steps:
                yield Way("macs", name, factor=Fraction(1, 2)), Fraction(total, 2)
    for part, rows in _parts(cost):
        yield Way("macs", paper, part), sum(row.macs for row in rows)
        yield Way("macs", paper, part, twice), 2 * sum(row.macs for row in rows)


def _params(cost: Cost) -> Iterator[tuple[Way, int]]:
    """Parameters, and those of parts."""
    yield Way("params"), cost.params
    for part, rows in _parts(cost):
        yield Way("params", part=part), sum(row.params for row in rows)
    yield Way("params", part="without norms"), sum(row.params for row in cost.rows if row.kind != "norm")


_QUANTITIES: Mapping[str, Callable[[Cost], Iterator[tuple[Way, int | Fraction]]]] = {"macs": _macs, "params": _params}


def _parts(cost: Cost) -> Iterator[tuple[str, list[Row]]]:
    """The rows that are left where some are not counted, by what people say of them."""
    first, classifier = _first(cost.rows, "conv"), _first(cost.rows[::-1], "linear")
    yield CONVOLUTIONS, [row for row in cost.rows if row.kind == "conv"]
    yield "without classifier", [row for row in cost.rows if row is not classifier]
    yield "without first convolution", [row for row in cost.rows if row is not first]
    yield "without depthwise", [row for row in cost.rows if not row.operation.is_depthwise]


def _first(rows: Iterable[Row], kind: str) -> Row | None:
    return next((row for row in rows if row.kind == kind), None)
