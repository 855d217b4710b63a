"""Who hears whom in whole networks: cases by hand, the paper's pairs, and blocks composed one by one."""

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import designs

from menet_design.analysis.connectivity import connectivity, members
from menet_design.analysis.cost import count
from menet_design.analysis.dataflow import itself, through
from menet_design.analysis.loss_ratio import connections
from menet_design.architectures import network
from menet_design.architectures.network import Graph, Network
from menet_design.search.naming import parse
from menet_design.zoo.menet import COMBINES, MENet

NAMES = ("stage2.0", "stage2.1", "stage3.0", "stage3.1", "stage4.0", "stage4.1")
# Of the blocks that are drawn here.
CHANNELS = 12


def blocks_of(design):
    """The modules of a design by name, one of each kind."""
    blocks = {block.name: block for block in connectivity(design).blocks}
    return {name: blocks[name] for name in NAMES}


def as_sets(bit_sets):
    return [{channel for channel in range(bits.bit_length()) if bits >> channel & 1} for bits in bit_sets]


def connectivity_of(blocks, monkeypatch):
    """The connectivity of a chain of blocks, as if it were a design's."""
    monkeypatch.setattr("menet_design.analysis.connectivity.network", lambda _: Network(tuple(blocks)))
    return connectivity(parse("36-MENet-1x1/3"))


# The pairs of convolutions around a shuffle.


def test_figure_1_by_hand():
    # Fig. 1: channels 012 345 678 in 3 groups, shuffled to 036 147 258. Each new group holds one channel of each old
    # one: 3 pairs in each of 3 groups are kept. Possible: 3 pairs of groups times 3 · 3 channels.
    # w = 36 has such a bottleneck, w/4 = 9.
    pair = blocks_of(parse("36-MENet-1x1/3"))["stage2.1"].pair
    assert (pair.first, pair.second) == ("residual.compress", "residual.expand")
    assert (pair.groups, pair.channels, pair.possible, pair.kept) == (3, 9, 27, 9)
    assert as_sets(pair.hears) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}]
    assert as_sets(pair.hears_without_shuffle) == [{0, 1, 2}, {3, 4, 5}, {6, 7, 8}]
    assert as_sets(pair.hears_with_fusion) == [set(range(9))] * 3
    assert pair.loss_ratio == pair.exact_loss_ratio == Fraction(2, 3)
    # The merging of the fusion branch hears all 9, so that all 27 are there, 18 of them brought back.
    assert (pair.without_shuffle, pair.with_fusion, pair.recovered) == (0, 27, 18)


def test_figure_1_seen_from_the_channels_and_from_the_groups():
    pair = blocks_of(parse("36-MENet-1x1/3"))["stage2.1"].pair
    assert as_sets(pair.meetings(pair.hears)) == [{0, 3, 6}, {1, 4, 7}, {2, 5, 8}] * 3
    assert pair.listening(pair.hears) == [[1, 1, 1], [1, 1, 1], [1, 1, 1]]
    assert pair.listening(pair.hears_without_shuffle) == [[3, 0, 0], [0, 3, 0], [0, 0, 3]]
    assert pair.listening(pair.hears_with_fusion) == [[3, 3, 3], [3, 3, 3], [3, 3, 3]]


# Bottlenecks of stage 2: a quarter of the width.
@pytest.mark.parametrize(
    ("name", "channels", "possible", "kept"),
    [
        ("228-MENet-12x1/3", 57, 1083, 360),
        ("352-MENet-12x1/8", 88, 3388, 416),
        ("256-MENet-12x1/4", 64, 1536, 384),
    ],
)
def test_the_papers_networks(name, channels, possible, kept):
    pair = blocks_of(parse(name))["stage2.1"].pair
    assert (pair.channels, pair.possible, pair.kept, pair.with_fusion) == (channels, possible, kept, possible)


