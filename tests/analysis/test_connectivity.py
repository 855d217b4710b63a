"""Which channels of whole networks are connected: cases by hand, the paper's pairs, and blocks composed one by one."""

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import designs

from menet_design import connectivity, count, parse
from menet_design.analysis.dependence import itself, through
from menet_design.analysis.loss_ratio import connections
from menet_design.analysis.pairs import members
from menet_design.families.menet import COMBINES, MENet
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain
from menet_design.resolving import network

NAMES = ("stage2.0", "stage2.1", "stage3.0", "stage3.1", "stage4.0", "stage4.1")
# Of the blocks that are drawn here.
CHANNELS = 12


def blocks_of(source):
    """The modules of a MENet by name, one of each kind."""
    blocks = {block.name: block for block in connectivity(source).blocks}
    return {name: blocks[name] for name in NAMES}


def pair_of(source, name="stage2.1"):
    """The one pair of convolutions around a shuffle of a module."""
    (pair,) = blocks_of(source)[name].pairs
    return pair


def of_chain(blocks, channels=CHANNELS, branches=()):
    """The connectivity of a chain of blocks on maps of 4×4."""
    return connectivity(chain((channels, 4, 4), {"stage2": blocks}, branches))


def as_sets(bit_sets):
    return [set(members(bits)) for bits in bit_sets]


# The pairs of convolutions around a shuffle.


def test_figure_1_by_hand():
    # Fig. 1: channels 012 345 678 in 3 groups, shuffled to 036 147 258. Each new group holds one channel of each old
    # one: 3 pairs in each of 3 groups are kept. Possible: 3 pairs of groups times 3 · 3 channels.
    # w = 36 has such a bottleneck, w/4 = 9.
    pair = pair_of("36-MENet-1x1/3")
    assert (pair.first, pair.second) == ("residual.compress", "residual.expand")
    assert (pair.groups, pair.channels, pair.possible, pair.kept) == (3, 9, 27, 9)
    assert as_sets(pair.sources) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}]
    assert as_sets(pair.sources_without_shuffle) == [{0, 1, 2}, {3, 4, 5}, {6, 7, 8}]
    assert as_sets(pair.sources_with_branch) == [set(range(9))] * 3
    assert pair.loss_ratio == pair.exact_loss_ratio == Fraction(2, 3)
    # The merging of the fusion branch depends on all 9, so that all 27 are there, 18 of them brought back.
    assert (pair.without_shuffle, pair.with_branch, pair.recovered) == (0, 27, 18)
    # Seen from the channels, and from the groups.
    assert as_sets(pair.connected(pair.sources)) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}] * 3
    assert pair.by_group(pair.sources) == [[1, 1, 1]] * 3
    assert pair.by_group(pair.sources_without_shuffle) == [[3, 0, 0], [0, 3, 0], [0, 0, 3]]
    assert pair.by_group(pair.sources_with_branch) == [[3, 3, 3]] * 3


def test_groups_that_depend_on_unequal_numbers_by_hand():
    # 57 channels are dealt to 3 groups of 19 in turn: 19 = 6 · 3 + 1, so each group has 7 of one and 6 of the others.
    pair = pair_of("228-MENet-12x1/3")
    assert pair.by_group(pair.sources) == [[7, 6, 6], [6, 7, 6], [6, 6, 7]]
    # 88 are dealt to 8 groups of 11 = 8 + 3: group n starts where 11n cards have been dealt, at group 3n (mod 8).
    pair = pair_of("352-MENet-12x1/8")
    twice = [{(3 * after + extra) % 8 for extra in range(3)} for after in range(8)]
    assert pair.by_group(pair.sources) == [[1 + (before in dealt) for before in range(8)] for dealt in twice]


