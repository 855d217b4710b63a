"""Costs against hand counts, an independent closed form, and their own sums."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import designs

from menet_design import count, parse
from menet_design.analysis.conventions import PAPER
from menet_design.analysis.cost import GROUPINGS, Amounts
from menet_design.errors import DesignError
from menet_design.families.menet import MENet
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain
from menet_design.resolving import network

BY_HAND = {
    # 3×3, stride 2 on 5×5: 3×3 outputs. 9 · 2 inputs · 4 outputs = 72 weights, each used at 9 positions.
    "a convolution": ((2, 5, 5), lambda b, x: b.conv("op", x, 4, 3, 2), Amounts(72 * 9, 72, 4 * 9)),
    "with bias": ((2, 5, 5), lambda b, x: b.conv("op", x, 4, 3, 2, bias=True), Amounts(72 * 9, 72 + 4, 4 * 9)),
    # Each of the 4 outputs has the 6/2 inputs of its group: 12 weights, used at 5 · 7 positions.
    "in groups": ((6, 5, 7), lambda b, x: b.conv("op", x, 4, groups=2), Amounts(12 * 35, 12, 4 * 35)),
    # A 3×3 filter for each of the 3 channels: 27 weights, used at 4 · 4 positions.
    "depthwise": ((3, 4, 4), lambda b, x: b.depthwise("op", x, 3), Amounts(27 * 16, 27, 3 * 16)),
    # 8 · 2 · 3 · 10 weights, each used once, and 10 biases; a bias is no multiply-add, and a logit no activation.
    "fully connected": ((8, 2, 3), lambda b, x: b.linear("op", x, 10), Amounts(480, 490, 0)),
    # A scale and a shift for each of 6 channels; the running mean and variance are not trained.
    "a norm": ((6, 4, 4), lambda b, x: b.norm("op", x), Amounts(0, 12, 0)),
}


@pytest.mark.parametrize(("read", "add", "amounts"), BY_HAND.values(), ids=BY_HAND)
def test_an_operation_by_hand(read, add, amounts):
    builder = BlockBuilder(*read)
    add(builder, builder.input)
    (row,) = count(chain(read, {"block": builder.block()})).rows
    assert (row.name, row.amounts) == ("block.op", amounts)


def test_all_else_costs_nothing():
    builder = BlockBuilder(6, 4, 4)
    x = builder.sigmoid("sigmoid", builder.relu("relu", builder.shuffle("shuffle", builder.input, 2)))
    x = builder.leaky_relu("leaky", builder.relu6("relu6", x))
    x = builder.concat("concat", builder.product("product", x, x), builder.add("add", x, builder.pad("pad", x, 6)))
    builder.global_pool("global", builder.pool("pool", x, "max", kernel=3, stride=2))
    cost = count(chain((6, 4, 4), {"block": builder.block()}))
    assert (cost.macs, cost.params, cost.activations) == (0, 0, 0)


def test_the_smallest_network_by_hand():
    # w = 4, k = 1, α = 1, g = 1, c = 1, one class, 32×32: maps of 16, 8, then 4, 2, 1 pixels a side.
    # Stage 1: 27·1·16² = 6912.
    # Stage 2, C = 4, b = 1 from 1 channel: 8²·(1·1 + 1·1) + 4²·(9 + 9 + 1 + 1·3) = 128 + 352,
    #   then 3 · 4²·(4·1 + 9 + 1 + 9 + 1 + 1·4) = 3 · 448.
    # Stage 3, C = 8, b = 2 from 4: 4²·(4·2 + 2) + 2²·(18 + 9 + 2 + 2·4) = 160 + 148,
    #   then 7 · 2²·(8·2 + 18 + 2 + 9 + 2 + 2·8) = 7 · 252.
    # Stage 4, C = 16, b = 4 from 8: 2²·(8·4 + 4) + 1²·(36 + 9 + 4 + 4·8) = 144 + 81,
    #   then 3 · (16·4 + 36 + 4 + 9 + 4 + 4·16) = 3 · 181. Classifier: 16.
    design = MENet(width=4, fusion=1, groups=1, stem=1, resolution=32, classes=1)
    stages = {row.name: row.macs for row in count(design).by("stage")}
    assert stages == {
        "stage1": 6912,
        "stage2": 128 + 352 + 3 * 448,
        "stage3": 160 + 148 + 7 * 252,
        "stage4": 144 + 81 + 3 * 181,
        "classifier": 16,
    }


def closed_form(design):
    """Multiply-adds, parameters and activations, stage by stage, without rows of operations.

    A stage has one downsampling module, from c to C channels, and r standard ones; b = C/4 is the bottleneck, q the
    fusion width. Compression and merging see the map before the stride, all other layers that after it.
    """
    pixels = [design.resolution]
    for _ in range(5):
        pixels.append((pixels[-1] + 1) // 2)  # a strided 3×3 window with padding 1 rounds up
    g, c = design.groups, design.stem
    macs, params, activations = 27 * c * pixels[1] ** 2, 27 * c + 2 * c, c * pixels[1] ** 2
    for stage, r in enumerate((3, 7, 3)):
        C = design.width * 2**stage  # noqa: N806
        b, q = C // 4, int(design.fusion * design.expansion**stage)
        before, after = pixels[2 + stage] ** 2, pixels[3 + stage] ** 2
        compress = c * b if stage == 0 else c * b // g
        down = {"before": compress + b * q, "after": 9 * b + 9 * q * q + q * b + b * (C - c) // g}
        standard = 2 * C * b // g + 9 * b + 2 * b * q + 9 * q * q
        macs += before * down["before"] + after * (down["after"] + r * standard)
        # Each convolution has a norm behind it, with two parameters a channel.
        norms = 2 * (3 * b + 2 * q + C - c) + r * 2 * (3 * b + 2 * q + C)
        params += sum(down.values()) + r * standard + norms
        activations += before * (b + q) + after * (2 * b + q + C - c + r * (3 * b + 2 * q + C))
        c = C
    return macs + c * design.classes, params + (c + 1) * design.classes, activations


# Combined by a product or by a sum: neither these nor the sigmoid is a convolution (Table VII).
@given(designs())
def test_the_count_is_the_closed_form(design):
    cost = count(design)
    assert (cost.macs, cost.params, cost.activations) == closed_form(design)


@given(designs(), st.sampled_from(GROUPINGS))
def test_gathered_rows_sum_to_the_totals(design, grouping):
    cost = count(design)
    rows = cost.by(grouping)
    sums = tuple(sum(getattr(row, amount) for row in rows) for amount in ("macs", "params", "activations"))
    assert sums == (cost.macs, cost.params, cost.activations)
    assert len({row.name for row in rows}) == len(rows)


def test_groupings_of_the_paper():
    cost = count("228-MENet-12x1/3")
    names = {grouping: [row.name for row in cost.by(grouping)] for grouping in GROUPINGS}
    modules = [f"stage{stage}.{index}" for stage, modules in ((2, 4), (3, 8), (4, 4)) for index in range(modules)]
    assert names["stage"] == ["stage1", "stage2", "stage3", "stage4", "classifier"]
    assert names["block"] == ["stage1", *modules, "classifier"]
    assert set(names["branch"]) == {"stage1", "residual", "fusion", "identity", "output", "classifier"}
    kinds = {"conv", "norm", "activation", "pool", "shuffle", "product", "add", "concat", "linear"}
    assert set(names["operation"]) == kinds
    assert names["layer"] == [row.name for row in cost.rows]
    assert [row.kind for row in cost.by("operation")] == names["operation"]
    assert {row.kind for row in cost.by("stage")} == {""}
    # The output of what is gathered is that of its last operation. Table I: 28×28, 14×14, 7×7; stage 1 ends in a pool.
    outputs = [row.output for row in cost.by("stage")]
    assert outputs == [(24, 56, 56), (228, 28, 28), (456, 14, 14), (912, 7, 7), (1000, 1, 1)]


def test_an_unknown_grouping_names_the_known_ones():
    with pytest.raises(DesignError, match=r"grouping 'colour' is not known. Known: layer, block, stage"):
        count("228-MENet-12x1/3").by("colour")


def test_the_share_of_the_fusion_branch():
    # 228-MENet-12×1: bottlenecks b = 57, 114, 228, q = 12. In a downsampling module merging (b·q) sees the 4h pixels
    # before the stride, evolving (9q²) and matching (q·b) the h after it; in the others all three see h. So stage i
    # has h·(5bq + 9q² + r·(2bq + 9q²)), with h = 28², 14², 7² and r = 3, 7, 3:
    # 784·(3420 + 1296 + 3·2664), 196·(6840 + 1296 + 7·4032), 49·(13680 + 1296 + 3·6768).
    cost, fused = count("228-MENet-12x1/3"), 784 * 12708 + 196 * 36360 + 49 * 35280
    assert cost.share("fusion") == Fraction(fused, 144_092_352)
    assert sum(cost.share(row.name) for row in cost.by("branch")) == 1
    assert cost.share("nothing") == 0


def test_a_count_names_its_network_and_its_convention():
    described = network("228-MENet-12x1/3")
    assert count(described).network is described
    assert count(described).convention is PAPER
    assert "multiply-add" in PAPER.statement


# A wider, finer or larger network never costs less, in any of the three amounts.
GROWN = [{"width": 240}, {"fusion": 13}, {"expansion": 1.5}, {"resolution": 256}, {"classes": 1001}, {"stem": 27}]


@pytest.mark.parametrize("grown", GROWN, ids=lambda grown: next(iter(grown)))
def test_costs_grow_with_every_quantity(grown):
    small, large = count("228-MENet-12x1/3"), count(parse("228-MENet-12x1/3").but(**grown))
    assert large.macs > small.macs
    assert large.params >= small.params
    assert large.activations >= small.activations


@given(designs(resolutions=st.just(64)), st.sampled_from(["width", "fusion", "expansion", "resolution"]))
def test_the_next_legal_value_costs_more(design, quantity):
    legal = MENet.legal_values(quantity, design.numbers())
    index = next(index for index in legal.indices if legal.value(index) > getattr(design, quantity))
    assert count(design.but(**{quantity: legal.value(index)})).macs > count(design).macs
