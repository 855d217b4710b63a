"""What the tables of the papers contradict, in themselves, in each other, in the texts and in counts.

A check knows which tables it reads, none what it will find.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from menet_design.analysis.figures import Figure, figure
from menet_design.families.notation import read
from menet_design.papers.rules import cost_of, match_figures
from menet_design.papers.tables import (
    BLOCKS,
    CLAIMS,
    CLASSES,
    SPELLINGS,
    SPLIT,
    TABLES,
    VOC_CLASSES,
    Claim,
    PaperTable,
    Printed,
)


@dataclass(frozen=True)
class Erratum:
    """A contradiction: the check that found it, where it stands, and what it is."""

    check: str
    where: str
    what: str


Tables = Mapping[str, PaperTable]
_Found = Iterator[tuple[str, str]]


def errata(tables: Tables | None = None) -> list[Erratum]:
    """All contradictions in some tables, check by check; by default in those of the papers.

    >>> errata()[0]
    Erratum(check='figures', where='Table II, Table IV', what='456-MENet-24x1/3: Top-5 90.2 and 90.07')
    """
    tables = TABLES if tables is None else tables
    return [Erratum(check.__name__.strip("_"), *found) for check in CHECKS for found in check(tables)]


@dataclass(frozen=True)
class _Said:
    """What a table says of a network: `about`, which begins with the network and what is said of it, has to agree."""

    table: str
    about: tuple[str, ...]
    text: str
    value: Figure


def _figures(tables: Tables) -> _Found:
    """One network with two figures, neither of which is the other one rounded."""
    said = [each for table in tables.values() for row in table.rows for each in _said(table, row)]
    seen = set()
    for one, other in combinations(said, 2):
        found = one.about, one.text, other.text
        if one.about == other.about and not _agree(one.value, other.value) and found not in seen:
            seen.add(found)
            network, quantity, *_ = one.about
            yield f"{one.table}, {other.table}", f"{network}: {quantity} {one.text} and {other.text}"


def _said(table: PaperTable, row: Printed) -> Iterator[_Said]:
    """What a row says: counts, which agree within a paper, and accuracies, which agree within one training of it."""
    kinds = {counted.column: counted for counted in table.counted}
    for column, text in row.figures.items() if row.name else ():
        counted = kinds.get(column)
        what, whose = (counted.kind.upper(), "") if counted else (column, row.origin)
        about = str(row.name), what, whose, table.paper, row.scheme, str(row.layers)
        yield _Said(table.title, about, text, figure(text, counted.unit if counted else 1))


def _agree(one: Figure, other: Figure) -> bool:
    """Whether two figures are equal to the digits that both print."""
    digit = max(one.digit, other.digit)
    first, second = ((each.value / digit).quantize(Decimal(1), ROUND_HALF_UP) for each in (one, other))
    return first == second


def _spellings(tables: Tables) -> _Found:
    """One family written in two ways."""
    found: dict[str, dict[str, str]] = {}
    for where, name, label in _labels(tables):
        found.setdefault(read(name)[0].family, {}).setdefault(_word(label), where)
    for words in found.values():
        if len(words) > 1:
            places = [f'"{word}" in {where}' for word, where in words.items()]
            yield ", ".join(dict.fromkeys(words.values())), " and ".join(places)


def _labels(tables: Tables) -> Iterator[tuple[str, str, str]]:
    """Where a network is called what: the place, its name here, and its label there."""
    for table in tables.values():
        yield from ((table.title, row.name, row.label) for row in table.rows if row.name)
    for where, labels in SPELLINGS.items():
        yield from ((where, label, label) for label in labels)


def _word(label: str) -> str:
    """The longest word of a label, which is the family's: "RexNeXt" of "RexNeXt-15 [30]"."""
    words: list[str] = re.findall("[A-Za-z]+", label)
    return max(words, key=len)


def _abbreviations(_: Tables) -> _Found:
    """A class of Table VIII whose name neither begins like that of PASCAL VOC nor is contained in it."""
    for short, name in zip(CLASSES, VOC_CLASSES, strict=True):
        letters = iter(name)
        if short[:2] != name[:2] and not all(letter in letters for letter in short):
            yield "Table VIII", f'"{short}" heads the column of {name}'


def _blocks(tables: Tables) -> _Found:
    """The number of building blocks that the text says, and the sum of those in a table of architectures."""
    where, said = BLOCKS
    for table in tables.values():
        sums = {sum(map(_repeats, layers)) for layers in table.layers.values()}
        for total in sorted(sums - {said}):
            yield f"{where}, {table.title}", f"{said} building blocks are said, {total} stand in the table"


def _repeats(layer: str) -> int:
    """How often a layer of Table I stands there: 3 of "228, ×3", 1 of "228, /2"."""
    _, mark, times = layer.partition("×")
    return int(times) if mark else 1


def _splits(_: Tables) -> _Found:
    """A network said to be split into more, or fewer, layers than it has."""
    where, name, parts = SPLIT
    layers = [row for row in cost_of(name).rows if row.kind in ("conv", "linear")]
    if sum(parts) != len(layers):
        yield where, f"{name} is split into {' and '.join(map(str, parts))} layers, but it has {len(layers)}"


def _classifiers(tables: Tables) -> _Found:
    """A figure that comes out only if the classifier stood on a larger map than the network has."""
    for each in (found for table in tables.values() for found in match_figures(table) if found.larger_map):
        yield each.table.title, f"{each.row.label}: {each.printed} fits a classifier on {each.larger_map} pixels"


def _means(tables: Tables) -> _Found:
    """A mean average precision that is not the mean of the classes' precisions."""
    rows = ((table, row) for table in tables.values() for row in table.rows if "mAP" in row.figures)
    for table, row in rows:
        mean = sum((Decimal(row.figures[name]) for name in CLASSES), Decimal()) / len(CLASSES)
        # Rounded precisions move their mean by up to half a digit, and so does rounding it.
        if abs(mean - Decimal(row.figures["mAP"])) > Decimal("0.1"):
            yield table.title, f"{row.label}: mAP {row.figures['mAP']}, the classes' mean is {mean}"


def _claims(tables: Tables) -> _Found:
    """A difference stated by the text that its table does not have."""
    for claim in CLAIMS:
        table = tables[claim.table]
        difference = _figure_of(table, claim, claim.better) - _figure_of(table, claim, claim.worse)
        if not _agree(_as_figure(difference), _as_figure(Decimal(claim.printed))):
            what = f"{claim.better} over {claim.worse}, {claim.column}: {claim.printed} said, {difference} printed"
            yield f"{claim.where}, {table.title}", what


def _as_figure(value: Decimal) -> Figure:
    """A number, which may be below zero, as a figure with its own last digit."""
    return Figure(value, Decimal(1).scaleb(int(value.as_tuple().exponent)))


def _figure_of(table: PaperTable, claim: Claim, name: str) -> Decimal:
    return next(Decimal(row.figures[claim.column]) for row in table.rows if row.name == name)


CHECKS: Sequence[Callable[[Tables], _Found]] = (
    _figures,
    _spellings,
    _abbreviations,
    _blocks,
    _splits,
    _classifiers,
    _means,
    _claims,
)
