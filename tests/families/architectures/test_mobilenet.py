"""MobileNet's architecture against Table 1 of arXiv 1704.04861, its Eq. 5, and itself on symbols and arrays."""

from hypothesis import given
from strategies import mobilenets

from menet_design import count
from menet_design.analysis.layout import layout
from menet_design.families.architectures.mobilenet import network

# Table 1 without its first and last rows: input channels, output channels, stride of each depthwise convolution and
# the size that it leaves. The last stride is printed as 2, with a size of 7×7 before and after it.
TABLE_1 = [
    (32, 64, 1, 112),
    (64, 128, 2, 56),
    (128, 128, 1, 56),
    (128, 256, 2, 28),
    (256, 256, 1, 28),
    (256, 512, 2, 14),
    *[(512, 512, 1, 14)] * 5,
    (512, 1024, 2, 7),
    (1024, 1024, 1, 7),
]


def pairs_of(built):
    return [block for block in built.blocks if block.unit]


def test_the_pairs_are_those_of_table_1():
    pairs = pairs_of(network(width=64))
    assert len(pairs) == len(TABLE_1)
    for block, (before, after, stride, size) in zip(pairs, TABLE_1, strict=True):
        kinds = ["conv", "norm", "activation"] * 2
        assert [op.kind for op in block.operations] == kinds
        depthwise, pointwise = (op for op in block.operations if op.kind == "conv")
        assert (depthwise.in_channels, depthwise.channels, depthwise.groups) == (before,) * 3
        assert (depthwise.kernel, depthwise.stride) == ((3, 3), (stride, stride))
        assert (pointwise.in_channels, pointwise.groups, pointwise.kernel) == (before, 1, (1, 1))
        assert block.last.output == (after, size, size)


def test_a_standard_convolution_stands_before_the_pairs_and_a_classifier_after_them():
    first, *_, last = network(width=64).blocks
    layers = [(op.kind, op.kernel, op.stride, op.output) for op in (first.operations[0], *last.operations)]
    assert layers == [
        ("conv", (3, 3), (2, 2), (32, 112, 112)),
        ("pool", (7, 7), (1, 1), (1024, 1, 1)),
        ("linear", (), (), (1000, 1, 1)),
    ]


def test_the_size_falls_to_7_between_two_blocks():
    # The detector of the MENet paper (Section IV-C) splits MobileNet before the layers that leave 7×7.
    names = [block.name for block in pairs_of(network(width=64)) if block.last.output[1] == 7]
    assert names == ["stage5.0", "stage5.1"]


@given(mobilenets())
def test_a_pair_costs_what_equation_5_says(design):
    # D_K² · M · D_F² + M · N · D_F², with D_F the size that the depthwise convolution leaves.
    cost = count(design)
    costs = [row.macs for row in cost.by("block")][1:-1]
    channels = [design.width // 2, *(block.last.channels for block in pairs_of(cost.network))]
    sizes = [block.last.output[1] for block in pairs_of(cost.network)]
    assert costs == [(9 * m + m * n) * size**2 for m, n, size in zip(channels, channels[1:], sizes, strict=False)]


def test_the_architecture_table_reads_as_table_1():
    lines = layout([count("MobileNet")]).lines
    assert [(line.stage, line.size, *line.cells) for line in lines] == [
        ("", "224×224", "Image"),
        ("Conv1", "112×112", "3×3 conv, 32, /2"),
        ("Stage 1", "112×112", "depthwise separable, 64"),
        ("Stage 2", "56×56", "depthwise separable, 128, /2"),
        ("", "", "depthwise separable, 128"),
        ("Stage 3", "28×28", "depthwise separable, 256, /2"),
        ("", "", "depthwise separable, 256"),
        ("Stage 4", "14×14", "depthwise separable, 512, /2"),
        ("", "", "depthwise separable, 512, ×5"),
        ("Stage 5", "7×7", "depthwise separable, 1024, /2"),
        ("", "", "depthwise separable, 1024"),
        ("Classifier", "1×1", "global average pool, 1000-d fc, softmax"),
    ]
