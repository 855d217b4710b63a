"""Networks of operations with full names, whoever made them: their blocks, and what no family here has."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import OF_FAMILY

from menet_design.analysis.connectivity import connectivity
from menet_design.analysis.cost import Amounts, count
from menet_design.analysis.dependence import itself, outputs
from menet_design.errors import DesignError
from menet_design.families.architectures import network
from menet_design.families.naming import parse
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Network, chain, grouped
from menet_design.graph.operation import Operation
from menet_design.graph.unstrided import unstrided

IMAGE, FEATURES, HALF = (4, 8, 6), (2, 8, 6), (4, 4, 3)
ONE, THREE, TWO = (1, 1), (3, 3), (2, 2)
# Two inputs, two outputs, and what a block reads from inside of another.
DAG = (
    Operation("stem.left", "conv", ("input",), (IMAGE,), (4, 8, 6), "", ONE, ONE, 2),
    Operation("stem.right", "conv", ("input1",), (FEATURES,), (4, 8, 6), "", THREE, ONE),
    Operation("stem.add", "add", ("stem.left", "stem.right"), ((4, 8, 6),) * 2, (4, 8, 6)),
    Operation("mid.conv", "conv", ("stem.add",), ((4, 8, 6),), HALF, "", THREE, TWO, 4),
    Operation("mid.relu", "activation", ("mid.conv",), (HALF,), HALF, "relu"),
    Operation("side.pool", "pool", ("stem.right",), ((4, 8, 6),), HALF, "average", TWO, TWO),
    Operation("tail.pool", "pool", ("stem.left",), ((4, 8, 6),), HALF, "max", TWO, TWO),
    Operation("tail.concat", "concat", ("mid.relu", "tail.pool"), (HALF, HALF), (8, 4, 3)),
    Operation("tail.conv", "conv", ("tail.concat",), ((8, 4, 3),), (2, 4, 3), "", ONE, ONE, 2),
    Operation("head.fc", "linear", ("tail.conv",), ((2, 4, 3),), (3, 1, 1), bias=True),
)


def stage_of(name):
    return name.partition(".")[0]


@pytest.fixture
def dag():
    blocks = grouped(DAG, stage_of)
    return Network(blocks=blocks, inputs=(IMAGE, FEATURES), outputs=("head.fc", "side.pool"), name="dag")


def test_blocks_are_made_by_names_and_read_whatever_they_read(dag):
    read = {block.name: block.inputs for block in dag.blocks}
    assert read == {
        "stem": ("input", "input1"),
        "mid": ("stem.add",),
        "side": ("stem.right",),
        "tail": ("stem.left", "mid.relu"),
        "head": ("tail.conv",),
    }
    stem, tail = dag.blocks[0], dag.blocks[3]
    assert (stem.read, stem.in_channels, stem.output_name) == ((IMAGE, FEATURES), 6, "stem.add")
    assert [(op.name, op.inputs) for op in tail.operations] == [
        ("pool", ("input",)),
        ("concat", ("input1", "pool")),
        ("conv", ("concat",)),
    ]
    full = [tail.full_name(name) for name in ("conv", "input", "input1", "input_scale")]
    assert full == ["tail.conv", "stem.left", "mid.relu", "tail.input_scale"]
    assert [name for name, _ in dag.operations()] == [op.name for op in DAG]
    assert list(dag.stages) == ["stem", "mid", "side", "tail", "head"]
    assert [block.name for block in dag.units] == ["stem", "mid", "side", "tail"]  # the head classifies


def test_the_cost_of_two_inputs_and_two_outputs_by_hand(dag):
    # Weights: 4/2 · 4; 9 · 2 · 4; 9 · 4 of the depthwise; 8/2 · 2; 2·4·3 elements · 3 and 3 biases.
    found = {row.name: row.amounts for row in count(dag).rows if row.params}
    assert found == {
        "stem.left": Amounts(8 * 48, 8, 4 * 48),
        "stem.right": Amounts(72 * 48, 72, 4 * 48),
        "mid.conv": Amounts(36 * 12, 36, 4 * 12),
        "tail.conv": Amounts(8 * 12, 8, 2 * 12),
        "head.fc": Amounts(24 * 3, 24 * 3 + 3, 0),
    }


def test_the_dependences_of_two_inputs_and_two_outputs_by_hand(dag):
    # Channels 0 to 3 of the image, 4 and 5 of the features. Each group of stem.left has two channels of the image.
    first, second, features = {0, 1}, {2, 3}, {4, 5}
    found = {
        block.name: [{channel for channel in range(6) if bits >> channel & 1} for bits in made.sources]
        for block, made in zip(dag.blocks, outputs(dag.blocks, itself(6)), strict=True)
    }
    assert found["stem"] == found["mid"] == [first | features] * 2 + [second | features] * 2
    assert found["side"] == [features] * 4
    # The first group has all four channels of mid; the second has the four of stem.left, pooled.
    assert found["tail"] == [first | second | features, first | second]
    assert found["head"] == [first | second | features] * 3


def test_the_connectivity_of_two_inputs_by_hand(dag):
    found = connectivity(dag)
    # Each channel depends on 4 of 6, itself of 4, itself of 4, and half of 8.
    shares = {"stem": Fraction(4, 6), "mid": Fraction(1, 4), "side": Fraction(1, 4), "tail": Fraction(1, 2)}
    assert {block.name: block.shares.connected for block in found.blocks} == shares
    assert (found.shares.connected, found.mixing_depth, found.pairs) == (Fraction(6 + 4, 2 * 6), None, ())


def test_what_is_not_mixed_from_one_input_may_be_from_another():
    mixing = Operation("b.conv", "conv", ("input1",), (FEATURES,), FEATURES, "", ONE, ONE)
    alone = Operation("a.conv", "conv", ("input",), (IMAGE,), IMAGE, "", THREE, ONE, 4)
    parallel = Network(blocks=grouped((alone, mixing), stage_of), inputs=(IMAGE, FEATURES))
    assert [block.mixing_depth for block in connectivity(parallel).blocks] == [None, 1]


def alike(*names):
    """Blocks of the same two operations, one behind the other."""
    x, found = "input", []
    for name in names:
        found.append(Operation(f"{name}.conv", "conv", (x,), (IMAGE,), IMAGE, "", THREE, ONE))
        found.append(Operation(f"{name}.add", "add", (x, f"{name}.conv"), (IMAGE, IMAGE), IMAGE))
        x = f"{name}.add"
    return found


def test_blocks_that_do_the_same_share_their_operations_and_their_cost():
    blocks = grouped(alike("a.0", "a.1", "b"), lambda name: name.rpartition(".")[0])
    assert [(block.name, block.inputs) for block in blocks] == [
        ("a.0", ("input",)),
        ("a.1", ("a.0.add",)),
        ("b", ("a.1.add",)),
    ]
    assert blocks[0].operations is blocks[1].operations is blocks[2].operations
    cost = count(Network(blocks=blocks, inputs=(IMAGE,)))
    assert len(cost.amounts) == 1
    assert cost.macs == sum(row.macs for row in cost.rows) == 3 * 9 * 4 * 4 * 48
    assert cost.rows[2].name == "a.1.conv"


def test_a_block_that_is_interrupted_goes_on_in_one_of_its_own():
    first, *middle, last = alike("a", "b")
    blocks = grouped([first, *middle, last._replace(name="a.end")], stage_of)
    assert [(block.name, [op.name for op in block.operations]) for block in blocks] == [
        ("a", ["conv", "add"]),
        ("b", ["conv"]),
        ("a", ["end"]),
    ]
    assert blocks[2].inputs == ("a.add", "b.conv")
    # Each is asked for itself, although they have one name: the first mixes all, the last nothing.
    found = connectivity(Network(blocks=blocks, inputs=(IMAGE,))).blocks
    assert [(block.name, block.mixing_depth) for block in found] == [("a", 1), ("b", 1), ("a", None)]


def test_a_network_that_only_classifies_has_no_blocks_to_connect():
    builder = BlockBuilder(*IMAGE)
    builder.linear("fc", builder.input, 10)
    classifier = chain(IMAGE, {"classifier": builder.block()})
    assert count(classifier).macs == 4 * 8 * 6 * 10
    with pytest.raises(DesignError):
        connectivity(classifier)


def test_operations_without_a_block_are_one_without_a_name():
    (block,) = grouped([op._replace(name=op.name[2:], inputs=op.inputs[:1]) for op in alike("a")], lambda _: "")
    assert [name for name, _ in Network(blocks=(block,), inputs=(IMAGE,)).operations()] == ["conv", "add"]


@pytest.mark.parametrize("family", OF_FAMILY)
@settings(max_examples=5)
@given(data=st.data())
def test_the_blocks_of_a_family_are_those_of_the_full_names_of_its_operations(family, data):
    built = network(data.draw(OF_FAMILY[family]))
    operations, blocks = [], {}
    for block in built.blocks:
        for op in block.operations:
            inputs = tuple(map(block.full_name, op.inputs))
            operations.append(op._replace(name=block.full_name(op.name), inputs=inputs))
            blocks[operations[-1].name] = block.name
    assert len(blocks) == len(operations)  # full names are unique
    # Only their own names say which modules are units, and which stages there are.
    expected = [block._replace(unit="", stage=block.name) for block in built.blocks]
    assert list(grouped(operations, blocks.get)) == expected


@pytest.mark.parametrize("family", OF_FAMILY)
@settings(max_examples=10)
@given(data=st.data())
def test_every_operation_reads_what_stands_there(family, data):
    built = network(data.draw(OF_FAMILY[family]))
    known = {"input": built.inputs[0]}
    read = set()
    for block in built.blocks:
        for op in block.operations:
            inputs = [block.full_name(name) for name in op.inputs]
            assert [known[name] for name in inputs] == list(op.reads)
            known[block.full_name(op.name)] = op.output
            read |= set(inputs)
    # Nothing is computed in vain: all but the output is read.
    assert set(known) - read == set(built.outputs) == {built.blocks[-1].output_name}


def test_a_chain_names_its_blocks_by_their_stages():
    builder = BlockBuilder(5, 12, 20)
    builder.relu("relu", builder.conv("conv", builder.input, 5, kernel=3))
    block = builder.block("unit")
    made = chain((5, 12, 20), {"first": block, "second": [block, block], "third": {"a": block, "pool": block}}, ("x",))
    names = ["first", "second.0", "second.1", "third.a", "third.pool"]
    assert [block.name for block in made.blocks] == names
    assert [block.inputs for block in made.blocks] == [("input",), *((f"{name}.relu",) for name in names[:-1])]
    assert {stage: len(blocks) for stage, blocks in made.stages.items()} == {"first": 1, "second": 2, "third": 2}
    assert (made.inputs, made.outputs, made.branches) == (((5, 12, 20),), ("third.pool.relu",), ("x",))
    # 9 · 5 · 5 weights on 12 · 20 pixels, five times.
    assert count(made).macs == 5 * 225 * 240


# The same blocks with every stride 1.


def test_blocks_without_strides_keep_the_map_by_hand():
    # 3×3 convolution of the image and 3×3 pool, both with stride 2; then 1×1 and 3×3 layers, concatenated.
    stem, first, *_ = unstrided(network(parse("352-MENet-12x1/8")).blocks[:5], (7, 5))
    assert [(op.kind, op.reads[0], op.output) for op in stem.operations if op.kind in ("conv", "pool")] == [
        ("conv", (3, 7, 5), (24, 7, 5)),
        ("pool", (24, 7, 5), (24, 7, 5)),
    ]
    assert first.last.output == (352, 7, 5)
    assert not any(op.is_strided for op in (*stem.operations, *first.operations))
