"""MENet's architecture against the paper's description, the executed models, and itself on arrays."""

from collections import Counter

import pytest

from menet_design import network
from menet_design.graph.network import INPUT

# Output channels of stages 2 to 4 in Table I.
TABLE_I = [
    ("228-MENet-12x1/3", (228, 456, 912)),
    ("256-MENet-12x1/4", (256, 512, 1024)),
    ("352-MENet-12x1/8", (352, 704, 1408)),
]


def blocks_of(name):
    return {block.name: block for block in network(name).blocks}


def operations_of(block):
    return {operation.name: operation for operation in block.operations}


def test_stages_have_four_eight_and_four_modules():
    # Table I: a module with "/2", then ×3, ×7 and ×3.
    modules = Counter(name.split(".")[0] for name, block in blocks_of("228-MENet-12x1/3").items() if block.unit)
    assert modules == {"stage2": 4, "stage3": 8, "stage4": 4}


@pytest.mark.parametrize(("name", "widths"), TABLE_I)
def test_stages_have_the_channels_and_sizes_of_table_1(name, widths):
    blocks = blocks_of(name)
    outputs = [blocks[last].last.output for last in ("stage1", "stage2.3", "stage3.7", "stage4.3", "classifier")]
    w2, w3, w4 = widths
    assert outputs == [(24, 56, 56), (w2, 28, 28), (w3, 14, 14), (w4, 7, 7), (1000, 1, 1)]


def test_a_standard_module_is_that_of_figure_3a():
    # 348-MENet, g = 3, second module of stage 3: 696 channels of 14×14, bottleneck 696/4 = 174, fusion 12.
    ops = operations_of(blocks_of("348-MENet-12x1/3")["stage3.1"])
    described = {
        name: (op.kind, op.inputs, op.output, op.groups, max(op.stride, default=1)) for name, op in ops.items()
    }
    large, small, narrow = (696, 14, 14), (174, 14, 14), (12, 14, 14)
    assert described == {
        "residual.compress": ("conv", (INPUT,), small, 3, 1),
        "residual.compress_norm": ("norm", ("residual.compress",), small, 1, 1),
        "residual.compress_relu": ("activation", ("residual.compress_norm",), small, 1, 1),
        "residual.shuffle": ("shuffle", ("residual.compress_relu",), small, 3, 1),
        "residual.depthwise": ("conv", ("residual.shuffle",), small, 174, 1),
        "residual.depthwise_norm": ("norm", ("residual.depthwise",), small, 1, 1),
        "fusion.merge": ("conv", ("residual.shuffle",), narrow, 1, 1),
        "fusion.merge_norm": ("norm", ("fusion.merge",), narrow, 1, 1),
        "fusion.merge_relu": ("activation", ("fusion.merge_norm",), narrow, 1, 1),
        "fusion.evolve": ("conv", ("fusion.merge_relu",), narrow, 1, 1),
        "fusion.evolve_norm": ("norm", ("fusion.evolve",), narrow, 1, 1),
        "fusion.evolve_relu": ("activation", ("fusion.evolve_norm",), narrow, 1, 1),
        "fusion.match": ("conv", ("fusion.evolve_relu",), small, 1, 1),
        "fusion.match_norm": ("norm", ("fusion.match",), small, 1, 1),
        "fusion.sigmoid": ("activation", ("fusion.match_norm",), small, 1, 1),
        "fusion.product": ("product", ("residual.depthwise_norm", "fusion.sigmoid"), small, 1, 1),
        "residual.expand": ("conv", ("fusion.product",), large, 3, 1),
        "residual.expand_norm": ("norm", ("residual.expand",), large, 1, 1),
        "output.add": ("add", ("residual.expand_norm", INPUT), large, 1, 1),
        "output.relu": ("activation", ("output.add",), large, 1, 1),
    }
    assert {name: op.kernel for name, op in ops.items() if op.kernel == (3, 3)} == {
        "residual.depthwise": (3, 3),
        "fusion.evolve": (3, 3),
    }
    assert {op.variant for op in ops.values() if op.kind == "activation"} == {"relu", "sigmoid"}
    assert ops["fusion.sigmoid"].variant == "sigmoid"


