"""Bit-sets against a search for paths, channel by channel, in random blocks and in small MENets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import designs

from menet_design.analysis.cost import _RULES as PRICED_KINDS
from menet_design.analysis.dataflow import AS_IT_IS, Variant, flow, itself, nothing, through
from menet_design.architectures import network
from menet_design.architectures.network import INPUT, Block, Graph, Operation
from menet_design.zoo.menet import MENet

VARIANTS = [Variant(shuffle, fusion) for shuffle in (True, False) for fusion in (True, False)]
MOST_CHANNELS = 16


def as_sets(bit_sets):
    return [{channel for channel in range(bits.bit_length()) if bits >> channel & 1} for bits in bit_sets]


def wires(op, taken, channel, shuffle):
    """The channels that one channel of an operation is made of: which input, its channel, whether it is a gate.

    `taken` are the channels of each input.
    """
    if op.kind in ("conv", "linear"):
        taken_each, made_each = taken[0] // op.groups, op.channels // op.groups
        return [(0, other, False) for other in range(taken[0]) if other // taken_each == channel // made_each]
    if op.kind == "shuffle" and shuffle:
        # Channel j·(C/g) + i becomes channel i·g + j.
        i, j = divmod(channel, op.groups)
        return [(0, j * (op.channels // op.groups) + i, False)]
    if op.kind == "concat":
        return [(0, channel, False)] if channel < taken[0] else [(1, channel - taken[0], False)]
    # What scales or is added, then what it scales or is added to; only the factor of a product is a gate.
    return [(index, channel, op.kind == "product" and index == 1) for index in range(len(op.inputs))]


def is_cut(op, source, variant, made):
    """Without fusion, nothing passes where a fusion branch joins another one; what both have made is neither's."""
    if variant.fusion or not joins(op):
        return False
    return source.startswith("fusion.") and not (source in made and joins(made[source]))


def joins(op):
    return {source.startswith("fusion.") for source in op.inputs} == {True, False}


def heard_by(blocks, channels, output, variant, start=INPUT):
    """(channel, whether by way of a gate) of `start` in the first block, for each path that ends in `output`."""
    widths = [
        {INPUT: blocks[depth - 1].last.channels if depth else channels} | {op.name: op.channels for op in b.operations}
        for depth, b in enumerate(blocks)
    ]
    operations = [{op.name: op for op in block.operations} for block in blocks]
    found, seen = set(), set()

    def follow(depth, name, channel, gated):
        if (depth, name, channel, gated) in seen:
            return
        seen.add((depth, name, channel, gated))
        if depth == 0 and name == start:
            found.add((channel, gated))
        elif name != INPUT:
            op = operations[depth][name]
            taken = [widths[depth][source] for source in op.inputs]
            for index, wire, gates in wires(op, taken, channel, variant.shuffle):
                if not is_cut(op, op.inputs[index], variant, operations[depth]):
                    follow(depth, op.inputs[index], wire, gated or gates)
        elif depth:
            follow(depth - 1, blocks[depth - 1].last.name, channel, gated)

    follow(len(blocks) - 1, blocks[-1].last.name, output, False)
    return found


def searched(blocks, channels, variant, start=INPUT):
    """`linear`, `gated` and `heard` of every output channel, as sets, from the search."""
    outputs = range(blocks[-1].last.channels)
    found = [heard_by(blocks, channels, output, variant, start) for output in outputs]
    linear = [{channel for channel, by_gate in each if not by_gate} for each in found]
    gated = [{channel for channel, by_gate in each if by_gate} for each in found]
    return linear, gated, [{channel for channel, _ in each} for each in found]


def followed(reach):
    return as_sets(reach.linear), as_sets(reach.gated), as_sets(reach.heard)


# Random blocks.

ALONE = ("conv", "group_conv", "depthwise", "shuffle", "norm", "relu", "sigmoid", "pool", "global_pool", "linear")
TWO = ("add", "product", "concat")


def divisors(number):
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