@settings(max_examples=15)
@given(designs())
def test_pairs_of_any_network_are_those_of_the_count(design):
    for name, block in blocks_of(design).items():
        (pair,), bottleneck = block.pairs, design.width * 2 ** (int(name[5]) - 2) // 4
        # The first convolution of stage 2 is not grouped: its channels are one group, with nothing to lose.
        counted = connections(1 if name == "stage2.0" else design.groups, bottleneck)
        assert (pair.groups, pair.channels) == (counted.groups, counted.channels)
        assert (pair.possible, pair.kept) == (counted.possible, counted.kept)
        assert pair.exact_loss_ratio == counted.exact_loss_ratio
        assert pair.loss_ratio == Fraction(pair.groups - 1, pair.groups)
        # The fusion branch merges all channels, group convolutions that stand in line none.
        assert (pair.with_branch, pair.without_shuffle) == (pair.possible, 0)


def test_the_pair_is_that_of_the_shuffles_own_branch():
    # Between these and the shuffle stand convolutions of another branch, and a depthwise one, which mixes nothing.
    builder = BlockBuilder(CHANNELS, 4, 4)
    compressed = builder.conv("residual.compress", builder.input, CHANNELS, groups=3)
    beside = builder.conv("other.first", builder.input, CHANNELS, groups=2)
    x = builder.shuffle("residual.shuffle", builder.depthwise("residual.depthwise", compressed, 3, 1), 3)
    beside = builder.conv("other.second", beside, CHANNELS, groups=2)
    x = builder.conv("residual.expand", x, CHANNELS, groups=4)
    builder.add("output.add", x, beside)
    line, pair = of_chain([builder.block()]).pairs
    assert (line.first, line.second, line.possible, line.kept) == ("other.first", "other.second", 6 * 6, 0)
    assert (pair.first, pair.second) == ("residual.compress", "residual.expand")
    # 0 4 8 | 1 5 9 | … in 4 groups of 3: each depends on one channel of each of 3 groups.
    assert as_sets(pair.sources) == [{0, 4, 8}, {1, 5, 9}, {2, 6, 10}, {3, 7, 11}]
    assert (pair.possible, pair.kept) == (3 * 4 * 4, 4 * 3)


def test_wide_kernels_mix_channels_too():
    builder = BlockBuilder(CHANNELS, 4, 4)
    x = builder.shuffle("shuffle", builder.conv("first", builder.input, CHANNELS, kernel=3, groups=3), 3)
    builder.conv("second", x, CHANNELS, kernel=3)
    (pair,) = of_chain([builder.block()]).pairs
    assert (pair.first, pair.second, pair.groups) == ("first", "second", 3)
    assert as_sets(pair.sources) == [set(range(CHANNELS))]


def test_every_shuffle_of_a_block_has_its_pair_by_hand():
    builder = BlockBuilder(64, 4, 4)
    x = builder.shuffle("shuffle1", builder.conv("conv1", builder.input, 64, groups=4), 4)
    x = builder.conv("conv2", builder.depthwise("depthwise", x, 3), 64, groups=4)
    builder.conv("conv3", builder.shuffle("shuffle2", x, 2), 64, groups=4)
    one, two = of_chain([builder.block()], 64).blocks[0].pairs
    assert [(pair.first, pair.second, pair.groups, pair.channels) for pair in (one, two)] == [
        ("conv1", "conv2", 4, 64),
        ("conv2", "conv3", 4, 64),
    ]
    # 6 pairs of groups of 16. Four channels of each in each of 4 new groups: 6 · 4 · 4 pairs in each.
    assert (one.possible, one.kept) == (6 * 16 * 16, 4 * 96)
    # Dealt from two halves, a new group has 8 channels of one group of each half: 8 · 8 pairs.
    assert (two.possible, two.kept) == (6 * 16 * 16, 4 * 64)
    assert two.by_group(two.sources) == [[8, 0, 8, 0], [8, 0, 8, 0], [0, 8, 0, 8], [0, 8, 0, 8]]


def test_an_ungrouped_first_convolution_has_nothing_to_lose():
    block = blocks_of("228-MENet-12x1/3")["stage2.0"]
    (pair,) = block.pairs
    assert (pair.possible, pair.kept, pair.recovered, pair.loss_ratio, pair.exact_loss_ratio) == (0, 0, 0, 0, 0)
    # What the branch costs there is no price of a connection.
    assert block.branch.macs > 0
    assert (block.macs_per_recovered, block.params_per_recovered) == (None, None)


