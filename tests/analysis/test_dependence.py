"""Bit-sets against a search for paths, channel by channel, in random graphs of blocks and in small MENets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import designs

from menet_design.analysis.dependence import NOTHING, Removed, flow, itself, nothing, through
from menet_design.analysis.pairs import members
from menet_design.families.menet import MENet
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import INPUT, Block, chain, grouped
from menet_design.graph.operation import Operation
from menet_design.resolving import network

REMOVED = [Removed(shuffles, branches) for shuffles in (False, True) for branches in ((), ("fusion",))]
ANY_REMOVED = st.sampled_from(REMOVED)
MOST_CHANNELS = 16


def as_sets(bit_sets):
    return [set(members(bits)) for bits in bit_sets]


def wires(op, channel, without_shuffles):
    """The channels that one channel of an operation is made of: which input, its channel, whether it is a gate."""
    read = [shape[0] for shape in op.reads]
    if op.kind in ("conv", "linear"):
        read_each, made_each = read[0] // op.groups, op.channels // op.groups
        return [(0, other, False) for other in range(read[0]) if other // read_each == channel // made_each]
    if op.kind == "shuffle" and not without_shuffles:
        # Channel j·(C/g) + i becomes channel i·g + j.
        i, j = divmod(channel, op.groups)
        return [(0, j * (op.channels // op.groups) + i, False)]
    if op.kind == "pad":
        # Of the channels that are added, half stand in front.
        passed = channel - (op.channels - read[0]) // 2
        return [(0, passed, False)] if 0 <= passed < read[0] else []
    if op.kind == "concat" and channel >= read[0]:
        return [(1, channel - read[0], False)]
    # What scales or is added, then what it scales or is added to; only the factor of a product is a gate.
    parts = 1 if op.kind == "concat" else len(op.inputs)
    return [(index, channel, op.kind == "product" and index == 1) for index in range(parts)]


def is_cut(block, op, source, branches):
    """Without fusion, nothing passes from a fusion branch to the rest; what joins both is neither's."""

    def is_fusion(name):
        inside = [each for each in block.operations if each.name == name and name.startswith("fusion.")]
        return any(len({read.startswith("fusion.") for read in each.inputs}) == 1 for each in inside)

    return bool(branches) and is_fusion(source) and not is_fusion(op.name)


def paths(blocks, output, removed, starts):
    """(channel, whether by way of a gate), for each path that ends in a channel of the output of the blocks.

    `starts` are the full names at which paths begin, and which of all channels their first ones are.
    """
    operations = {block.full_name(op.name): (block, op) for block in blocks for op in block.operations}
    found, seen, ends = set(), set(), [(blocks[-1].output_name, output, False)]
    while ends:
        name, channel, gated = end = ends.pop()
        if name in starts:
            found.add((starts[name] + channel, gated))
        elif end not in seen and name in operations:
            block, op = operations[name]
            for index, wire, gates in wires(op, channel, removed.shuffles):
                if not is_cut(block, op, op.inputs[index], removed.branches):
                    ends.append((block.full_name(op.inputs[index]), wire, gated or gates))
        seen.add(end)
    return found


def searched(blocks, removed, starts=None):
    """`linear`, `gated` and `sources` of every output channel, as sets, from the search."""
    if starts is None:
        first, starts = 0, {}
        for name, shape in zip(blocks[0].inputs, blocks[0].read, strict=True):
            first, starts[name] = first + shape[0], first
    found = [paths(blocks, output, removed, starts) for output in range(blocks[-1].last.channels)]
    linear = [{channel for channel, by_gate in each if not by_gate} for each in found]
    gated = [{channel for channel, by_gate in each if by_gate} for each in found]
    return linear, gated, [{channel for channel, _ in each} for each in found]


def followed(dependence):
    return as_sets(dependence.linear), as_sets(dependence.gated), as_sets(dependence.sources)


def through_all(blocks, removed):
    return through(blocks, itself(blocks[0].in_channels), removed)


# Random graphs.

ALONE = ("conv", "groups", "depthwise", "shuffle", "norm", "relu", "sigmoid", "pool", "global_pool", "linear", "pad")
TWO = ("add", "product", "concat")
CHANNELS = st.integers(1, 9)


