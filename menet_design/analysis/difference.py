"""Two designs aligned row by row, by full name, and how much of each metric one has more than the other."""

from collections.abc import Iterable
from typing import NamedTuple

from menet_design.analysis.cost import Cost, Row, count
from menet_design.design import Design

METRICS = ("macs", "params", "activations")


class Change(NamedTuple):
    """A row of either design by its name; None where a design has no such row."""

    name: str
    a: Row | None
    b: Row | None

    def amount(self, metric: str) -> int:
        """How much of one of METRICS `b` has more than `a`; a row that is not there has none of it."""
        return (getattr(self.b, metric) if self.b else 0) - (getattr(self.a, metric) if self.a else 0)

    @property
    def is_none(self) -> bool:
        """Whether both designs have the row, and in no metric more or less of it."""
        return self.a is not None and self.b is not None and not any(map(self.amount, METRICS))


class Difference(NamedTuple):
    """What two designs cost, and what changes from `a` to `b`."""

    a: Cost
    b: Cost

    def amount(self, metric: str) -> int:
        """How much of one of METRICS `b` has in total more than `a`."""
        total: int = getattr(self.b, metric) - getattr(self.a, metric)
        return total

    def by(self, grouping: str) -> tuple[Change, ...]:
        """The rows of both designs, gathered by one of `cost.GROUPINGS`, in the order of execution.

        What only `b` has follows the row that it follows in `b`. The changes sum to those of the totals.
        """
        a, b = ({row.name: row for row in cost.by(grouping)} for cost in self)
        return tuple(Change(name, a.get(name), b.get(name)) for name in merged(a, b))


def difference(a: Design, b: Design) -> Difference:
    """What changes from one design to another, in the paper's count."""
    return Difference(count(a), count(b))


def merged(a: Iterable[str], b: Iterable[str]) -> list[str]:
    """The names of both, those of `a` in their order, each name of `b` alone behind the one before it in `b`."""
    after: dict[str, list[str]] = {"": [], **{name: [] for name in a}}
    anchor = ""
    for name in b:
        if name in after:
            anchor = name
        else:
            after[anchor].append(name)
    return [name for shared, others in after.items() for name in (shared, *others) if name]
