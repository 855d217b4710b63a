"""Costs against hand counts, an independent closed form, and their own sums."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import designs

from menet_design.analysis.conventions import PAPER
from menet_design.analysis.cost import GROUPINGS, Amounts, count, price, totals
from menet_design.architectures.network import Graph, Network
from menet_design.errors import DesignError
from menet_design.search.naming import parse
from menet_design.zoo.menet import MENet


def cost_of(graph):
    """What the only operations of a network of one block cost."""
    return totals(price(Network((graph.block("block"),))))


def test_a_convolution_by_hand():
    # 3×3, stride 2 on 5×5: 3×3 outputs. 9 · 2 inputs · 4 outputs = 72 weights, each used at 9 positions.
    graph = Graph(2, 5, 5)
    graph.conv("conv", graph.input, 4, kernel=3, stride=2)
    assert cost_of(graph) == Amounts(macs=72 * 9, params=72, activations=4 * 9)


def test_a_group_convolution_by_hand():
    # Each of the 4 outputs sees the 6/2 inputs of its group: 12 weights, used at 5 · 7 positions.
    graph = Graph(6, 5, 7)
    graph.conv("conv", graph.input, 4, groups=2)
    assert cost_of(graph) == Amounts(macs=12 * 35, params=12, activations=4 * 35)


def test_a_depthwise_convolution_by_hand():
    # A 3×3 filter for each of the 3 channels: 27 weights, used at 4 · 4 positions.
    graph = Graph(3, 4, 4)
    graph.depthwise("conv", graph.input, kernel=3, stride=1)
    assert cost_of(graph) == Amounts(macs=27 * 16, params=27, activations=3 * 16)


def test_a_classifier_by_hand():
    # 8 · 10 weights, each used once, and 10 biases; a bias is no multiply-add, and a logit no activation.
    graph = Graph(8, 1, 1)
    graph.linear("fc", graph.input, 10)
    assert cost_of(graph) == Amounts(macs=80, params=90, activations=0)


def test_a_norm_by_hand():
    # A scale and a shift for each of 6 channels; the running mean and variance are not trained.
    graph = Graph(6, 4, 4)
    graph.norm("norm", graph.input)
    assert cost_of(graph) == Amounts(macs=0, params=12, activations=0)


def test_all_else_costs_nothing():
    graph = Graph(6, 4, 4)
    x = graph.sigmoid("sigmoid", graph.relu("relu", graph.shuffle("shuffle", graph.input, 2)))
    x = graph.concat("concat", graph.product("product", x, x), graph.add("add", x, x))
    graph.global_pool("global", graph.pool("pool", x, "max", kernel=3, stride=2))
    assert cost_of(graph) == Amounts(0, 0, 0)


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
    return Amounts(macs + c * design.classes, params + (c + 1) * design.classes, activations)


@given(designs())
def test_the_count_is_the_closed_form(design):
    cost = count(design)
    assert (cost.macs, cost.params, cost.activations) == closed_form(design)


@given(designs())
def test_rows_sum_to_the_totals(design):
    cost = count(design)
    assert sums(cost.rows) == (cost.macs, cost.params, cost.activations)


@given(designs(), st.sampled_from(GROUPINGS))
def test_gathered_rows_sum_to_the_totals(design, grouping):
    cost = count(design)
    rows = cost.by(grouping)
    assert sums(rows) == (cost.macs, cost.params, cost.activations)
    assert len({row.name for row in rows}) == len(rows)


def sums(rows):
    return tuple(sum(getattr(row, amount) for row in rows) for amount in ("macs", "params", "activations"))


@given(designs(combines=st.just("product")))
def test_combining_by_addition_costs_the_same(design):
    # Table VII: neither the product, nor the sum, nor the sigmoid is a convolution.
    added, multiplied = count(design.but(combine="add")), count(design)
    assert sums(added.rows) == sums(multiplied.rows)


def test_groupings_of_the_paper():
    cost = count(parse("228-MENet-12x1/3"))
    names = {grouping: [row.name for row in cost.by(grouping)] for grouping in GROUPINGS}
    modules = [f"stage{stage}.{index}" for stage, modules in ((2, 4), (3, 8), (4, 4)) for index in range(modules)]
    assert names["stage"] == ["stage1", "stage2", "stage3", "stage4", "classifier"]
    assert names["block"] == ["stage1", *modules, "classifier"]
    assert set(names["branch"]) == {"stage1", "residual", "fusion", "identity", "output", "classifier"}
    kinds = {"conv", "norm", "activation", "pool", "shuffle", "product", "add", "concat", "linear"}
    assert set(names["operation"]) == kinds
    assert names["layer"] == [row.name for row in cost.rows]


def test_a_gathered_row_has_the_output_of_its_last_operation():
    # Table I: 28×28, 14×14, 7×7; stage 1 ends in the max pool.
    outputs = [row.output for row in count(parse("228-MENet-12x1/3")).by("stage")]
    assert outputs == [(24, 56, 56), (228, 28, 28), (456, 14, 14), (912, 7, 7), (1000, 1, 1)]


def test_a_row_that_gathers_one_kind_says_which():
    cost = count(parse("228-MENet-12x1/3"))
    assert all(row.operation == row.name for row in cost.by("operation"))
    assert {row.operation for row in cost.by("stage")} == {""}


def test_an_unknown_grouping_names_the_known_ones():
    with pytest.raises(DesignError, match=r"grouping 'colour' is not known. Known: layer, block, stage"):
        count(parse("228-MENet-12x1/3")).by("colour")


def test_the_share_of_the_fusion_branch():
    # 228-MENet-12×1: bottlenecks b = 57, 114, 228, q = 12. In a downsampling module merging (b·q) sees the 4h pixels
    # before the stride, evolving (9q²) and matching (q·b) the h after it; in the others all three see h. So stage i
    # has h·(5bq + 9q² + r·(2bq + 9q²)), with h = 28², 14², 7² and r = 3, 7, 3:
    # 784·(3420 + 1296 + 3·2664), 196·(6840 + 1296 + 7·4032), 49·(13680 + 1296 + 3·6768).
    fused = 784 * 12708 + 196 * 36360 + 49 * 35280
    assert count(parse("228-MENet-12x1/3")).share("fusion") == Fraction(fused, 144_092_352)


def test_shares_of_all_branches_make_a_whole():
    cost = count(parse("352-MENet-12x1/8"))
    assert sum(cost.share(row.name) for row in cost.by("branch")) == 1


def test_a_count_names_its_convention():
    assert count(parse("228-MENet-12x1/3")).convention is PAPER
    assert "multiply-add" in PAPER.statement


# A wider, finer or larger network never costs less, in any of the three amounts.
GROWN = [{"width": 240}, {"fusion": 13}, {"expansion": 1.5}, {"resolution": 256}, {"classes": 1001}, {"stem": 27}]


@pytest.mark.parametrize("grown", GROWN, ids=lambda grown: next(iter(grown)))
def test_costs_grow_with_every_quantity(grown):
    small, large = count(parse("228-MENet-12x1/3")), count(parse("228-MENet-12x1/3").but(**grown))
    assert large.macs > small.macs
    assert large.params >= small.params
    assert large.activations >= small.activations


@given(designs(resolutions=st.just(64)), st.sampled_from(["width", "fusion", "expansion", "resolution"]))
def test_the_next_legal_value_costs_more(design, quantity):
    lattice = MENet.lattice(quantity, design.numbers())
    index = next(index for index in lattice.indices if lattice.value(index) > getattr(design, quantity))
    assert count(design.but(**{quantity: lattice.value(index)})).macs > count(design).macs


def test_a_count_leaves_its_design_alone():
    design = parse("352-MENet-12x1/8")
    assert count(design).design is design
    assert count(design).rows == count(design).rows