@st.composite
def graphs(draw, channels=CHANNELS, most_blocks=3, inputs=2):
    """Blocks of one to eight operations of any kind, in three branches, that read any earlier one or an input."""
    builder = BlockBuilder(draw(channels), 4, 4)
    made, block = [builder.input], 0
    if draw(st.integers(1, inputs)) == 2:
        made.append(Operation("input1", INPUT, (), (), (draw(CHANNELS), 4, 4)))
    for index in range(draw(st.integers(1, 8))):
        # Twice the last one, so that not all of them stay beside the path to the output.
        x = draw(st.sampled_from([*made, made[-1]]))
        block = min(block + draw(st.sampled_from([0, 0, 0, 1])), most_blocks - 1)
        name = f"b{block}.{draw(st.sampled_from(['residual', 'fusion', 'output']))}.{index}"
        made.append(_two(draw, builder, name, x, made) or _alone(draw, builder, name, x))
    return grouped(builder.block().operations, lambda name: name.partition(".")[0])


def _two(draw, builder, name, x, made):
    """An operation on x and another one; None where another kind is drawn, or nothing fits."""
    kind = draw(st.sampled_from([None, None, *TWO]))
    others = [y for y in made if kind and _fits(kind, x, y)]
    if not others:
        return None
    return getattr(builder, kind)(name, *draw(st.permutations([x, draw(st.sampled_from(others))])))


def _fits(kind, x, y):
    return x.channels + y.channels <= MOST_CHANNELS if kind == "concat" else x.channels == y.channels