@st.composite
def blocks(draw, channels=None):
    """Blocks of one to eight operations of any kind, in three branches, and the channels of their input."""
    channels = draw(st.integers(1, 9)) if channels is None else channels
    graph = Graph(channels, 4, 4)
    made = [graph.input]
    for index in range(draw(st.integers(1, 8))):
        # Twice the last one, so that not all of them stay beside the path to the output.
        x = draw(st.sampled_from([*made, made[-1]]))
        name = f"{draw(st.sampled_from(['residual', 'fusion', 'output']))}.{index}"
        made.append(_two(draw, graph, name, x, made) or _alone(draw, graph, name, x))
    return graph.block("block")


def _two(draw, graph, name, x, made):
    """An operation on x and another one; None where another kind is drawn, or nothing fits."""
    kind = draw(st.sampled_from([None, None, *TWO]))
    others = [y for y in made if kind and _fits(kind, x, y)]
    if not others:
        return None
    x, y = draw(st.permutations([x, draw(st.sampled_from(others))]))
    return getattr(graph, kind)(name, x, y)


def _fits(kind, x, y):
    return x.channels + y.channels <= MOST_CHANNELS if kind == "concat" else x.channels == y.channels


def _alone(draw, graph, name, x):
    kind = draw(st.sampled_from(ALONE))
    add = getattr(graph, kind, None)
    if kind in ("conv", "linear"):
        return add(name, x, draw(st.integers(1, 9)))
    groups = draw(st.sampled_from(divisors(x.channels)))
    if kind == "group_conv":
        return graph.conv(name, x, draw(st.sampled_from(range(groups, MOST_CHANNELS + 1, groups))), groups=groups)
    if kind == "shuffle":
        return add(name, x, groups)
    if kind == "depthwise":
        return add(name, x, 3, 1)
    return add(name, x, "average", 3, 1) if kind == "pool" else add(name, x)


@st.composite
def chains(draw, most=3):
    """Chains of random blocks, each of which takes what the one before it makes."""
    channels = draw(st.integers(1, 9))
    chain = [draw(blocks(channels))]
    for _ in range(draw(st.integers(0, most - 1))):
        chain.append(draw(blocks(chain[-1].last.channels)))
    return channels, chain


@settings(max_examples=200)
@given(chains(), st.sampled_from(VARIANTS))
def test_random_networks_are_the_paths_through_them(chain, variant):
    channels, chain = chain
    assert followed(through(chain, itself(channels), variant)) == searched(chain, channels, variant)


@given(st.data(), st.sampled_from(VARIANTS))
def test_a_flow_may_start_at_any_operation(data, variant):
    channels = data.draw(st.integers(1, 9))
    block = data.draw(blocks(channels))
    first = data.draw(st.sampled_from(block.operations))
    start = {INPUT: nothing(channels), first.name: itself(first.channels)}
    reach = flow(block.operations, start, variant)[block.last.name]
    assert followed(reach) == searched([block], channels, variant, first.name)


@st.composite
def small_menets(draw):
    """MENets of up to 32 channels in stage 2, with one or two bottleneck channels in each of up to four groups."""
    groups, size = draw(st.integers(1, 4)), draw(st.integers(1, 2))
    design = draw(designs())
    stem = groups * draw(st.integers(1, 4 * size - 1))
    fusion = design.expansion.denominator**2
    return design.but(groups=groups, width=4 * groups * size, stem=stem, fusion=fusion, classes=5)


@settings(max_examples=40)
@given(small_menets(), st.integers(0, 17), st.integers(1, 3), st.sampled_from(VARIANTS))
def test_menets_are_the_paths_through_them(design, first, length, variant):
    chain = network(design).blocks[first : first + length]
    taken = network(design).blocks[first - 1].last.channels if first else 3
    assert followed(through(chain, itself(taken), variant)) == searched(chain, taken, variant)


# Cases by hand.


def only(reach, of=INPUT):
    """What the channels of a flow's one operation hear, all of it without a gate."""
    assert not any(reach.gated)
    return as_sets(reach.linear)


def test_nine_channels_in_three_groups_by_hand():
    # Fig. 1: channels 012 345 678 are shuffled to 036 147 258, so that the next groups hear one of each.
    graph = Graph(9, 1, 1)
    x = graph.shuffle("shuffle", graph.input, 3)
    graph.conv("conv", x, 9, groups=3)
    block = graph.block("block")
    shuffled, straight = ([block], itself(9)), ([block], itself(9), Variant(shuffle=False))
    assert only(through(*shuffled)) == 3 * [{0, 3, 6}] + 3 * [{1, 4, 7}] + 3 * [{2, 5, 8}]
    assert only(through(*straight)) == 3 * [{0, 1, 2}] + 3 * [{3, 4, 5}] + 3 * [{6, 7, 8}]


