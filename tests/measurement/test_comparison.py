"""Whether two things can be told apart: intervals by hand, and what is true of all of them."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menet_design.measurement.comparison import compare, interval


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (8, 1, 8),  # 2/2^8 = 0.8 %; with the second and the seventh it would be 2 (1 + 8)/2^8 = 7 %
        (11, 1, 11),  # 2 (1 + 11)/2^11 = 1.2 % would be too much
        (12, 2, 11),  # 2 (1 + 12)/2^12 = 0.6 %
        (20, 4, 17),  # 2 (1 + 20 + 190 + 1140)/2^20 = 0.26 %; with 4845 more, 1.2 %
    ],
)
def test_the_interval_lies_between_two_values_by_the_binomial(count, low, high):
    assert interval(list(range(count, 0, -1))) == (low, high)


def test_too_few_values_have_no_interval():
    with pytest.raises(ValueError, match="7 values are too few"):
        interval([1.0] * 7)
    assert interval([1.0, 2.0, 3.0], confidence=0.75) == (1, 3)  # 2/2^3


def test_what_slows_both_of_a_round_tells_nothing():
    quick = [1.0, 1.1, 5.0, 1.2, 9.0, 1.0, 3.0, 1.0, 1.3, 2.0, 1.0]  # a busy machine
    slow = [1.1 * each for each in quick]
    found = compare(slow, quick)
    assert found.is_longer
    assert isclose(found.ratio, 1.1)
    # The same seconds in another order: rounds that do not belong together.
    assert not compare([1.1 * each for each in quick[::-1]], quick).is_longer


SECONDS = st.floats(1e-4, 10)
ROUNDS = st.lists(st.tuples(SECONDS, SECONDS), min_size=8, max_size=60)


@given(ROUNDS)
def test_either_way_round_it_says_the_same(rounds):
    a, b = zip(*rounds, strict=True)
    one, other = compare(a, b), compare(b, a)
    assert one.low <= one.ratio <= one.high
    assert isclose(one.low * other.high, 1)
    assert isclose(one.high * other.low, 1)
    assert not (one.is_longer and other.is_longer)


@given(ROUNDS)
def test_a_thing_is_not_faster_than_itself(rounds):
    a, _ = zip(*rounds, strict=True)
    assert compare(a, a) == (1, 1, 1)
    assert not compare(a, a).is_longer
