"""How multiply-adds are counted: every total names one of these."""

from typing import NamedTuple


class Convention(NamedTuple):
    """A way to count: its name in machine formats and the sentence that states it."""

    name: str
    statement: str


PAPER = Convention("paper", "1 FLOP = 1 multiply-add, convolutions and classifier only, as in the paper")
