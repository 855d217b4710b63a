"""Budgets of peak memory: it does not fall along what is solved for, and where it stays the answer says so."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import OF_FAMILY

from menet_design import network, parse, solve
from menet_design.analysis.memory import DTYPES, peak
from menet_design.errors import ImpossibleBudget


@given(st.sampled_from(sorted(OF_FAMILY)).flatmap(OF_FAMILY.get), st.sampled_from(DTYPES), st.booleans(), st.data())
def test_the_peak_does_not_fall_along_any_quantity_of_any_family(design, dtype, in_place, data):
    quantity = data.draw(st.sampled_from(design.quantities))
    legal = design.legal_values(quantity, design.numbers())
    sequences = [legal.indices[first :: legal.interleaved] for first in range(legal.interleaved)]
    few = [islice(each, 12) for each in sequences]
    for sequence in few:
        designs = [design.but(**{quantity: legal.value(index)}) for index in sequence]
        peaks = [peak(network(each), dtype, in_place=in_place) for each in designs]
        assert peaks == sorted(peaks)


# Widths of MENets in 3 groups are multiples of 12.
@settings(max_examples=25)
@given(st.integers(1_300_000, 4_000_000), st.sampled_from(["nearest", "under"]))
def test_no_other_width_of_the_stem_is_nearer_or_larger_within(budget, fit):
    found = solve(budget, 3, metric="memory", fit=fit)
    others = [found.choice.but(width=width) for width in range(found.choice.stem + 12, 500, 12)]
    amounts = {each.width: peak(network(each)) for each in others}
    chosen = amounts[found.choice.width]
    assert found.amount(found.chosen.cost) == chosen
    if fit == "under":
        assert found.choice.width == max(width for width, amount in amounts.items() if amount <= budget)
    else:
        assert abs(chosen - budget) == min(abs(amount - budget) for amount in amounts.values())


def test_of_designs_that_need_the_same_within_the_budget_the_largest_is_chosen():
    # The 24 channels of the stem and of its norm on 112×112 are more than 3 times 256 on 28×28, and as much at 256.
    assert 2 * 24 * 112**2 == 3 * 256 * 28**2
    found = solve(4 * 2 * 24 * 112**2, 8, metric="memory")
    assert (found.under.width, found.choice.width, found.over.width) == (224, 256, 288)
    assert found.amount(found.cheaper.cost) == found.amount(found.chosen.cost) == 2_408_448


def test_a_stem_stays_where_a_wider_one_is_beyond_the_budget():
    found = solve(2e6, 3, metric="memory")
    assert found.choice.stem == 12
    assert found.chosen.cost.macs > 70e6  # from there on the authors have 24
    assert found.choice == parse(found.choice.name, stem=12)


def test_a_budget_below_the_stem_is_impossible_and_the_smallest_is_named():
    # An image of 224×224 and 12 channels on 112×112.
    with pytest.raises(ImpossibleBudget, match=r"has 0\.5 MB of peak memory or less.*24-MENet-8x1/3, has 1\.20 MB"):
        solve(0.5e6, 3, metric="memory")


def test_the_command_says_where_the_peak_does_not_grow(cli):
    said = "the peak does not grow with width from 224 to 256"
    assert said in cli("budget 2.5 --groups 8 --metric memory").stdout
    assert "does not grow" not in cli("budget 3.3 --groups 8 --metric memory").stdout
