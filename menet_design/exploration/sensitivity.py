"""By how much a design's costs grow for one more step of each of its numbers, while all others stay."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from menet_design.errors import DesignError, IllegalDesign
from menet_design.exploration.metrics import metric
from menet_design.families.design import Design

METRICS = ("macs", "params", "memory")
_FIELDS = ("width", "fusion", "expansion", "stem", "head", "groups", "cardinality", "resolution")
_FARTHEST = 8  # a next number of groups is looked for up to so many times the present one


@dataclass(frozen=True)
class Step:
    """The next legal value of a number, and by which share of it each of METRICS grows then."""

    field: str
    before: int | Fraction
    after: int | Fraction
    growth: Mapping[str, Fraction]


def sensitivity(design: Design) -> list[Step]:
    """The step of each number of a design that has a next legal value beside the others.

    Memory is that of float32 activations, in place. Raises DesignError where none has one.
    """
    asked = {name: metric(name, in_place=True) for name in METRICS}
    costs = {name: each.of(design) for name, each in asked.items()}
    steps = []
    for field in (field for field in _FIELDS if design.has(field) and isinstance(vars(design)[field], int | Fraction)):
        for after, larger in islice(_larger(design, field), 1):
            growth = {name: Fraction(each.of(larger)) / costs[name] - 1 for name, each in asked.items()}
            steps.append(Step(field, vars(design)[field], after, growth))
    if not steps:
        raise DesignError(f"no number of {design} has a next legal value")
    return steps


def _larger(design: Design, field: str) -> Iterator[tuple[Any, Design]]:
    """The legal designs with a larger value of a number, the next one first."""
    for value in _candidates(design, field):
        try:
            yield value, design.but(**{field: value})
        except IllegalDesign:
            continue


def _candidates(design: Design, field: str) -> Iterator[Any]:
    own = vars(design)[field]
    if field != "resolution" and field not in design.constrained():
        yield from range(own + 1, _FARTHEST * own + 1)
        return
    legal = design.legal_values(field, design.numbers())
    first = bisect_right(legal.indices, Fraction(own) / legal.unit)
    yield from map(legal.value, legal.indices[first : first + 1])
