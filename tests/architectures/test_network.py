"""Operations by hand: the shape that each makes, and division that is exact or refused."""

import numpy as np
import pytest
import sympy

from menet_design.architectures.network import INPUT, Block, Graph, Network, divide
from menet_design.errors import IllegalDesign


def shape(operation):
    return operation.channels, operation.height, operation.width


def test_a_convolution_keeps_the_size_at_stride_1():
    graph = Graph(6, 5, 7)
    conv = graph.conv("conv", graph.input, 8, kernel=3)
    assert shape(conv) == (8, 5, 7)
    assert (conv.kind, conv.in_channels, conv.kernel, conv.stride, conv.groups) == (
        "conv",
        6,
        (3, 3),
        (1, 1),
        1,
    )
    assert conv.inputs == (INPUT,)


def test_a_group_convolution_is_pointwise():
    graph = Graph(6, 5, 7)
    conv = graph.conv("conv", graph.input, 8, groups=2)
    assert shape(conv) == (8, 5, 7)
    assert (conv.kind, conv.in_channels, conv.kernel, conv.stride, conv.groups) == (
        "conv",
        6,
        (1, 1),
        (1, 1),
        2,
    )


@pytest.mark.parametrize(("size", "halved"), [(224, 112), (112, 56), (7, 4), (5, 3), (2, 1), (1, 1)])
def test_a_strided_window_halves_and_rounds_up(size, halved):
    # A 3×3 window with padding 1 and stride 2 stands on every second pixel, starting with the first.
    graph = Graph(2, size, size)
    expected = (2, halved, halved)
    assert shape(graph.conv("conv", graph.input, 2, kernel=3, stride=2)) == expected
    assert shape(graph.depthwise("depthwise", graph.input, kernel=3, stride=2)) == expected
    assert shape(graph.pool("pool", graph.input, "max", kernel=3, stride=2)) == expected


def test_a_depthwise_convolution_has_a_group_for_each_channel():
    graph = Graph(6, 4, 4)
    conv = graph.depthwise("depthwise", graph.input, kernel=3, stride=1)
    assert (conv.kind, conv.channels, conv.in_channels, conv.groups) == ("conv", 6, 6, 6)
    assert conv.is_depthwise


@pytest.mark.parametrize(
    ("channels", "emitted", "groups"),
    [(6, 6, 1), (6, 6, 3), (6, 12, 6), (1, 1, 1)],
    ids=["standard", "grouped", "two filters a channel", "a single channel"],
)
def test_other_convolutions_are_not_depthwise(channels, emitted, groups):
    graph = Graph(channels, 4, 4)
    assert not graph.conv("conv", graph.input, emitted, kernel=3, groups=groups).is_depthwise


def test_a_global_pool_leaves_one_pixel_for_the_classifier():
    graph = Graph(6, 4, 4)
    pooled = graph.global_pool("pool", graph.input)
    logits = graph.linear("fc", pooled, 10)
    assert (shape(pooled), pooled.kernel, pooled.variant) == ((6, 1, 1), (4, 4), "average")
    assert (shape(logits), logits.in_channels) == ((10, 1, 1), 6)


def test_a_concatenation_has_the_channels_of_both():
    graph = Graph(6, 4, 4)
    joined = graph.concat("concat", graph.conv("conv", graph.input, 10), graph.input)
    assert shape(joined) == (16, 4, 4)
    assert joined.inputs == ("conv", INPUT)


def test_element_wise_operations_keep_the_shape():
    graph = Graph(6, 4, 5)
    x = graph.norm("norm", graph.input)
    kept = [x, graph.relu("relu", x), graph.sigmoid("sigmoid", x), graph.shuffle("shuffle", x, 3)]
    kept += [graph.add("add", x, graph.input), graph.product("product", x, graph.input)]
    assert [shape(operation) for operation in kept] == [(6, 4, 5)] * 6
    assert [operation.variant for operation in kept] == ["", "relu", "sigmoid", "", "", ""]


def test_a_block_ends_in_its_output():
    graph = Graph(6, 4, 4)
    graph.relu("relu", graph.norm("norm", graph.input))
    block = graph.block("stage9.0", "ME module")
    assert [operation.name for operation in block.operations] == ["norm", "relu"]
    assert block.last.name == "relu"
    assert (block.name, block.unit) == ("stage9.0", "ME module")


def test_operations_have_full_names_in_the_order_of_execution():
    graph = Graph(6, 4, 4)
    graph.relu("relu", graph.norm("norm", graph.input))
    operations = graph.block("").operations
    network = Network((Block("a", operations), Block("b.0", operations)))
    assert [name for name, _ in network.operations()] == ["a.norm", "a.relu", "b.0.norm", "b.0.relu"]


def test_input_channels_have_to_split_into_the_groups():
    graph = Graph(6, 4, 4)
    with pytest.raises(IllegalDesign, match=r"layer 6/4 is not whole. Nearest multiples of 4: 4, 8") as caught:
        graph.conv("layer", graph.input, 12, groups=4)
    assert caught.value.nearest == (4, 8)


def test_output_channels_have_to_split_into_the_groups():
    graph = Graph(6, 4, 4)
    with pytest.raises(IllegalDesign, match="layer 10/3 is not whole") as caught:
        graph.conv("layer", graph.input, 10, groups=3)
    assert caught.value.nearest == (9, 12)


def test_shuffled_channels_have_to_split_into_the_groups():
    graph = Graph(6, 4, 4)
    with pytest.raises(IllegalDesign, match="shuffle 6/4 is not whole"):
        graph.shuffle("shuffle", graph.input, 4)


def test_division_is_exact_for_ints_arrays_and_symbols():
    u = sympy.Symbol("u", integer=True, positive=True)
    assert divide(12, 4, "x") == 3
    assert divide(np.array([12, 8]), np.array([4, 2]), "x").tolist() == [3, 4]
    assert divide(12 * u, 4, "x") == 3 * u


def test_one_inexact_element_spoils_an_array():
    with pytest.raises(IllegalDesign, match="is not whole"):
        divide(np.array([12, 13]), 4, "x")


def test_a_quotient_of_symbols_that_may_not_be_whole_is_refused():
    u = sympy.Symbol("u", integer=True, positive=True)
    with pytest.raises(IllegalDesign, match="is not whole"):
        divide(6 * u, 4, "x")
