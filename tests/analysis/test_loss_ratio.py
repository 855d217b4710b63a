"""Connections lost at a shuffle: the paper's ratios, hand counts, and every pair of channels tried."""

from fractions import Fraction
from itertools import combinations

import pytest

from menet_design.analysis.loss_ratio import connections, loss_ratio
from menet_design.errors import IllegalDesign

SPLITS = [(groups, channels) for groups in range(1, 9) for channels in range(groups, 65, groups)]


@pytest.mark.parametrize(("groups", "percent"), [(3, "66.7"), (8, "87.5")])
def test_the_ratios_that_the_paper_quotes(groups, percent):
    # Section III-A: "66.7% when there are three groups, but the number increases to 87.5% given eight groups".
    assert f"{float(loss_ratio(groups)) * 100:.1f}" == percent


@pytest.mark.parametrize("groups", range(1, 17))
def test_the_ratio_is_an_exact_fraction(groups):
    # Eq. 3.
    assert loss_ratio(groups) == Fraction(groups - 1, groups)


def test_figure_1_by_hand():
    # Fig. 1: channels 012 345 678 in 3 groups are shuffled to 036 147 258. Each new group holds one channel of each
    # old one: 3 pairs in each of 3 groups are kept. Possible: 3 pairs of groups times 3 · 3 channels.
    drawn = connections(3, 9)
    assert (drawn.possible, drawn.kept) == (27, 9)
    assert drawn.kept_closed_form == 9
    assert drawn.is_exact
    assert drawn.exact_loss_ratio == loss_ratio(3)


# Bottlenecks of 228-MENet (g = 3) and 352-MENet (g = 8) in stage 2, and of 256-MENet (g = 4).
@pytest.mark.parametrize(
    ("groups", "channels", "possible", "kept", "lost"),
    [(3, 57, 1083, 360, "0.66759"), (8, 88, 3388, 416, "0.87721"), (4, 64, 1536, 384, "0.75000")],
)
def test_the_bottlenecks_of_stage_2(groups, channels, possible, kept, lost):
    counted = connections(groups, channels)
    assert (counted.possible, counted.kept) == (possible, kept)
    assert f"{float(counted.exact_loss_ratio):.5f}" == lost


@pytest.mark.parametrize(("groups", "channels"), [(3, 57), (8, 88)])
def test_the_closed_form_is_not_exact_where_the_square_does_not_divide(groups, channels):
    # Eq. 2: 57²·2/(2·9) = 361 and 88²·7/(2·64) = 423.5, one and 7.5 pairs more than there are.
    counted = connections(groups, channels)
    assert not counted.is_exact
    assert counted.kept_closed_form == {3: 361, 8: Fraction(847, 2)}[groups]