def test_groups_that_hear_unequal_numbers_by_hand():
    # 57 channels are dealt to 3 groups of 19 in turn: 19 = 6 · 3 + 1, so each group hears 7 of one and 6 of the others.
    pair = blocks_of(parse("228-MENet-12x1/3"))["stage2.1"].pair
    assert pair.listening(pair.hears) == [[7, 6, 6], [6, 7, 6], [6, 6, 7]]
    # 88 are dealt to 8 groups of 11 = 8 + 3: group n starts where 11n cards have been dealt, at group 3n (mod 8).
    pair = blocks_of(parse("352-MENet-12x1/8"))["stage2.1"].pair
    twice = [{(3 * after + extra) % 8 for extra in range(3)} for after in range(8)]
    assert pair.listening(pair.hears) == [[1 + (before in heard) for before in range(8)] for heard in twice]


@pytest.mark.parametrize("groups", range(1, 9))
def test_pairs_of_small_networks_are_those_of_the_count(groups):
    for channels in range(groups, 17, groups):
        design = MENet(width=4 * channels, fusion=1, groups=groups, stem=groups)
        for name in ("stage2.1", "stage3.0", "stage4.1"):
            pair = blocks_of(design)[name].pair
            counted = connections(groups, channels * {"2": 1, "3": 2, "4": 4}[name[5]])
            assert (pair.groups, pair.channels) == (counted.groups, counted.channels)
            assert (pair.possible, pair.kept) == (counted.possible, counted.kept)
            assert pair.exact_loss_ratio == counted.exact_loss_ratio


@settings(max_examples=15)
@given(designs())
def test_pairs_of_any_network_are_those_of_the_count(design):
    for name, block in blocks_of(design).items():
        pair, bottleneck = block.pair, design.width * 2 ** (int(name[5]) - 2) // 4
        # The first convolution of stage 2 is not grouped: its channels are one group, with nothing to lose.
        counted = connections(1 if name == "stage2.0" else design.groups, bottleneck)
        assert (pair.groups, pair.channels) == (counted.groups, counted.channels)
        assert (pair.possible, pair.kept) == (counted.possible, counted.kept)
        assert pair.loss_ratio == Fraction(pair.groups - 1, pair.groups)
        # The fusion branch merges all channels, group convolutions that stand in line none.
        assert (pair.with_fusion, pair.without_shuffle) == (pair.possible, 0)


def test_the_pair_is_that_of_the_shuffles_own_branch(monkeypatch):
    # Between these and the shuffle stand convolutions of another branch, and a depthwise one, which mixes nothing.
    graph = Graph(CHANNELS, 4, 4)
    compressed = graph.conv("residual.compress", graph.input, CHANNELS, groups=3)
    beside = graph.conv("other.first", graph.input, CHANNELS, groups=2)
    x = graph.shuffle("residual.shuffle", graph.depthwise("residual.depthwise", compressed, 3, 1), 3)
    beside = graph.conv("other.second", beside, CHANNELS, groups=2)
    x = graph.conv("residual.expand", x, CHANNELS, groups=4)
    graph.add("output.add", x, beside)
    pair = connectivity_of([graph.block("stage2.0")], monkeypatch).blocks[0].pair
    assert (pair.first, pair.second) == ("residual.compress", "residual.expand")
    # 0 4 8 | 1 5 9 | … in 4 groups of 3: each hears one channel of each of 3 groups.
    assert as_sets(pair.hears) == [{0, 4, 8}, {1, 5, 9}, {2, 6, 10}, {3, 7, 11}]
    assert (pair.possible, pair.kept) == (3 * 4 * 4, 4 * 3)


def test_wide_kernels_mix_channels_too(monkeypatch):
    graph = Graph(CHANNELS, 4, 4)
    x = graph.shuffle("shuffle", graph.conv("first", graph.input, CHANNELS, kernel=3), 3)
    graph.conv("second", x, CHANNELS, kernel=3)
    pair = connectivity_of([graph.block("stage2.0")], monkeypatch).blocks[0].pair
    assert (pair.first, pair.second, pair.groups) == ("first", "second", 1)
    assert as_sets(pair.hears) == [set(range(CHANNELS))]