def test_a_group_convolution_of_other_widths_by_hand():
    # 6 channels to 4 in 2 groups: outputs 0 and 1 hear inputs 0 to 2, outputs 2 and 3 the rest.
    graph = Graph(6, 1, 1)
    graph.conv("conv", graph.input, 4, groups=2)
    assert only(through([graph.block("block")], itself(6))) == [{0, 1, 2}, {0, 1, 2}, {3, 4, 5}, {3, 4, 5}]


def gated_block(combine):
    """residual (a channel for itself) combined with fusion (a channel for all): the smallest merging and evolution."""
    graph = Graph(2, 1, 1)
    x = graph.depthwise("residual.depthwise", graph.input, 3, 1)
    gate = graph.sigmoid("fusion.sigmoid", graph.conv("fusion.merge", graph.input, 2))
    getattr(graph, combine)("fusion.join", x, gate)
    return graph.block("block")


def test_a_product_has_a_scaled_side_and_a_gate():
    reach = through([gated_block("product")], itself(2))
    assert as_sets(reach.linear) == [{0}, {1}]
    assert as_sets(reach.gated) == [{0, 1}, {0, 1}]
    assert as_sets(through([gated_block("product")], itself(2), Variant(fusion=False)).heard) == [{0}, {1}]


def test_a_sum_has_no_gate():
    reach = through([gated_block("add")], itself(2))
    assert as_sets(reach.linear) == [{0, 1}, {0, 1}]
    assert reach.gated == [0, 0]


def test_what_has_passed_a_gate_stays_gated():
    # The second block mixes: both outputs hear both inputs, by the gate and past it.
    graph = Graph(2, 1, 1)
    graph.conv("conv", graph.input, 2)
    reach = through([gated_block("product"), graph.block("mix")], itself(2))
    assert as_sets(reach.linear) == as_sets(reach.gated) == [{0, 1}, {0, 1}]


@pytest.mark.parametrize("combine", ["product", "add"])
def test_a_menet_without_fusion_is_one_that_never_had_it(combine):
    # A standard module of 24 channels in 3 groups, drawn anew with the residual and the identity branch alone.
    graph = Graph(24, 4, 4)
    x = graph.conv("residual.compress", graph.input, 6, groups=3)
    x = graph.depthwise("residual.depthwise", graph.shuffle("residual.shuffle", x, 3), 3, 1)
    graph.add("output.add", graph.conv("residual.expand", x, 24, groups=3), graph.input)
    bare = through([graph.block("bare")], itself(24))
    design = MENet(width=24, fusion=2, groups=3, stem=3, combine=combine)
    assert through([network(design).blocks[2]], itself(24), Variant(fusion=False)) == bare


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_hears_nothing(variant):
    block = network(MENet(width=24, fusion=2, groups=3, stem=3)).blocks[2]
    assert through([block], nothing(24), variant) == nothing(24)


# What holds for all.


def compose(second, first):
    """Relations as lists of sets: what each channel hears through both."""
    return [set().union(*(first[middle] for middle in middles)) for middles in second]


@given(chains(most=2), st.data(), st.sampled_from(VARIANTS))
def test_a_chain_is_the_composition_of_its_blocks(chain, data, variant):
    channels, (one, *_) = chain
    middle = one.last.channels
    other = data.draw(blocks(middle))
    linear, gated, heard = followed(through([one, other], itself(channels), variant))
    first = followed(through([one], itself(channels), variant))
    second = followed(through([other], itself(middle), variant))
    assert linear == compose(second[0], first[0])
    assert heard == compose(second[2], first[2])
    # Gated is what is gated in the one block or in the other.
    assert gated == [a | b for a, b in zip(compose(second[1], first[2]), compose(second[2], first[1]), strict=True)]


def assert_within(before, after):
    """No connection of any kind is lost; concatenation may have added output channels at the end."""
    for some, more in zip(before, after, strict=True):
        assert all(bits & ~others == 0 for bits, others in zip(some, more, strict=False))
        assert len(some) <= len(more)


