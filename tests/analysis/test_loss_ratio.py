"""Connections lost at a shuffle: the paper's ratios, hand counts, and every pair of channels tried."""

from fractions import Fraction
from itertools import combinations

import pytest

from menet_design.analysis.loss_ratio import connections, loss_ratio
from menet_design.errors import IllegalDesign


@pytest.mark.parametrize(("groups", "percent"), [(3, "66.7"), (8, "87.5")])
def test_the_ratios_that_the_paper_quotes(groups, percent):
    # Section III-A: "66.7% when there are three groups, but the number increases to 87.5% given eight groups".
    assert f"{float(loss_ratio(groups)) * 100:.1f}" == percent
    assert loss_ratio(groups) == Fraction(groups - 1, groups)  # Eq. 3


# Fig. 1: channels 012 345 678 in 3 groups are shuffled to 036 147 258. Each new group holds one channel of each old
# one: 3 pairs in each of 3 groups are kept. Possible: 3 pairs of groups times 3 · 3 channels. Then the bottlenecks of
# stage 2 of 228-MENet, 352-MENet and 256-MENet. What Eq. 2 exceeds them by: 57/3 = 19 = 3 · 6 + 1: 1 · 2/2.
# 88/8 = 11 = 8 + 3: 3 · 5/2. 64/4 = 16 and 9/3 = 3: nothing remains.
@pytest.mark.parametrize(
    ("groups", "channels", "possible", "kept", "excess", "lost"),
    [
        (3, 9, 27, 9, "0", "0.66667"),
        (3, 57, 1083, 360, "1", "0.66759"),
        (8, 88, 3388, 416, "15/2", "0.87721"),
        (4, 64, 1536, 384, "0", "0.75000"),
        (1, 64, 0, 0, "0", "0.00000"),
    ],
)
def test_connections_by_hand(groups, channels, possible, kept, excess, lost):
    counted = connections(groups, channels)
    assert (counted.possible, counted.kept, counted.excess) == (possible, kept, Fraction(excess))
    assert f"{float(counted.exact_loss_ratio):.5f}" == lost
    assert counted.is_exact == (excess == "0")


@pytest.mark.parametrize("groups", range(1, 9))
def test_every_pair_of_channels_agrees(groups):
    for channels in range(groups, 65, groups):
        size = channels // groups
        # The shuffle sends channel j·(C/G) + i to place i·G + j.
        place = {j * size + i: i * groups + j for j in range(groups) for i in range(size)}
        mixed = [(a, b) for a, b in combinations(range(channels), 2) if a // size != b // size]
        kept = [(a, b) for a, b in mixed if place[a] // size == place[b] // size]
        counted = connections(groups, channels)
        assert (counted.possible, counted.kept) == (len(mixed), len(kept))


@pytest.mark.parametrize("groups", range(1, 17))
def test_what_the_closed_form_leaves_out_and_its_bound(groups):
    # With C/G = G·q + s, a shuffle brings q + 1 channels of s groups into each group and q of the G - s others. Its
    # pairs of different groups are (C/G)² - s(q + 1)² - (G - s)q², half of them and G times as many in all; what is
    # missing from C²(G - 1)/2G² is s(G - s)/2, which is largest at s = G/2. Where G² divides C every group receives
    # C/G² channels of every group: a whole number.
    excesses = []
    for channels in range(groups, 513, groups):
        counted, s = connections(groups, channels), channels // groups % groups
        eq2 = Fraction(channels**2 * (groups - 1), 2 * groups**2)
        assert counted.kept_closed_form == eq2
        assert counted.excess == eq2 - counted.kept == Fraction(s * (groups - s), 2)
        assert counted.bound == Fraction(groups**2, 8)
        assert 0 <= counted.excess <= counted.bound
        assert counted.is_exact == (counted.excess == 0) == (channels % groups**2 == 0)
        missed = counted.exact_loss_ratio - loss_ratio(groups)
        assert groups == 1 or 0 <= missed <= Fraction(groups**3, 4 * channels**2 * (groups - 1))
        excesses.append(counted.excess)
    # Even groups attain the bound, at s = G/2; odd ones stay an eighth below it: s = (G ± 1)/2 at best.
    assert max(excesses) == Fraction(groups**2 - groups % 2, 8)


@pytest.mark.parametrize("groups", [0, -1, 10**9, 2.5, float("nan")])
def test_groups_that_are_none(groups):
    with pytest.raises(IllegalDesign, match="groups"):
        loss_ratio(groups)
    with pytest.raises(IllegalDesign, match="groups"):
        connections(groups, 64)


@pytest.mark.parametrize("channels", [0, -9, 10**9, 9.0])
def test_channels_that_are_none(channels):
    with pytest.raises(IllegalDesign, match="channels"):
        connections(3, channels)


# The nearest multiple is itself countable: 2¹⁶ channels are the most, 65532 the last multiple of 6 below.
@pytest.mark.parametrize(
    ("groups", "channels", "nearest"), [(3, 58, (57, 60)), (3, 2, (3,)), (3, 100, (99, 102)), (6, 2**16, (65532,))]
)
def test_channels_that_do_not_split_name_those_that_do(groups, channels, nearest):
    with pytest.raises(IllegalDesign, match=f"do not split into {groups} groups") as caught:
        connections(groups, channels)
    assert caught.value.nearest == nearest