def test_an_ungrouped_first_convolution_has_nothing_to_lose():
    block = blocks_of(parse("228-MENet-12x1/3"))["stage2.0"]
    assert (block.pair.groups, block.pair.channels) == (1, 57)
    assert (block.pair.possible, block.pair.kept, block.pair.recovered) == (0, 0, 0)
    assert block.pair.loss_ratio == block.pair.exact_loss_ratio == 0
    # What the branch costs there is no price of a connection.
    assert block.fusion.macs > 0
    assert (block.macs_per_recovered, block.params_per_recovered) == (None, None)


# Shares of channel pairs.


def test_the_shares_of_a_small_network_by_hand():
    blocks = blocks_of(parse("36-MENet-1x1/3", stem=12))
    # 36 of 12 channels: 24 by the residual branch, which hears all 12, and 12 that hear themselves.
    shares = blocks["stage2.0"].shares
    assert shares.connected == shares.linear == shares.neither == Fraction(24 * 12 + 12, 36 * 12)
    assert shares.gated == Fraction(24 * 12, 36 * 12)
    # 9 channels in 3 groups, dealt to 3: each hears all groups. Without the shuffle it hears its own, of 12 of the 36
    # channels, which those of the identity are among.
    shares = blocks["stage2.1"].shares
    assert shares.connected == shares.linear == shares.gated == shares.no_shuffle == shares.no_fusion == 1
    assert shares.neither == Fraction(1, 3)
    # 72 of 36: half of them by the residual branch, half by the identity.
    shares = blocks["stage3.0"].shares
    assert shares.connected == shares.linear == shares.no_fusion == Fraction(36 * 36 + 36, 72 * 36)
    assert shares.gated == Fraction(1, 2)
    assert shares.neither == Fraction(36 * 12 + 36, 72 * 36)


def test_a_shuffle_of_one_channel_a_group_moves_nothing():
    # 8 channels in 8 groups: the residual branch hears the 4 of 32 channels of its own group, shuffled or not.
    block = blocks_of(MENet(width=32, fusion=1, groups=8, stem=8))["stage2.1"]
    assert (block.pair.possible, block.pair.kept, block.pair.exact_loss_ratio) == (28, 0, 1)
    assert (block.shares.connected, block.shares.gated) == (1, 1)
    assert block.shares.linear == block.shares.no_fusion == block.shares.neither == Fraction(1, 8)


@settings(max_examples=15)
@given(designs())
def test_shares_are_shares(design):
    found = connectivity(design)
    for shares in (found.shares, *(block.shares for block in found.blocks)):
        assert all(type(share) is Fraction and 0 <= share <= 1 for share in shares)
        assert max(shares.linear, shares.gated) <= shares.connected <= shares.linear + shares.gated
        # Less of a network connects no more.
        assert shares.no_fusion <= shares.connected
        assert shares.neither <= shares.no_shuffle


@settings(max_examples=15)
@given(designs())
def test_the_linear_path_is_what_is_left_without_the_gates(design):
    # Multiplied, the fusion branch is all gate; added, it is none.
    found = connectivity(design)
    for shares in (found.shares, *(block.shares for block in found.blocks)):
        if design.combine == "product":
            assert shares.linear == shares.no_fusion
        else:
            assert (shares.linear, shares.gated) == (shares.connected, 0)


@pytest.mark.parametrize("combine", COMBINES)
def test_only_a_product_has_a_gate(combine):
    design = parse("36-MENet-1x1/3").but(combine=combine)
    gated = [block.shares.gated for block in connectivity(design).blocks]
    assert all(gated) if combine == "product" else not any(gated)


@pytest.mark.parametrize("combine", COMBINES)
def test_a_block_hears_what_its_operations_do(combine):
    design = parse("36-MENet-1x1/3").but(combine=combine)
    built = {block.name: block for block in network(design).blocks}
    for name, block in blocks_of(design).items():
        channels = built[name].in_channels
        assert block.heard == through([built[name]], itself(channels)).heard
        assert block.shares.connected == Fraction(sum(map(len, as_sets(block.heard))), len(block.heard) * channels)