@pytest.mark.parametrize(("groups", "channels"), SPLITS)
def test_every_pair_of_channels_agrees(groups, channels):
    size = channels // groups
    # The shuffle sends channel j·(C/G) + i to place i·G + j.
    place = {j * size + i: i * groups + j for j in range(groups) for i in range(size)}
    mixed = [(a, b) for a, b in combinations(range(channels), 2) if a // size != b // size]
    kept = [(a, b) for a, b in mixed if place[a] // size == place[b] // size]
    counted = connections(groups, channels)
    assert (counted.possible, counted.kept) == (len(mixed), len(kept))


@pytest.mark.parametrize(("groups", "channels"), SPLITS)
def test_the_closed_form_is_exact_just_where_the_square_divides(groups, channels):
    # Eq. 2: C²(G - 1)/(2G²). Every group receives C/G² channels of every group: a whole number, or not.
    counted = connections(groups, channels)
    eq2 = Fraction(channels**2 * (groups - 1), 2 * groups**2)
    assert counted.kept_closed_form == eq2
    assert (counted.kept == eq2) == (channels % groups**2 == 0) == counted.is_exact


@pytest.mark.parametrize("groups", range(1, 17))
def test_what_the_closed_form_leaves_out_and_its_bound(groups):
    # With C/G = G·q + s, a shuffle brings q + 1 channels of s groups into each group and q of the G - s others. Its
    # pairs of different groups are (C/G)² - s(q + 1)² - (G - s)q², half of them and G times as many in all; what is
    # missing from C²(G - 1)/2G² is s(G - s)/2, which is largest at s = G/2.
    for channels in range(groups, 513, groups):
        counted, s = connections(groups, channels), channels // groups % groups
        eq2 = Fraction(channels**2 * (groups - 1), 2 * groups**2)
        assert counted.excess == eq2 - counted.kept == Fraction(s * (groups - s), 2)
        assert counted.kept == (eq2 * 2 - s * (groups - s)) / 2
        assert counted.bound == Fraction(groups**2, 8)
        assert 0 <= counted.excess <= counted.bound
        assert counted.is_exact == (counted.excess == 0)
        if groups > 1:
            missed = counted.exact_loss_ratio - Fraction(groups - 1, groups)
            assert 0 <= missed <= Fraction(groups**3, 4 * channels**2 * (groups - 1))


@pytest.mark.parametrize("groups", range(2, 17, 2))
def test_even_groups_attain_the_bound(groups):
    # s = G/2: C/G = G/2 is the first.
    counted = connections(groups, groups**2 // 2)
    assert counted.excess == counted.bound == Fraction(groups**2, 8)
    missed = counted.exact_loss_ratio - loss_ratio(groups)
    assert missed == Fraction(groups**3, 4 * counted.channels**2 * (groups - 1))


@pytest.mark.parametrize("groups", range(1, 17, 2))
def test_odd_groups_stay_an_eighth_below_the_bound(groups):
    # s = (G ± 1)/2 at best: (G² - 1)/8.
    excesses = [connections(groups, channels).excess for channels in range(groups, 513, groups)]
    assert max(excesses) == Fraction(groups**2 - 1, 8)


@pytest.mark.parametrize(("groups", "channels", "excess"), [(3, 57, "1"), (8, 88, "15/2"), (4, 64, "0"), (3, 9, "0")])
def test_the_excess_by_hand(groups, channels, excess):
    # 57/3 = 19 = 3 · 6 + 1: 1 · 2/2. 88/8 = 11 = 8 + 3: 3 · 5/2. 64/4 = 16 and 9/3 = 3: nothing remains.
    assert connections(groups, channels).excess == Fraction(excess)


def test_one_group_has_nothing_to_lose():
    counted = connections(1, 64)
    assert (counted.possible, counted.kept, counted.exact_loss_ratio) == (0, 0, 0)


@pytest.mark.parametrize("groups", [0, -1, 10**9, 2.5, "3", None, True, float("nan")])
def test_groups_that_are_none(groups):
    with pytest.raises(IllegalDesign, match="groups"):
        loss_ratio(groups)
    with pytest.raises(IllegalDesign, match="groups"):
        connections(groups, 64)


@pytest.mark.parametrize("channels", [0, -9, 10**9, 9.0, "9", None, True])
def test_channels_that_are_none(channels):
    with pytest.raises(IllegalDesign, match="channels"):
        connections(3, channels)


@pytest.mark.parametrize(("channels", "nearest"), [(58, (57, 60)), (2, (3,)), (100, (99, 102))])
def test_channels_that_do_not_split_name_those_that_do(channels, nearest):
    with pytest.raises(IllegalDesign, match="do not split into 3 groups") as caught:
        connections(3, channels)
    assert caught.value.nearest == nearest


def test_the_nearest_multiple_is_itself_countable():
    # 2¹⁶ channels are the most: 65532 is the last multiple of 6 below, 65538 already too many.
    with pytest.raises(IllegalDesign, match="do not split into 6 groups") as caught:
        connections(6, 2**16)
    assert caught.value.nearest == (65532,)
