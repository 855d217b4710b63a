"""Two networks aligned row by row, by full name, and how much of each metric one has more than the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from menet_design.analysis.cost import Cost, Group, Row, count
from menet_design.display import Displayed
from menet_design.graph.network import Network

METRICS = ("macs", "params", "activations")


@dataclass(frozen=True)
class Change:
    """A row of either network by its name; None where a network has no such row."""

    name: str
    a: Row | Group | None
    b: Row | Group | None

    def amount(self, metric: str) -> int:
        """How much of one of METRICS `b` has more than `a`; a row that is not there has none of it."""
        return (getattr(self.b, metric) if self.b else 0) - (getattr(self.a, metric) if self.a else 0)

    @property
    def is_none(self) -> bool:
        """Whether both networks have the row, and in no metric more or less of it."""
        return self.a is not None and self.b is not None and not any(map(self.amount, METRICS))


@dataclass(frozen=True)
class Difference(Displayed):
    """What two networks cost, and what changes from `a` to `b`."""

    a: Cost
    b: Cost

    def amount(self, metric: str) -> int:
        """How much of one of METRICS `b` has in total more than `a`."""
        more: int = getattr(self.b, metric) - getattr(self.a, metric)
        return more

    @cached_property
    def peaks(self) -> tuple[int, int]:
        """The bytes of activations of both at their peak, in float32 and nothing in place."""
        from menet_design.analysis.memory import peak

        return peak(self.a.network), peak(self.b.network)

    def by(self, grouping: str) -> tuple[Change, ...]:
        """The rows of both networks, gathered by one of `cost.GROUPINGS`, in the order of execution.

        What only `b` has follows the row that it follows in `b`. The changes sum to those of the totals.
        """
        a, b = ({row.name: row for row in cost.by(grouping)} for cost in (self.a, self.b))
        return tuple(Change(name, a.get(name), b.get(name)) for name in merged(a, b))


def difference(a: Network, b: Network) -> Difference:
    """What changes from one network to another, in the paper's count."""
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