# Shares of channel pairs.


def test_the_shares_of_a_small_network_by_hand():
    blocks = blocks_of(parse("36-MENet-1x1/3", stem=12))
    # 36 of 12 channels: 24 by the residual branch, which depends on all 12, and 12 that depend on themselves.
    shares = blocks["stage2.0"].shares
    assert shares.connected == shares.linear == shares.without_both == Fraction(24 * 12 + 12, 36 * 12)
    assert shares.gated == Fraction(24 * 12, 36 * 12)
    # 9 channels in 3 groups, dealt to 3: each depends on all groups. Without the shuffle it depends on its own, of 12
    # of the 36 channels, which those of the identity are among.
    shares = blocks["stage2.1"].shares
    assert shares.connected == shares.linear == shares.gated == shares.without_shuffle == shares.without_branch == 1
    assert shares.without_both == Fraction(1, 3)
    # 72 of 36: half of them by the residual branch, half by the identity.
    shares = blocks["stage3.0"].shares
    assert shares.connected == shares.linear == shares.without_branch == Fraction(36 * 36 + 36, 72 * 36)
    assert shares.gated == Fraction(1, 2)
    assert shares.without_both == Fraction(36 * 12 + 36, 72 * 36)


def test_a_shuffle_of_one_channel_a_group_moves_nothing():
    # 8 channels in 8 groups: the residual branch has the 4 of 32 channels of its own group, shuffled or not.
    block = blocks_of(MENet(width=32, fusion=1, groups=8, stem=8))["stage2.1"]
    (pair,) = block.pairs
    assert (pair.possible, pair.kept, pair.exact_loss_ratio) == (28, 0, 1)
    assert (block.shares.connected, block.shares.gated) == (1, 1)
    assert block.shares.linear == block.shares.without_branch == block.shares.without_both == Fraction(1, 8)


@settings(max_examples=15)
@given(designs())
def test_shares_of_any_network(design):
    found = connectivity(design)
    for shares in (found.shares, *(block.shares for block in found.blocks)):
        assert all(type(share) is Fraction and 0 <= share <= 1 for share in vars(shares).values())
        assert max(shares.linear, shares.gated) <= shares.connected <= shares.linear + shares.gated
        # Less of a network connects no more.
        assert shares.without_branch <= shares.connected
        assert shares.without_both <= shares.without_shuffle
        # Multiplied, the fusion branch is all gate; added, it is none.
        if design.combine == "product":
            assert shares.linear == shares.without_branch
        else:
            assert (shares.linear, shares.gated) == (shares.connected, 0)


@pytest.mark.parametrize("combine", COMBINES)
def test_a_block_depends_on_what_its_operations_do(combine):
    design = parse("36-MENet-1x1/3").but(combine=combine)
    built = {block.name: block for block in network(design).blocks}
    for name, block in blocks_of(design).items():
        channels = built[name].in_channels
        assert block.sources == through([built[name]], itself(channels)).sources
        assert block.shares.connected == Fraction(sum(map(len, as_sets(block.sources))), len(block.sources) * channels)
        assert bool(block.shares.gated) == (combine == "product")


# Mixing depth: blocks until everything is connected.


@settings(max_examples=20)
@given(designs())
def test_the_mixing_depth_of_menets(design):
    # A standard module merges all its input, a downsampling one has identity channels that depend only on themselves,
    # which the module after it merges. Only the single channel of a stem of one is all that there is.
    found = connectivity(design)
    expected = [2 if block.name.endswith(".0") else 1 for block in found.blocks]
    if design.stem == 1:
        expected[0] = 1
    assert [block.mixing_depth for block in found.blocks] == expected
    assert found.mixing_depth == 2


def unit(groups, after, has_shuffle, is_residual):
    """A bottleneck without fusion: what later families are made of."""
    builder = BlockBuilder(CHANNELS, 4, 4)
    x = builder.conv("residual.compress", builder.input, CHANNELS, groups=groups)
    if has_shuffle:
        x = builder.shuffle("residual.shuffle", x, groups)
    x = builder.conv("residual.expand", builder.depthwise("residual.depthwise", x, 3, 1), CHANNELS, groups=after)
    if is_residual:
        builder.add("output.add", x, builder.input)
    return builder.block("unit")


