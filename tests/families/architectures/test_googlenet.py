"""GoogLeNet's architecture against a count by hand from Table 1 of its paper (arXiv 1409.4842)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menet_design import count
from menet_design.families.architectures.googlenet import network
from menet_design.families.googlenet import GoogLeNet

# Module, size, input channels; #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj; output channels.
TABLE_1 = [
    ("3.a", 28, 192, (64, 96, 128, 16, 32, 32), 256),
    ("3.b", 28, 256, (128, 128, 192, 32, 96, 64), 480),
    ("4.a", 14, 480, (192, 96, 208, 16, 48, 64), 512),
    ("4.b", 14, 512, (160, 112, 224, 24, 64, 64), 512),
    ("4.c", 14, 512, (128, 128, 256, 24, 64, 64), 512),
    ("4.d", 14, 512, (112, 144, 288, 32, 64, 64), 528),
    ("4.e", 14, 528, (256, 160, 320, 32, 128, 128), 832),
    ("5.a", 7, 832, (256, 160, 320, 32, 128, 128), 832),
    ("5.b", 7, 832, (384, 192, 384, 48, 128, 128), 1024),
]
# The column "ops" of Table 1, in millions, wherever it follows from the table's own widths.
PRINTED_OPS = {
    "stage2": 360,
    "stage3.a": 128,
    "stage3.b": 304,
    "stage4.b": 88,
    "stage4.c": 100,
    "stage4.d": 119,
    "stage4.e": 170,
    "stage5.b": 71,
    "classifier": 1,
}


def weights_of(inputs, widths, kernel):
    """Weights of an Inception module, without biases: four 1×1, a 3×3 and a k×k convolution."""
    one, reduce3, three, reduce5, five, project = widths
    return inputs * (one + reduce3 + reduce5 + project) + 9 * reduce3 * three + kernel**2 * reduce5 * five


VARIANTS = pytest.mark.parametrize(("variant", "kernel"), [("torchvision", 3), ("paper", 5)])


@VARIANTS
def test_multiply_adds_and_parameters_by_hand(variant, kernel):
    modules = [(size, weights_of(inputs, widths, kernel), sum(widths)) for _, size, inputs, widths, _ in TABLE_1]
    first, reduce, second = 7**2 * 3 * 64, 64 * 64, 9 * 64 * 192
    macs = 112**2 * first + 56**2 * (reduce + second) + sum(size**2 * weights for size, weights, _ in modules)
    weights = first + reduce + second + sum(weights for _, weights, _ in modules) + 1024 * 1000
    made = 64 + 64 + 192 + sum(sum(widths) for *_, widths, _ in TABLE_1)  # channels of all convolutions
    each = 1 if variant == "paper" else 2  # a bias, or the scale and the shift of a norm
    cost = count(GoogLeNet(variant=variant))
    assert (cost.macs, cost.params) == (macs + 1024 * 1000, weights + each * made + 1000)


@pytest.mark.parametrize(("name", "size", "inputs", "widths", "outputs"), TABLE_1)
@VARIANTS
def test_a_module_has_the_widths_of_table_1(variant, kernel, name, size, inputs, widths, outputs):
    block = next(each for each in network(variant=variant).blocks if each.name == f"stage{name}")
    convolutions = [op for op in block.operations if op.kind == "conv"]
    assert tuple(op.channels for op in convolutions) == widths
    assert [op.kernel[0] for op in convolutions] == [1, 1, 3, 1, kernel, 1]
    assert {op.output[1:] for op in block.operations} == {(size, size)}
    assert (convolutions[0].in_channels, block.last.channels) == (inputs, outputs)
    # The branches are concatenated from left to right as in Fig. 2b.
    branches = [source.partition(".")[0] for source in block.last.inputs]
    assert branches == ["branch1x1", "branch3x3", "branch5x5", "branch_pool"]


@pytest.mark.parametrize(("block", "millions"), PRINTED_OPS.items())
def test_operations_are_those_that_table_1_prints(block, millions):
    rows = {row.name: row for row in count(GoogLeNet()).by("block")}
    assert round(rows[block].macs / 1e6) == millions


def test_sizes_are_those_of_table_1():
    blocks = {block.name: block for block in network().blocks}
    stages = ("stage1", "stage2", "stage3.pool", "stage4.pool", "stage5.b", "classifier")
    expected = [(64, 56, 56), (192, 28, 28), (480, 14, 14), (832, 7, 7), (1024, 7, 7), (1000, 1, 1)]
    assert [blocks[name].last.output for name in stages] == expected


@given(st.integers(32, 300))
def test_pools_round_up_where_a_window_begins_inside_the_map(resolution):
    sizes = [block.last.output[1] for block in network(image=(3, resolution, resolution)).blocks if not block.unit]
    expected = [-(-resolution // 2)]  # the 7×7 convolution, with padding 3
    while len(expected) < 5:
        # Windows of 3 at 0, 2, 4, …: one more as long as the last one does not reach the end.
        starts = [0]
        while starts[-1] + 3 < expected[-1]:
            starts.append(starts[-1] + 2)
        expected.append(len(starts))
    assert sizes[:-1] == expected[1:]
