"""The derivations against the equations as the paper prints them, against counted pairs, and number by number."""

from fractions import Fraction
from functools import cache
from itertools import product

import pytest
import sympy

from menet_design.analysis.derivation import derive
from menet_design.analysis.loss_ratio import connections

C, G, Q, S = sympy.symbols("C G q s", positive=True)
# G, q and s of C = G·(G·q + s) channels; a group has at least one.
CASES = [(g, q, s) for g, q in product(range(2, 8), range(4)) for s in range(g) if g * q + s]
# G and m of C = G²·m.
EXACT_CASES = list(product(range(2, 8), range(1, 5)))


@cache
def steps():
    return {step.name: step for step in derive()}


def valued(expression, **numbers):
    """An expression with numbers for its letters, as a fraction; an expression in which letters are left is none."""
    symbols = {symbol: numbers[symbol.name] for symbol in expression.free_symbols if symbol.name in numbers}
    value = expression.subs(symbols).doit()
    assert value.is_Rational, f"{value} has letters left"
    return Fraction(int(value.p), int(value.q))


@pytest.mark.parametrize(
    ("equation", "printed"),
    [("Eq. 1", C**2 * (G - 1) / (2 * G)), ("Eq. 2", C**2 * (G - 1) / (2 * G**2)), ("Eq. 3", (G - 1) / G)],
)
def test_the_derived_equation_is_the_printed_one(equation, printed):
    (derived,) = [step.right for step in derive() if step.equation == equation]
    assert sympy.simplify(derived - printed) == 0


def test_each_step_starts_from_a_definition():
    # A left side that already were the right one would derive nothing.
    lefts = {name: step.left for name, step in steps().items()}
    assert all(lefts[name].has(sympy.Sum) for name in ("N_total", "N_actual", "N_exact"))
    n_total, n_actual, n_exact, bound = sympy.symbols("N_total N_actual N_exact bound")
    assert lefts["lost"] == 1 - n_actual / n_total
    assert lefts["excess"] == n_actual - n_exact
    assert lefts["bound"].has(sympy.Subs)
    assert lefts["share"] == bound / n_total


@pytest.mark.parametrize(("g", "m"), EXACT_CASES)
def test_both_sides_agree_in_numbers_where_the_square_divides(g, m):
    counted = connections(g, g * g * m)
    letters = {"C": counted.channels, "G": g, "N_total": counted.possible, "N_actual": counted.kept}
    printed = {name: (step.left, step.right) for name, step in steps().items() if step.equation != "exact"}
    sides = {name: [valued(side, **letters) for side in both] for name, both in printed.items()}
    numbers = counted.possible, counted.kept, counted.exact_loss_ratio
    assert sides == dict(zip(("N_total", "N_actual", "lost"), ([number] * 2 for number in numbers), strict=True))


@pytest.mark.parametrize(("g", "q", "s"), CASES)
def test_both_sides_agree_in_numbers_in_general(g, q, s):
    counted = connections(g, g * (g * q + s))
    letters = {"C": counted.channels, "G": g, "q": q, "s": s, "bound": counted.bound}
    letters |= {"N_total": counted.possible, "N_actual": counted.kept_closed_form, "N_exact": counted.kept}
    sides = {name: [valued(side, **letters) for side in (step.left, step.right)] for name, step in steps().items()}
    assert sides["N_exact"] == [counted.kept] * 2
    assert sides["excess"] == [counted.excess] * 2 == [Fraction(s * (g - s), 2)] * 2
    assert sides["bound"] == [counted.bound] * 2
    # What Eq. 3 can miss is the bound in pairs, as a share of all.
    assert sides["share"] == [Fraction(g**3, 4 * counted.channels**2 * (g - 1))] * 2
    assert 0 <= counted.exact_loss_ratio - Fraction(g - 1, g) <= sides["share"][0]


def test_the_general_case_in_letters():
    # By hand: G((Gq + s)² - s(q + 1)² - (G - s)q²)/2, which is C²(G - 1)/2G² less s(G - s)/2.
    size = G * Q + S
    by_hand = G * (size**2 - S * (Q + 1) ** 2 - (G - S) * Q**2) / 2
    assert sympy.expand(steps()["N_exact"].right - by_hand) == 0
    assert sympy.expand(steps()["N_exact"].right - (size**2 * (G - 1) - S * (G - S)) / 2) == 0
    assert sympy.expand(steps()["excess"].right - S * (G - S) / 2) == 0
    # Half the distance of s from G/2, squared, is what it stays below the bound: no s exceeds it.
    assert sympy.expand(steps()["bound"].right - steps()["excess"].right - (S - G / 2) ** 2 / 2) == 0
    assert sympy.simplify(steps()["share"].right - G**3 / (4 * C**2 * (G - 1))) == 0


def test_the_steps_say_what_they_find():
    assert [(step.equation, step.name) for step in derive()] == [
        ("Eq. 1", "N_total"),
        ("Eq. 2", "N_actual"),
        ("Eq. 3", "lost"),
        ("exact", "N_exact"),
        ("exact", "excess"),
        ("exact", "bound"),
        ("exact", "share"),
    ]
    assert all(step.meaning for step in derive())
