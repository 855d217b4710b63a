"""The value of an argument that fits a budget: the same as counting every value, with as few counts as a bisection."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menet_design.analysis.cost import count
from menet_design.errors import DesignError, ImpossibleBudget
from menet_design.exploration.varied import vary
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain


def convolution(channels):
    """A 1×1 convolution from 4 channels on 2×2 pixels: 16 multiply-adds and 4 parameters a channel."""
    builder = BlockBuilder(4, 2, 2)
    builder.conv("conv", builder.input, channels)
    return chain((4, 2, 2), {"stage1": builder.block()})


@given(st.sets(st.integers(1, 500), min_size=1), st.integers(1, 600), st.sampled_from(["nearest", "under"]))
def test_it_is_the_one_that_counting_all_finds(widths, budget, fit):
    values, budget = sorted(widths), 16 * budget
    if not 16 * values[0] <= budget <= 16 * values[-1]:
        with pytest.raises(ImpossibleBudget):
            vary(budget, convolution, values, fit=fit)
        return
    found = vary(budget, convolution, values, fit=fit)
    allowed = [value for value in values if fit == "nearest" or 16 * value <= budget]
    assert found.chosen.value == min(allowed, key=lambda value: (abs(16 * value - budget), value))
    assert found.chosen.amount == count(convolution(found.chosen.value)).macs == 16 * found.chosen.value
    assert found.deviation(found.chosen) == Fraction(16 * found.chosen.value, budget) - 1
    around = [None, *values, None]
    place = around.index(found.chosen.value)
    assert [each and each.value for each in (found.cheaper, found.dearer)] == [around[place - 1], around[place + 1]]


def test_a_thousand_values_take_a_dozen_counts():
    found = vary(16 * 777, convolution, range(1, 1001))
    assert (found.chosen.value, found.grows, found.values) == (777, True, 1000)
    assert found.counted <= 12


def only_even(channels):
    if channels % 2:
        raise DesignError(f"{channels} is odd")
    return convolution(channels)


def test_values_that_make_no_network_are_passed_over_and_named():
    found = vary(16 * 5, only_even, range(1, 10))
    assert (found.cheaper.value, found.chosen.value, found.dearer.value) == (2, 4, 6)
    assert (5, "5 is odd") in found.refused
    with pytest.raises(DesignError, match="no value of width makes a network: 3 is odd"):
        vary(16, only_even, [3])


def test_a_metric_that_does_not_grow_is_noticed_and_every_value_counted():
    found = vary(16 * 10, lambda value: convolution(20 - value), range(1, 20))
    assert (found.chosen.value, found.grows, found.counted) == (10, False, 19)


def test_parameters_and_the_peak_of_memory_are_metrics_too():
    assert vary(4 * 30, convolution, range(1, 99), metric="params").chosen.value == 30
    # In float32: 4 channels in, those made out, of 2×2 pixels each.
    assert vary(4 * 4 * (4 + 30), convolution, range(1, 99), metric="memory").chosen.value == 30
    with pytest.raises(DesignError, match="metric 'flops' is not known"):
        vary(1, convolution, [1], metric="flops")