DIVISORS = st.sampled_from([1, 2, 3, 4, 6, 12])
UNITS = st.builds(unit, DIVISORS, DIVISORS, st.booleans(), st.booleans())


def composed(relations):
    """What each channel depends on after each of some relations."""
    found = [{channel} for channel in range(CHANNELS)]
    for relation in relations:
        found = [set().union(*(found[middle] for middle in middles)) for middles in relation]
        yield found


def first_full(relations):
    """How many relations it takes until every channel depends on every other; None where they end before."""
    lengths = enumerate(composed(relations), 1)
    return next((length for length, found in lengths if set(map(len, found)) == {CHANNELS}), None)


@given(st.lists(UNITS, min_size=1, max_size=3), st.data())
def test_the_mixing_depth_is_counted_block_by_block(kinds, data):
    found = of_chain(data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=7)))
    relations = [as_sets(block.sources) for block in found.blocks]
    expected = [first_full(relations[start:]) for start in range(len(relations))]
    assert [block.mixing_depth for block in found.blocks] == expected
    # As far as the network goes on: what starts too near its end to be full does not count.
    assert found.mixing_depth == (max(filter(None, expected)) if expected[0] else None)
    *_, last = composed(relations)
    assert found.shares.connected == Fraction(sum(map(len, last)), CHANNELS**2)
    # Without a branch there is nothing to take away and nothing to pay for.
    for block in found.blocks:
        assert block.shares.without_branch == block.shares.connected == block.shares.linear
        assert (block.branch.macs, block.branch.params, block.macs_per_recovered) == (0, 0, None)


def test_groups_in_line_are_never_connected():
    found = of_chain([unit(3, 3, False, True)] * 9)
    assert (found.mixing_depth, found.shares.connected) == (None, Fraction(1, 3))
    # Each unit's two convolutions face each other, with 4 channels in each of 3 groups; between units, a sum joins.
    assert [(pair.possible, pair.kept) for pair in found.pairs] == [(3 * 4 * 4, 0)] * 9


def test_six_groups_of_two_are_mixed_after_three_units_by_hand():
    # Dealt to groups of two, 12 channels in 6 groups reach 2 groups each: groups 2n and 2n + 1 (mod 6), by group n.
    # Group n of the second unit has those groups of the first, and these 4n to 4n + 3 (mod 6): never all. With a
    # third unit, 8 neighbouring ones: all.
    found = of_chain([unit(6, 6, True, False)] * 5)
    assert [block.mixing_depth for block in found.blocks] == [3, 3, 3, None, None]
    assert found.mixing_depth == 3
    assert found.blocks[0].shares.connected == Fraction(2, 6)


def test_the_stem_and_the_classifier_are_no_modules_where_there_are_any():
    names = [block.name for block in connectivity("36-MENet-1x1/3").blocks]
    assert names == [f"stage{stage}.{index}" for stage, blocks in ((2, 4), (3, 8), (4, 4)) for index in range(blocks)]
    found = of_chain([unit(1, 1, False, False)._replace(unit="")] * 2)
    assert ([block.name for block in found.blocks], found.mixing_depth) == (["stage2.0", "stage2.1"], 1)


@pytest.mark.parametrize("first", ["relu", "norm", "shuffle"])
def test_a_block_may_start_with_anything(first):
    # As those of pre-activated networks do.
    builder = BlockBuilder(CHANNELS, 4, 4)
    x = (
        builder.shuffle("first", builder.input, 3)
        if first == "shuffle"
        else getattr(builder, first)("x", builder.input)
    )
    builder.conv("conv", x, CHANNELS)
    assert of_chain([builder.block("unit")]).shares.connected == 1


# What a branch costs for what it connects.