# Blocks until everything is heard.


@settings(max_examples=20)
@given(designs())
def test_blocks_to_full_of_menets(design):
    # A standard module merges all its input, a downsampling one has identity channels that hear only themselves, which
    # the module after it merges. Only the single channel of a stem of one is all that there is.
    found = connectivity(design)
    expected = [2 if block.name.endswith(".0") else 1 for block in found.blocks]
    if design.stem == 1:
        expected[0] = 1
    assert [block.blocks_to_full for block in found.blocks] == expected
    assert found.blocks_to_full == 2


def unit(groups, after, has_shuffle, is_residual):
    """A bottleneck without fusion: what later families are made of."""
    graph = Graph(CHANNELS, 4, 4)
    x = graph.conv("residual.compress", graph.input, CHANNELS, groups=groups)
    if has_shuffle:
        x = graph.shuffle("residual.shuffle", x, groups)
    x = graph.conv("residual.expand", graph.depthwise("residual.depthwise", x, 3, 1), CHANNELS, groups=after)
    if is_residual:
        graph.add("output.add", x, graph.input)
    return graph.block("").operations


DIVISORS = st.sampled_from([1, 2, 3, 4, 6, 12])
UNITS = st.builds(unit, DIVISORS, DIVISORS, st.booleans(), st.booleans())


def composed(relations):
    """What each channel hears after each of some relations."""
    heard = [{channel} for channel in range(CHANNELS)]
    for relation in relations:
        heard = [set().union(*(heard[middle] for middle in middles)) for middles in relation]
        yield heard


def first_full(relations):
    """How many relations it takes until every channel hears every other; None where they end before."""
    lengths = enumerate(composed(relations), 1)
    return next((length for length, heard in lengths if set(map(len, heard)) == {CHANNELS}), None)


def named(operations, unit="unit"):
    """A chain of blocks of these operations; equal ones share them, as in a network."""
    graph = Graph(CHANNELS, 4, 4)
    return [graph.block(f"stage2.{index}", unit)._replace(operations=each) for index, each in enumerate(operations)]


@given(st.lists(UNITS, min_size=1, max_size=3), st.data())
def test_blocks_to_full_is_counted_block_by_block(kinds, data):
    blocks = named(data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=7)))
    with pytest.MonkeyPatch.context() as monkeypatch:
        found = connectivity_of(blocks, monkeypatch)
    relations = [as_sets(block.heard) for block in found.blocks]
    expected = [first_full(relations[start:]) for start in range(len(relations))]
    assert [block.blocks_to_full for block in found.blocks] == expected
    # As far as the network goes on: what starts too near its end to be full does not count.
    assert found.blocks_to_full == (max(filter(None, expected)) if expected[0] else None)
    *_, heard = composed(relations)
    assert found.shares.connected == Fraction(sum(map(len, heard)), CHANNELS**2)
    # Without a fusion branch there is nothing to take away and nothing to pay for.
    for block in found.blocks:
        assert block.shares.no_fusion == block.shares.connected == block.shares.linear
        assert (block.fusion.macs, block.fusion.params, block.macs_per_recovered) == (0, 0, None)


def test_groups_in_line_never_hear_each_other(monkeypatch):
    found = connectivity_of(named([unit(3, 3, False, True)] * 9), monkeypatch)
    assert (found.blocks_to_full, found.shares.connected) == (None, Fraction(1, 3))
    assert [block.pair for block in found.blocks] == [None] * 9


def test_six_groups_of_two_hear_everything_after_three_units_by_hand(monkeypatch):
    # Dealt to groups of two, 12 channels in 6 groups reach 2 groups each: groups 2n and 2n + 1 (mod 6), by group n.
    # Group n of the second unit hears those groups of the first, and these 4n to 4n + 3 (mod 6): never all. With a
    # third unit, 8 neighbouring ones: all.
    found = connectivity_of(named([unit(6, 6, True, False)] * 5), monkeypatch)
    assert [block.blocks_to_full for block in found.blocks] == [3, 3, 3, None, None]
    assert found.blocks_to_full == 3
    assert found.blocks[0].shares.connected == Fraction(2, 6)