def _alone(draw, builder, name, x):
    kind = draw(st.sampled_from(ALONE))
    groups = draw(st.sampled_from([divisor for divisor in range(1, x.channels + 1) if x.channels % divisor == 0]))
    given_too = {
        "conv": lambda: builder.conv(name, x, draw(CHANNELS)),
        "groups": lambda: builder.conv(name, x, groups * draw(st.integers(1, MOST_CHANNELS // groups)), groups=groups),
        "linear": lambda: builder.linear(name, x, draw(CHANNELS)),
        "shuffle": lambda: builder.shuffle(name, x, groups),
        "depthwise": lambda: builder.depthwise(name, x, 3),
        "pool": lambda: builder.pool(name, x, "average", 3, 1),
        "pad": lambda: builder.pad(name, x, draw(st.integers(x.channels, MOST_CHANNELS))),
    }
    return given_too[kind]() if kind in given_too else getattr(builder, kind)(name, x)


def one_block(channels=CHANNELS):
    return graphs(channels, most_blocks=1, inputs=1).map(lambda blocks: blocks[0])


@settings(max_examples=200)
@given(graphs(), ANY_REMOVED)
def test_random_networks_are_the_paths_through_them(blocks, removed):
    assert followed(through_all(blocks, removed)) == searched(blocks, removed)


@given(one_block(), st.data(), ANY_REMOVED)
def test_a_flow_may_start_at_any_operation(block, data, removed):
    first = data.draw(st.sampled_from(block.operations))
    start = {INPUT: nothing(block.in_channels), first.name: itself(first.channels)}
    found = flow(block, start, removed)[block.last.name]
    assert followed(found) == searched([block], removed, {block.full_name(first.name): 0})


@st.composite
def small_menets(draw):
    """MENets of up to 32 channels in stage 2, with one or two bottleneck channels in each of up to four groups."""
    groups, size = draw(st.integers(1, 4)), draw(st.integers(1, 2))
    design = draw(designs())
    stem = groups * draw(st.integers(1, 4 * size - 1))
    fusion = design.expansion.denominator**2
    return design.but(groups=groups, width=4 * groups * size, stem=stem, fusion=fusion, classes=5)


@settings(max_examples=40)
@given(small_menets(), st.integers(0, 17), st.integers(1, 3), ANY_REMOVED)
def test_menets_are_the_paths_through_them(design, first, length, removed):
    blocks = network(design).blocks[first : first + length]
    assert followed(through_all(blocks, removed)) == searched(blocks, removed)


# Cases by hand.


def linear_only(dependence):
    """What channels depend on, all of it without a gate."""
    assert not any(dependence.gated)
    return as_sets(dependence.linear)


def test_nine_channels_in_three_groups_by_hand():
    # Fig. 1: channels 012 345 678 are shuffled to 036 147 258, so that the next groups have one of each.
    builder = BlockBuilder(9, 1, 1)
    builder.conv("conv", builder.shuffle("shuffle", builder.input, 3), 9, groups=3)
    shuffled, straight = (through_all([builder.block()], removed) for removed in (NOTHING, Removed(shuffles=True)))
    assert linear_only(shuffled) == 3 * [{0, 3, 6}] + 3 * [{1, 4, 7}] + 3 * [{2, 5, 8}]
    assert linear_only(straight) == 3 * [{0, 1, 2}] + 3 * [{3, 4, 5}] + 3 * [{6, 7, 8}]


def test_a_group_convolution_of_other_widths_by_hand():
    # 6 channels to 4 in 2 groups: outputs 0 and 1 have inputs 0 to 2, outputs 2 and 3 the rest; then zeros.
    builder = BlockBuilder(6, 1, 1)
    builder.pad("pad", builder.conv("conv", builder.input, 4, groups=2), 5)
    assert linear_only(through_all([builder.block()], NOTHING)) == [{0, 1, 2}, {0, 1, 2}, {3, 4, 5}, {3, 4, 5}, set()]


def gated_block(combine):
    """residual (a channel for itself) combined with fusion (a channel for all): the smallest merging and evolution."""
    builder = BlockBuilder(2, 1, 1)
    x = builder.depthwise("residual.depthwise", builder.input, 3)
    gate = builder.sigmoid("fusion.sigmoid", builder.conv("fusion.merge", builder.input, 2))
    getattr(builder, combine)("fusion.join", x, gate)
    return builder.block()


def test_a_product_has_a_scaled_side_and_a_gate_and_a_sum_has_none():
    alone, both = [{0}, {1}], [{0, 1}, {0, 1}]
    product, total = (through_all([gated_block(combine)], NOTHING) for combine in ("product", "add"))
    assert (as_sets(product.linear), as_sets(product.gated)) == (alone, both)
    assert (as_sets(total.linear), total.gated) == (both, [0, 0])
    assert as_sets(through_all([gated_block("product")], Removed(branches=("fusion",))).sources) == alone
    # What has passed a gate stays gated: both outputs of a block that mixes have both inputs, by the gate and past it.
    builder = BlockBuilder(2, 1, 1)
    builder.conv("conv", builder.input, 2)
    blocks = chain((2, 1, 1), {"gated": gated_block("product"), "mix": builder.block()}).blocks
    mixed = through_all(blocks, NOTHING)
    assert as_sets(mixed.linear) == as_sets(mixed.gated) == both


@pytest.mark.parametrize("combine", ["product", "add"])
def test_a_menet_without_fusion_is_one_that_never_had_it(combine):
    # A standard module of 24 channels in 3 groups, drawn anew with the residual and the identity branch alone.
    builder = BlockBuilder(24, 4, 4)
    x = builder.conv("residual.compress", builder.input, 6, groups=3)
    x = builder.depthwise("residual.depthwise", builder.shuffle("residual.shuffle", x, 3), 3)
    builder.add("output.add", builder.conv("residual.expand", x, 24, groups=3), builder.input)
    module = network(MENet(width=24, fusion=2, groups=3, stem=3, combine=combine)).blocks[2]
    assert through_all([module], Removed(branches=("fusion",))) == through_all([builder.block()], NOTHING)


# What holds for all.


def compose(second, first):
    """Relations as lists of sets: what each channel depends on through both."""
    return [set().union(*(first[middle] for middle in middles)) for middles in second]


@given(one_block(), st.data(), ANY_REMOVED)
def test_a_chain_is_the_composition_of_its_blocks(one, data, removed):
    other = data.draw(one_block(st.just(one.last.channels)))
    blocks = chain(one.read[0], {"one": one, "other": other}).blocks
    linear, gated, sources = followed(through_all(blocks, removed))
    first, second = (followed(through_all([block], removed)) for block in blocks)
    assert linear == compose(second[0], first[0])
    assert sources == compose(second[2], first[2])
    # Gated is what is gated in the one block or in the other.
    assert gated == [a | b for a, b in zip(compose(second[1], first[2]), compose(second[2], first[1]), strict=True)]


def assert_within(before, after):
    """No connection of any kind is lost; concatenation may have added output channels at the end."""
    for some, more in zip(before, after, strict=True):
        assert all(bits & ~others == 0 for bits, others in zip(some, more, strict=False))
        assert len(some) <= len(more)


def shapes(block, operations):
    """The shapes of what some operations of a block and its input make."""
    return {INPUT: block.read[0]} | {op.name: op.output for op in operations}


def convolved(name, source, shape, channels):
    return Operation(name, "conv", (source,), (shape,), (channels, *shape[1:]), kernel=(1, 1), stride=(1, 1))


@st.composite
def with_branch(draw, block):
    """A block with one more branch: a convolution of anything in it, joined with its output."""
    last, name = block.last, draw(st.sampled_from(["fusion.extra", "extra"]))
    source, shape = draw(st.sampled_from(list(shapes(block, block.operations).items())))
    branch, kind = convolved(name, source, shape, last.channels), draw(st.sampled_from(TWO))
    made = last.channels * (1 + (kind == "concat")), *last.output[1:]
    joined = Operation("joined", kind, (last.name, name), (last.output, branch.output), made)
    return Block(block.name, (*block.operations, branch, joined))


@st.composite
def with_connection(draw, block):
    """A block in which one operation is added something of an earlier one before anything reads it."""
    index = draw(st.integers(0, len(block.operations) - 1))
    op, earlier = block.operations[index], block.operations[:index]
    source, shape = draw(st.sampled_from(list(shapes(block, earlier).items())))
    extra = convolved("extra", source, shape, op.channels)
    # A name in the branch of what it replaces, so that the branches meet each other where they did.
    joined = Operation(f"{op.name}_joined", "add", (op.name, "extra"), (op.output, extra.output), op.output)
    later = [
        other._replace(inputs=tuple(joined.name if name == op.name else name for name in other.inputs))
        for other in block.operations[index + 1 :]
    ]
    return Block(block.name, (*earlier, op, extra, joined, *later))


@given(one_block(), st.data(), st.sampled_from([with_branch, with_connection]), st.booleans())
def test_a_branch_more_never_removes_a_connection(block, data, extended, without_shuffles):
    more = data.draw(extended(block))
    before, after = (through_all([each], Removed(shuffles=without_shuffles)) for each in (block, more))
    assert_within(before, after)


@given(one_block())
def test_a_branch_that_scales_never_removes_a_connection(block):
    # A gate turned round: what was connected past all gates is now so by way of one, but still connected.
    scale = convolved("scale", INPUT, block.read[0], block.last.channels)
    joined = Operation(
        "joined", "product", ("scale", block.last.name), (scale.output, block.last.output), block.last.output
    )
    before, after = (
        through_all([each], NOTHING) for each in (block, Block("more", (*block.operations, scale, joined)))
    )
    assert_within([before.sources], [after.gated])


@given(graphs(), st.booleans())
def test_a_branch_of_the_network_never_removes_a_connection(blocks, without_shuffles):
    without, with_it = (through_all(blocks, Removed(without_shuffles, branches)) for branches in (("fusion",), ()))
    assert_within(without, with_it)


@given(graphs(), ANY_REMOVED, st.data())
def test_who_depends_on_more_at_the_start_depends_on_no_less_at_the_end(blocks, removed, data):
    start = itself(blocks[0].in_channels)
    cut = data.draw(st.sets(st.integers(0, len(start.linear) - 1)))
    less = start._replace(linear=[0 if channel in cut else bits for channel, bits in enumerate(start.linear)])
    assert_within(through(blocks, less, removed), through(blocks, start, removed))
    assert through(blocks, nothing(len(start.linear)), removed) == nothing(blocks[-1].last.channels)


@given(graphs(), ANY_REMOVED)
def test_bit_sets_are_integers_of_the_input_channels(blocks, removed):
    found = through_all(blocks, removed)
    for sets in (*found, found.sources):
        assert len(sets) == blocks[-1].last.channels
        assert all(type(bits) is int and 0 <= bits < 2 ** blocks[0].in_channels for bits in sets)