@settings(max_examples=15)
@given(designs())
def test_the_price_of_a_connection_pays_for_the_fusion_branch(design):
    rows = count(design).rows
    for name, block in blocks_of(design).items():
        fusion = [row for row in rows if row.name.startswith(f"{name}.fusion.")]
        macs, params = sum(row.macs for row in fusion), sum(row.params for row in fusion)
        assert (block.branch.macs, block.branch.params) == (macs, params)
        recovered = block.recovered
        assert recovered == sum(pair.possible - pair.kept for pair in block.pairs)
        prices = (Fraction(macs, recovered), Fraction(params, recovered)) if recovered else (None, None)
        assert (block.macs_per_recovered, block.params_per_recovered) == prices


def test_the_price_of_a_connection_by_hand():
    # 36-MENet-1×1, stage 2, 28×28: 9 to 1 channel, 3×3 of 1, 1 to 9 are 27 weights, each used at 784 positions, and
    # 2 · (1 + 1 + 9) parameters of norms: 21,168 MACs and 49 parameters for 18 connections.
    block = blocks_of("36-MENet-1x1/3")["stage2.1"]
    assert (block.macs_per_recovered, block.params_per_recovered) == (Fraction(27 * 784, 18), Fraction(49, 18))


def with_side(unit):
    """8 channels in groups of two, dealt to 4 groups, beside which a branch of two channels merges all of them."""
    builder = BlockBuilder(8, 4, 4)
    x = builder.shuffle("main.shuffle", builder.conv("main.conv1", builder.input, 8, groups=4), 4)
    side = builder.conv("side.expand", builder.conv("side.squeeze", x, 2), 8)
    builder.conv("main.conv2", builder.add("main.add", x, side), 8, groups=4)
    return builder.block(unit)


@pytest.mark.parametrize("unit", ["unit", ""])
@pytest.mark.parametrize("branch", ["side", "*.side.*"])
def test_any_branch_can_be_taken_away_by_hand(unit, branch):
    found = of_chain([with_side(unit), with_side(unit)], 8, branches=(branch,))
    assert found.branches == (branch,)
    block = found.blocks[1]
    line, pair = block.pairs  # the first of the two units ends, and the second begins, with a grouped convolution
    assert (line.first, line.second) == ("stage2.0.main.conv2", "stage2.1.main.conv1")
    assert (line.kept, line.with_branch, line.possible) == (0, 0, 24)
    assert as_sets(pair.sources) == [{0, 2}, {4, 6}, {1, 3}, {5, 7}]
    # A pair in each group; without the shuffle none, with the branch all: 6 pairs of groups of 2.
    assert (pair.kept, pair.without_shuffle, pair.with_branch, pair.possible) == (4, 0, 24, 24)
    # 8 · 2 and 2 · 8 weights at 16 positions, for 20 connections.
    assert (block.macs_per_recovered, block.params_per_recovered) == (Fraction(32 * 16, 20), Fraction(32, 20))
    shares = block.shares
    assert (shares.connected, shares.linear, shares.gated, shares.without_shuffle) == (1, 1, 0, 1)
    assert (shares.without_branch, shares.without_both) == (Fraction(1, 2), Fraction(1, 4))
    # Named by none, it is a part of the network like any other.
    pairs = of_chain([with_side(unit)], 8).pairs
    assert {pair.second: pair.kept for pair in pairs} == {"side.squeeze": 24, "main.conv2": 24}


# Integers, and nothing but them.


@given(st.sets(st.integers(0, 200)))
def test_the_members_of_a_bit_set(channels):
    assert members(sum(1 << channel for channel in channels)) == sorted(channels)


def test_bit_sets_are_integers_beyond_the_width_of_a_float():
    # 456 channels: a float would have lost the last of them.
    blocks = blocks_of("456-MENet-24x1/3")
    for block in blocks.values():
        (pair,) = block.pairs
        assert all(type(bits) is int for bits in (*block.sources, *pair.sources, *pair.sources_with_branch))
    assert max(bits.bit_length() for bits in blocks["stage3.1"].sources) == 912


def test_connectivity_needs_no_torch():
    code = (
        "import sys, menet_design as md; md.connectivity('36-MENet-1x1/3');"
        "print(sorted({'torch', 'numpy', 'sympy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
