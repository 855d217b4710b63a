"""Eq. 1 to 3 of the MENet paper, and what they leave out, derived by computer algebra."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sympy


class Step(NamedTuple):
    """A step: its equation in the paper, if any, a name for what it finds, its meaning, and both sides."""

    equation: str
    name: str
    meaning: str
    left: "sympy.Expr"
    right: "sympy.Expr"


def derive() -> tuple[Step, ...]:
    """The derivation of (G - 1)/G for C = G²·m channels, and of what differs for C = G·(G·q + s), 0 ≤ s < G.

    The left sides are definitions, as sums over the groups; the right sides are what sympy makes of them.
    """
    return (*_closed_form(), *_general_case())


def _closed_form() -> tuple[Step, ...]:
    """Eq. 1 to 3: each group receives m = C/G² channels of every group."""
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
        Step("Eq. 2", "N_actual", "pairs that meet after the shuffle, C = G²·m", kept, n_actual),
        Step("Eq. 3", "lost", "share of the connections lost", lost, ratio),
    )


def _general_case() -> tuple[Step, ...]:
    """Each group receives q + 1 channels of s groups and q of the others, so the pairs that meet are fewer."""
    import sympy

    channels, groups, q, s, i = sympy.symbols("C G q s i", positive=True)
    size = groups * q + s
    kept = sympy.Sum(size**2 - s * (q + 1) ** 2 - (groups - s) * q**2, (i, 1, groups)) / 2
    n_exact, n_actual = kept.doit(), (groups - 1) * size**2 / 2
    excess = sympy.factor_terms(sympy.expand(n_actual - n_exact))
    (worst,) = sympy.solve(sympy.diff(excess, s), s)
    largest, n_total = sympy.Subs(excess, s, worst), channels**2 * (groups - 1) / (2 * groups)
    difference = sympy.Symbol("N_actual") - sympy.Symbol("N_exact")
    share = sympy.Symbol("bound") / sympy.Symbol("N_total")
    return (
        Step("exact", "N_exact", "the same for C = G·(G·q + s), 0 ≤ s < G", kept, sympy.factor(n_exact)),
        Step("exact", "excess", "by how much Eq. 2 exceeds it", difference, excess),
        Step("exact", "bound", "what this cannot exceed", largest, largest.doit()),
        Step("exact", "share", "what Eq. 3 can miss of the lost share", share, sympy.factor(largest.doit() / n_total)),
    )
