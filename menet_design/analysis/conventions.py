"""How multiply-adds are counted: every total names one of these.

A convention starts from what the paper counts, the multiply-adds of convolutions and fully connected layers
without bias, and adds steps to them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from menet_design.graph.operation import Integer, Operation

# What a step adds for an operation that has so many multiply-adds.
Increment = Callable[[Operation, Integer], Integer]


@dataclass(frozen=True, eq=False)
class Step:
    """What is counted besides, in words, and how much; `unseen` says that it takes away what is not counted at all."""

    name: str
    amount: Increment
    unseen: bool = False


@dataclass(frozen=True)
class Convention:
    """A way to count: its name in machine formats, the sentence that states it, what it adds to the paper's count.

    `failure` says of an operation, "{name}", why who counts so fails at it, or why what is counted cannot be told; ""
    where neither is so.
    """

    name: str
    statement: str = field(repr=False)
    steps: tuple[Step, ...] = field(default=(), repr=False)
    failure: Callable[[Operation], str] | None = field(default=None, repr=False)

    def counted(self, op: Operation, macs: Integer) -> Integer:
        """What is counted of an operation that has so many multiply-adds."""
        return macs + sum(step.amount(op, macs) for step in self.steps)


PAPER = Convention("paper", "1 FLOP = 1 multiply-add, convolutions and classifier only, as in the MENet paper")
