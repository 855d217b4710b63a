"""The derivation of Eq. 1 to 3 against the equations as the paper prints them, and against counted pairs."""

import pytest
import sympy

from menet_design.analysis.derivation import derive
from menet_design.analysis.loss_ratio import connections

C, G = sympy.symbols("C G", positive=True)


@pytest.mark.parametrize(
    ("equation", "printed"),
    [("Eq. 1", C**2 * (G - 1) / (2 * G)), ("Eq. 2", C**2 * (G - 1) / (2 * G**2)), ("Eq. 3", (G - 1) / G)],
)
def test_the_derived_equation_is_the_printed_one(equation, printed):
    derived = {step.equation: step.right for step in derive()}
    assert sympy.simplify(derived[equation] - printed) == 0


def test_each_step_starts_from_a_definition():
    # A left side that already were the right one would derive nothing.
    possible, kept, lost = (step.left for step in derive())
    assert possible.has(sympy.Sum)
    assert kept.has(sympy.Sum)
    assert lost == 1 - sympy.Symbol("N_actual") / sympy.Symbol("N_total")


@pytest.mark.parametrize(("groups", "channels"), [(2, 8), (3, 9), (4, 64), (8, 128)])
def test_the_definitions_count_the_pairs_of_a_real_shuffle(groups, channels):
    counted = connections(groups, channels)
    possible, kept, _ = (step.left.subs({C: channels, G: groups}).doit() for step in derive())
    assert (possible, kept) == (counted.possible, counted.kept)


def test_the_steps_say_what_they_find():
    assert [(step.equation, step.name) for step in derive()] == [
        ("Eq. 1", "N_total"),
        ("Eq. 2", "N_actual"),
        ("Eq. 3", "lost"),
    ]
    assert all(step.meaning for step in derive())
