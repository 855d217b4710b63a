"""Eq. 1 to 3 of the MENet paper, derived by computer algebra from the definition of a connection."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sympy


class Step(NamedTuple):
    """A step: its equation in the paper, a name for what it finds, its meaning, and both sides."""

    equation: str
    name: str
    meaning: str
    left: "sympy.Expr"
    right: "sympy.Expr"


def derive() -> tuple[Step, ...]:
    """The derivation of (G - 1)/G for C channels in G groups, each step worked out by sympy.

    The left sides are definitions, as sums over the groups; the right sides are what sympy makes of them.
    """
    import sympy

    channels, groups, i = sympy.symbols("C G i", positive=True)
    size = channels / groups
    received = size / groups
    possible = sympy.Sum(size * (channels - size), (i, 1, groups)) / 2
    kept = sympy.Sum(groups * received * (size - received), (i, 1, groups)) / 2
    n_total, n_actual = (sympy.factor(pairs.doit()) for pairs in (possible, kept))
    lost = 1 - sympy.Symbol("N_actual") / sympy.Symbol("N_total")
    ratio = sympy.factor(sympy.simplify(1 - n_actual / n_total))
    return (
        Step("Eq. 1", "N_total", "pairs of channels of different groups", possible, n_total),
        Step("Eq. 2", "N_actual", "pairs that meet in one group after the shuffle", kept, n_actual),
        Step("Eq. 3", "lost", "share of the connections lost", lost, ratio),
    )
