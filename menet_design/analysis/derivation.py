"""Eq. 1 to 3 of the MENet paper, derived by computer algebra from the definition of a connection."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sympy


class Step(NamedTuple):
    """One step: the equation of the paper it ends in, what it says in words, and both sides."""

    equation: str
    meaning: str
    left: "sympy.Expr"
    right: "sympy.Expr"


def derive() -> tuple[Step, ...]:
    """The derivation of (G - 1)/G for C channels in G groups, each step simplified by sympy.

    The left sides are sums over groups; the right sides are what sympy makes of them. Nothing on the right
    is typed in.
    """
    import sympy

    channels, groups, i = sympy.symbols("C G i", positive=True)
    size = channels / groups
    met = size / groups
    possible = sympy.Sum(size * (channels - size), (i, 1, groups)) / 2
    kept = sympy.Sum(groups * met * (size - met), (i, 1, groups)) / 2
    n_total, n_actual = (sympy.factor(sides.doit()) for sides in (possible, kept))
    lost = 1 - sympy.Symbol("N_actual") / sympy.Symbol("N_total")
    return (
        Step("", "channels in a group", sympy.Symbol("n"), size),
        Step("", "channels a group receives from each group", sympy.Symbol("m"), met),
        Step("Eq. 1", "N_total: pairs of channels of different groups", possible, n_total),
        Step("Eq. 2", "N_actual: pairs that meet in a group after the shuffle", kept, n_actual),
        Step("Eq. 3", "share of the connections lost", lost, sympy.factor(sympy.simplify(1 - n_actual / n_total))),
    )
