"""How multiply-adds are counted: every total names one of these.

A convention starts from what the paper counts, the multiply-adds of convolutions and fully connected layers
without bias, and adds steps to them.
"""

from collections.abc import Callable
from typing import NamedTuple

from menet_design.architectures.network import Operation, Size
from menet_design.design import check_known

# What a step adds for an operation that has so many multiply-adds.
Rule = Callable[[Operation, Size], Size]


class Step(NamedTuple):
    """What is counted besides, in words, for which kinds of operation, and how much for each."""

    name: str
    kinds: tuple[str, ...]
    rule: Rule


class Convention(NamedTuple):
    """A way to count: its name in machine formats, the sentence that states it, what it adds to the paper's count."""

    name: str
    statement: str
    steps: tuple[Step, ...] = ()

    def counted(self, op: Operation, macs: Size) -> Size:
        """What is counted of an operation that has so many multiply-adds."""
        return macs + sum(step.rule(op, macs) for step in self.steps if op.kind in step.kinds)


PAPER = Convention("paper", "1 FLOP = 1 multiply-add, convolutions and classifier only, as in the MENet paper")


def convention(name: str) -> Convention:
    """The convention of a name, with hyphens or underscores. Raises DesignError, naming all, for any other."""
    if name == PAPER.name:
        return PAPER
    from menet_design.analysis.counters import COUNTERS

    known = {PAPER.name: PAPER, **COUNTERS}
    key = name.lower().replace("-", "_")
    check_known("convention", key, tuple(known))
    return known[key]
