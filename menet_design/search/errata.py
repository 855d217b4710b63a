"""What the tables of the papers contradict, in themselves, in each other, in the texts and in counts.

Each check looks at every table that it can; none knows what it will find.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import NamedTuple

from menet_design.analysis.cost import count
from menet_design.search.naming import parse
from menet_design.search.papers import figure, join, larger_map
from menet_design.zoo.papers import BLOCKS, CLAIMS, CLASSES, LAYERS, SPELLINGS, TABLES, Claim, PaperTable, Printed


class Erratum(NamedTuple):
    """A contradiction: the check that found it, where it stands, and what it is."""

    check: str
    where: str
    what: str


def errata() -> list[Erratum]:
    """All contradictions, check by check."""
    checks = (_figures, _spellings, _blocks, _classifiers, _means, _claims)
    return [Erratum(check.__name__.strip("_"), *found) for check in checks for found in check()]


_Found = Iterator[tuple[str, str]]


def _figures() -> _Found:
    """One network with two figures, neither of which is the other one rounded."""
    rows = [(table, row) for table in TABLES.values() for row in table.rows if row.name and table.key != "VIII"]
    seen = set()
    for (table, row), (other, again) in combinations(rows, 2):
        if row.name != again.name:
            continue
        for column in sorted(row.figures.keys() & again.figures.keys() & _comparable(table, row, other, again)):
            pair = row.figures[column], again.figures[column]
            if not _agree(*pair) and (row.name, column, *pair) not in seen:
                seen.add((row.name, column, *pair))
                yield f"{table.title}, {other.title}", f"{row.name}: {column} {pair[0]} and {pair[1]}"


def _comparable(table: PaperTable, row: Printed, other: PaperTable, again: Printed) -> set[str]:
    """The columns that must agree: accuracies where one training is quoted, FLOPs within one paper."""
    same_paper = table.paper == other.paper
    accuracies = {"Top-1", "Top-5"} if row.origin == again.origin and same_paper else set()
    return accuracies | ({"MFLOPs"} if same_paper else set())


def _agree(one: str, other: str) -> bool:
    """Whether two figures are equal to the digits that both print."""
    values = Decimal(one), Decimal(other)
    coarse = Decimal(1).scaleb(max(int(value.as_tuple().exponent) for value in values))
    first, second = (value.quantize(coarse, ROUND_HALF_UP) for value in values)
    return first == second


def _spellings() -> _Found:
    """One family written in two ways."""
    found: dict[str, dict[str, str]] = {}
    for where, name, label in _labels():
        found.setdefault(parse(name).family, {}).setdefault(_word(label), where)
    for words in found.values():
        if len(words) > 1:
            places = [f'"{word}" in {where}' for word, where in words.items()]
            yield ", ".join(dict.fromkeys(words.values())), " and ".join(places)


def _labels() -> Iterator[tuple[str, str, str]]:
    for table in TABLES.values():
        if table.key != "effnet":  # its networks are called by what they are rebuilt from
            yield from ((table.title, row.name, row.label) for row in table.rows if row.name)
    for where, labels in SPELLINGS.items():
        yield from ((where, f"96-{label}", label) for label in labels)


def _word(label: str) -> str:
    """The longest word of a label, which is the family's: "RexNeXt" of "RexNeXt-15 [30]"."""
    words: list[str] = re.findall("[A-Za-z]+", label)
    return max(words, key=len)


def _blocks() -> _Found:
    """The number of building blocks that the text says, and the sum of those in Table I."""
    where, said = BLOCKS
    sums = {sum(_repeats(layer) for layer in layers) for layers in LAYERS.values()}
    for total in sums - {said}:
        yield f"{where}, Table I", f"{said} building blocks are said, {total} stand in the table"


def _repeats(layer: str) -> int:
    """How often a layer of Table I stands there: 3 of "228, ×3", 1 of "228, /2"."""
    _, mark, times = layer.partition("×")
    return int(times) if mark else 1


def _classifiers() -> _Found:
    """A figure that comes out only if the classifier stood on a larger map than the network has."""
    unjoined = (each for table in TABLES.values() for each in join(table) if each.ok is False and each.rule is None)
    for table, row, *_ in unjoined:
        if row.name:
            cost, printed = count(parse(row.name)), row.figures[str(table.joined)]
            larger = larger_map(table, cost, figure(printed, table.unit))
            _, height, width = cost.network.blocks[-2].last.output
            if larger:
                what = f"{row.label}: {printed} fits a classifier on {larger} pixels, not {height}×{width}"
                yield table.title, what


def _means() -> _Found:
    """A mean average precision that is not the mean of the classes' precisions."""
    table = TABLES["VIII"]
    for row in table.rows:
        mean = sum((Decimal(row.figures[name]) for name in CLASSES), Decimal()) / len(CLASSES)
        # Rounded precisions move their mean by up to half a digit.
        if abs(mean - Decimal(row.figures["mAP"])) > Decimal("0.1"):
            yield table.title, f"{row.label}: mAP {row.figures['mAP']}, the classes' mean is {mean}"


def _claims() -> _Found:
    """A difference stated by the text that its table does not have."""
    for claim in CLAIMS:
        better, worse = (_figure_of(claim, name) for name in (claim.better, claim.worse))
        if not _agree(str(better - worse), claim.printed):
            what = f"{claim.better} over {claim.worse}, {claim.column}: {claim.printed} said, {better - worse} printed"
            yield f"{claim.where}, {TABLES[claim.table].title}", what


def _figure_of(claim: Claim, name: str) -> Decimal:
    return next(Decimal(row.figures[claim.column]) for row in TABLES[claim.table].rows if row.name == name)