def test_a_downsampling_module_differs_as_figure_3b_says():
    # First module of stage 3: 348 channels of 28×28 in, 696 of 14×14 out, 348 of them from the average pool.
    blocks = blocks_of("348-MENet-12x1/3")
    down, standard = (operations_of(blocks[name]) for name in ("stage3.0", "stage3.1"))
    assert [name for name, op in down.items() if op.stride == (2, 2)] == [
        "residual.depthwise",
        "fusion.evolve",
        "identity",
    ]
    assert set(down) - set(standard) == {"identity", "output.concat"}
    assert set(standard) - set(down) == {"output.add"}
    assert down["residual.compress"].output == (174, 28, 28)
    assert down["residual.expand"].output == (348, 14, 14)
    identity = down["identity"]
    assert (identity.kind, identity.variant, identity.kernel, identity.output) == (
        "pool",
        "average",
        (3, 3),
        (348, 14, 14),
    )
    assert down["output.concat"].inputs == ("residual.expand_norm", "identity")
    assert down["output.concat"].output == (696, 14, 14)


def test_the_first_pointwise_layer_of_stage_2_alone_is_not_grouped():
    # Section III-C; the shuffle after it still takes g groups, as in the authors' models.
    blocks = blocks_of("352-MENet-12x1/8")
    groups = {name: operations_of(block)["residual.compress"].groups for name, block in blocks.items() if block.unit}
    assert [name for name, number in groups.items() if number != 8] == ["stage2.0"]
    assert groups["stage2.0"] == 1
    assert operations_of(blocks["stage2.0"])["residual.shuffle"].groups == 8


def test_the_first_residual_branch_leaves_room_for_the_stem():
    # 228 channels out, 24 of them the pooled stem.
    ops = operations_of(blocks_of("228-MENet-12x1/3")["stage2.0"])
    assert (ops["residual.expand"].channels, ops["identity"].channels) == (204, 24)


@pytest.mark.parametrize(
    ("name", "widths"),
    [("228-MENet-12x1/3", [12, 12, 12]), ("228-MENet-12x1.5/3", [12, 18, 27]), ("228-MENet-12x2.5/3", [12, 30, 75])],
)
def test_the_fusion_width_grows_by_the_expansion(name, widths):
    # Section III-C: α^(i-2)·k channels in stage i.
    blocks = blocks_of(name)
    merges = [operations_of(blocks[first])["fusion.merge"].channels for first in ("stage2.0", "stage3.0", "stage4.0")]
    assert merges == widths


def test_addition_has_no_sigmoid():
    # Table VII: the product is replaced by an addition, and the sigmoid removed.
    product, add = (operations_of(blocks_of(f"228-MENet-12x1{how}/3")["stage2.1"]) for how in ("", "-add"))
    assert set(product) - set(add) == {"fusion.sigmoid", "fusion.product"}
    assert add["fusion.add"].inputs == ("residual.depthwise_norm", "fusion.match_norm")
    assert add["residual.expand"].inputs == ("fusion.add",)


# Elements that pass through the layers of the authors' models when they are executed at 224×224, which no counter
# counts: outputs of sigmoids, and sums with the identity. The others: tests/analysis/test_counters.py.
EXECUTED = {
    "108-MENet-8x1/3": (190_512, 613_872),
    "228-MENet-12x1/3": (402_192, 1_295_952),
    "352-MENet-12x1/8": (620_928, 2_000_768),
    "456-MENet-24x1/3": (804_384, 2_591_904),
}


@pytest.mark.parametrize(("name", "executed"), EXECUTED.items())
def test_operations_that_no_counter_counts_have_the_elements_of_the_executed_models(name, executed):
    seen = Counter()
    for _, op in network(name).operations():
        seen[op.variant if op.kind == "activation" else op.kind] += op.elements
    assert (seen["sigmoid"], seen["add"]) == executed
    assert seen["product"] == seen["sigmoid"]