def test_a_network_without_modules_is_taken_whole(monkeypatch):
    blocks = named([unit(1, 1, False, False)] * 2, unit="")
    found = connectivity_of(blocks, monkeypatch)
    assert [block.name for block in found.blocks] == ["stage2.0", "stage2.1"]
    assert found.blocks_to_full == 1


def test_the_stem_and_the_classifier_are_no_modules():
    names = [block.name for block in connectivity(parse("36-MENet-1x1/3")).blocks]
    assert names == [f"stage{stage}.{index}" for stage, blocks in ((2, 4), (3, 8), (4, 4)) for index in range(blocks)]


@pytest.mark.parametrize("first", ["relu", "norm", "shuffle"])
def test_a_block_may_start_with_anything(monkeypatch, first):
    # As those of pre-activated networks do.
    graph = Graph(CHANNELS, 4, 4)
    x = graph.shuffle("first", graph.input, 3) if first == "shuffle" else getattr(graph, first)("first", graph.input)
    graph.conv("conv", x, CHANNELS)
    assert connectivity_of([graph.block("stage2.0", "unit")], monkeypatch).shares.connected == 1


# What the fusion branch costs for it.


@settings(max_examples=15)
@given(designs())
def test_the_price_of_a_connection_pays_for_the_fusion_branch(design):
    rows = count(design).rows
    for name, block in blocks_of(design).items():
        fusion = [row for row in rows if row.name.startswith(f"{name}.fusion.")]
        macs, params = sum(row.macs for row in fusion), sum(row.params for row in fusion)
        assert (block.fusion.macs, block.fusion.params) == (macs, params)
        recovered = connections(block.pair.groups, block.pair.channels)
        recovered = recovered.possible - recovered.kept
        assert block.pair.recovered == recovered
        if recovered:
            assert block.macs_per_recovered * recovered == macs
            assert block.params_per_recovered * recovered == params
        else:
            assert block.macs_per_recovered is block.params_per_recovered is None


def test_the_price_of_a_connection_by_hand():
    # 36-MENet-1×1, stage 2, 28×28: 9 to 1 channel, 3×3 of 1, 1 to 9 are 27 weights, each used at 784 positions, and
    # 2 · (1 + 1 + 9) parameters of norms: 21,168 MACs and 49 parameters for 18 connections.
    block = blocks_of(parse("36-MENet-1x1/3"))["stage2.1"]
    assert block.macs_per_recovered == Fraction(27 * 784, 18)
    assert block.params_per_recovered == Fraction(49, 18)


# Integers, and nothing but them.


@given(st.sets(st.integers(0, 200)))
def test_the_members_of_a_bit_set(channels):
    assert members(sum(1 << channel for channel in channels)) == sorted(channels)


def test_bit_sets_are_integers_beyond_the_width_of_a_float():
    # 456 channels: a float would have lost the last of them.
    for block in blocks_of(parse("456-MENet-24x1/3")).values():
        assert all(type(bits) is int for bits in (*block.heard, *block.pair.hears, *block.pair.hears_with_fusion))
        assert all(bits.bit_length() <= channels_in_of(block) for bits in block.heard)


def channels_in_of(block):
    """The input channels of a module of 456-MENet: the stem of 48, the width before or its own width."""
    stage, index = int(block.name[5]), int(block.name[7:])
    before = 48 if stage == 2 else 456 * 2 ** (stage - 3)
    return 456 * 2 ** (stage - 2) if index else before


def test_connectivity_needs_no_torch():
    code = (
        "import sys, menet_design as md; md.connectivity(md.parse('36-MENet-1x1/3'));"
        "print(sorted({'torch', 'numpy', 'sympy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
