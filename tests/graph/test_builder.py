"""Operations by hand: the shape that each makes, and division that is exact or refused."""

import numpy as np
import pytest
import sympy

from menet_design.errors import IllegalDesign
from menet_design.graph.builder import BlockBuilder, at_least, divide
from menet_design.graph.network import INPUT

READ = (6, 5, 7)
# How an operation on a map of 6 channels of 5×7 is added, and its kind, variant, output, kernel, stride and groups.
MADE = {
    "a convolution": (lambda b, x: b.conv("op", x, 8, kernel=3), "conv", "", (8, 5, 7), (3, 3), (1, 1), 1),
    "pointwise in groups": (lambda b, x: b.conv("op", x, 8, groups=2), "conv", "", (8, 5, 7), (1, 1), (1, 1), 2),
    # Rows 0-2 and 2-4 of 5; columns 0-4 to 2-6 of 7.
    "no padding": (
        lambda b, x: b.conv("op", x, 8, (3, 5), (2, 1), padding=0),
        "conv",
        "",
        (8, 2, 3),
        (3, 5),
        (2, 1),
        1,
    ),
    "a padding a side": (lambda b, x: b.conv("op", x, 8, 2, padding=(1, 0)), "conv", "", (8, 6, 6), (2, 2), (1, 1), 1),
    "depthwise": (lambda b, x: b.depthwise("op", x, 3, 2), "conv", "", (6, 3, 4), (3, 3), (2, 2), 6),
    "a pool": (lambda b, x: b.pool("op", x, "max", 3, 2), "pool", "max", (6, 3, 4), (3, 3), (2, 2), 1),
    "cut": (lambda b, x: b.pool("op", x, "average", 2, 2, padding=0), "pool", "average", (6, 2, 3), (2, 2), (2, 2), 1),
    "rounded up": (
        lambda b, x: b.pool("op", x, "max", 2, 2, 0, ceil=True),
        "pool",
        "max",
        (6, 3, 4),
        (2, 2),
        (2, 2),
        1,
    ),
    "a global pool": (lambda b, x: b.global_pool("op", x), "pool", "average", (6, 1, 1), (5, 7), (1, 1), 1),
    "fully connected": (lambda b, x: b.linear("op", x, 10), "linear", "", (10, 1, 1), (), (), 1),
    "a norm": (lambda b, x: b.norm("op", x), "norm", "batch", READ, (), (), 1),
    "ReLU": (lambda b, x: b.relu("op", x), "activation", "relu", READ, (), (), 1),
    "ReLU6": (lambda b, x: b.relu6("op", x), "activation", "relu6", READ, (), (), 1),
    "leaky ReLU": (lambda b, x: b.leaky_relu("op", x), "activation", "leaky relu", READ, (), (), 1),
    "sigmoid": (lambda b, x: b.sigmoid("op", x), "activation", "sigmoid", READ, (), (), 1),
    "a shuffle": (lambda b, x: b.shuffle("op", x, 3), "shuffle", "", READ, (), (), 3),
    "zeros": (lambda b, x: b.pad("op", x, 9), "pad", "", (9, 5, 7), (), (), 1),
}


@pytest.mark.parametrize(("add", "expected"), [(add, expected) for add, *expected in MADE.values()], ids=MADE)
def test_an_operation_on_one_map(add, expected):
    builder = BlockBuilder(*READ)
    op = add(builder, builder.input)
    assert [op.kind, op.variant, op.output, op.kernel, op.stride, op.groups] == expected
    assert (op.name, op.inputs, op.reads, op.bias) == ("op", (INPUT,), (READ,), op.kind == "linear")
    assert (op.in_channels, op.in_elements, op.channels, op.elements) == (6, 210, op.output[0], np.prod(op.output))
    assert op.is_strided == (2 in op.stride)
    assert builder.block("unit").operations == (op,)


@pytest.mark.parametrize(("kind", "channels"), [("add", 6), ("product", 6), ("concat", 12)])
def test_an_operation_on_two_maps(kind, channels):
    builder = BlockBuilder(*READ)
    op = getattr(builder, kind)("op", builder.norm("norm", builder.input), builder.input)
    assert (op.kind, op.inputs, op.reads, op.output) == (kind, ("norm", INPUT), (READ, READ), (channels, 5, 7))


@pytest.mark.parametrize(("size", "halved"), [(224, 112), (7, 4), (2, 1), (1, 1)])
def test_a_strided_window_halves_and_rounds_up(size, halved):
    # A 3×3 window with padding 1 and stride 2 stands on every second pixel, starting with the first.
    builder = BlockBuilder(2, size, size)
    x = builder.input
    made = builder.conv("c", x, 2, 3, 2), builder.depthwise("d", x, 3, 2), builder.pool("p", x, "max", 3, 2)
    assert {op.output for op in made} == {(2, halved, halved)}


@pytest.mark.parametrize(
    ("channels", "emitted", "groups", "depthwise"),
    [(6, 6, 6, True), (6, 6, 1, False), (6, 6, 3, False), (6, 12, 6, False), (1, 1, 1, False)],
    ids=["depthwise", "standard", "grouped", "two filters a channel", "a single channel"],
)
def test_a_depthwise_convolution_has_a_group_for_each_channel(channels, emitted, groups, depthwise):
    builder = BlockBuilder(channels, 4, 4)
    assert builder.conv("conv", builder.input, emitted, kernel=3, groups=groups).is_depthwise == depthwise


@pytest.mark.parametrize(
    ("add", "says", "nearest"),
    [
        (
            lambda b: b.conv("layer", b.input, 12, groups=4),
            "layer 6/4 is not whole. Nearest multiples of 4: 4, 8",
            (4, 8),
        ),
        (lambda b: b.conv("layer", b.input, 10, groups=3), "layer 10/3 is not whole", (9, 12)),
        (lambda b: b.shuffle("shuffle", b.input, 4), "shuffle 6/4 is not whole", (4, 8)),
    ],
)
def test_channels_have_to_split_into_the_groups(add, says, nearest):
    with pytest.raises(IllegalDesign, match=says) as caught:
        add(BlockBuilder(*READ))
    assert caught.value.nearest == nearest


U = sympy.Symbol("u", integer=True, positive=True)


def test_division_is_exact_for_ints_arrays_and_symbols():
    assert divide(12, 4, "x") == 3
    assert divide(np.array([12, 8]), np.array([4, 2]), "x").tolist() == [3, 4]
    assert divide(12 * U, 4, "x") == 3 * U


@pytest.mark.parametrize("inexact", [np.array([12, 13]), 6 * U], ids=["one of an array", "symbols"])
def test_a_quotient_that_may_not_be_whole_is_refused(inexact):
    with pytest.raises(IllegalDesign, match=r"x .*/4 is not whole$"):
        divide(inexact, 4, "x")


def test_the_larger_of_a_number_and_a_size():
    assert [at_least(6, 4), at_least(6, 8)] == [6, 8]
    assert at_least(6, np.array([4, 8])).tolist() == [6, 8]
    assert at_least(6, U) == sympy.Max(6, U)