@st.composite
def with_branch(draw, block, channels):
    """A block with one more branch: a convolution of anything in it, joined with its output."""
    last, name = block.last, draw(st.sampled_from(["fusion.extra", "extra"]))
    sources = {INPUT: channels} | {op.name: op.channels for op in block.operations}
    source = draw(st.sampled_from(list(sources)))
    branch = Operation(name, "conv", (source,), last.channels, 4, 4, sources[source])
    kind = draw(st.sampled_from(TWO))
    joined = Operation("joined", kind, (last.name, name), last.channels * (1 + (kind == "concat")), 4, 4)
    return Block(block.name, (*block.operations, branch, joined))


@st.composite
def with_connection(draw, block, channels):
    """A block in which one operation is added something of an earlier one before anything reads it."""
    index = draw(st.integers(0, len(block.operations) - 1))
    op, earlier = block.operations[index], block.operations[:index]
    sources = {INPUT: channels} | {other.name: other.channels for other in earlier}
    source = draw(st.sampled_from(list(sources)))
    extra = Operation("extra", "conv", (source,), op.channels, 4, 4, sources[source])
    # A name in the branch of what it replaces, so that the branches meet each other where they did.
    joined = Operation(f"{op.name}_joined", "add", (op.name, "extra"), op.channels, 4, 4)
    later = [
        other._replace(inputs=tuple(joined.name if name == op.name else name for name in other.inputs))
        for other in block.operations[index + 1 :]
    ]
    return Block(block.name, (*earlier, op, extra, joined, *later))


@given(st.data(), st.sampled_from([with_branch, with_connection]), st.booleans())
def test_a_branch_more_never_removes_a_connection(data, extended, shuffle):
    channels = data.draw(st.integers(1, 9))
    block = data.draw(blocks(channels))
    more = data.draw(extended(block, channels))
    before, after = (through([each], itself(channels), Variant(shuffle)) for each in (block, more))
    assert_within(before, after)


@given(st.data(), st.integers(1, 9))
def test_a_branch_that_scales_never_removes_a_connection(data, channels):
    # A gate turned round: what was heard past all gates is now heard by way of one, but still heard.
    block = data.draw(blocks(channels))
    scale = Operation("scale", "conv", (INPUT,), block.last.channels, 4, 4, channels)
    joined = Operation("joined", "product", ("scale", block.last.name), block.last.channels, 4, 4)
    before = through([block], itself(channels))
    after = through([Block("more", (*block.operations, scale, joined))], itself(channels))
    assert_within([before.heard], [after.gated])


@given(chains(), st.booleans())
def test_the_fusion_branch_never_removes_a_connection(chain, shuffle):
    channels, chain = chain
    without, with_it = (through(chain, itself(channels), Variant(shuffle, fusion)) for fusion in (False, True))
    assert_within(without, with_it)


@given(st.data(), st.sampled_from(VARIANTS), st.integers(1, 9))
def test_who_hears_more_at_the_start_hears_no_less_at_the_end(data, variant, channels):
    block = data.draw(blocks(channels))
    deaf = data.draw(st.sets(st.integers(0, channels - 1)))
    start = itself(channels)
    less = start._replace(linear=[0 if channel in deaf else bits for channel, bits in enumerate(start.linear)])
    assert_within(through([block], less, variant), through([block], start, variant))


@given(chains(), st.sampled_from(VARIANTS))
def test_bit_sets_are_integers_of_the_input_channels(chain, variant):
    channels, chain = chain
    reach = through(chain, itself(channels), variant)
    for sets in (*reach, reach.heard):
        assert len(sets) == chain[-1].last.channels
        assert all(type(bits) is int and 0 <= bits < 2**channels for bits in sets)


@pytest.mark.parametrize("kind", PRICED_KINDS)
def test_every_kind_that_has_a_cost_has_a_flow(kind):
    # One channel through one group: whatever the kind is, the output hears the input.
    count = 2 if kind in TWO else 1
    op = Operation("op", kind, (INPUT,) * count, 2 if kind == "concat" else 1, 1, 1, in_channels=1)
    assert all(flow([op], {INPUT: itself(1)}, AS_IT_IS)["op"].heard)
