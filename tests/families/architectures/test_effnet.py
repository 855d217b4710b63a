"""The networks of the EffNet paper layer by layer, against its description and a second derivation of their cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menet_design import count, formula, network
from menet_design.families.effnet import EffNet
from menet_design.graph.network import INPUT


def described(name, stage):
    """Kind, input, output, kernel, stride and groups of the operations of a stage that are no activation or norm."""
    blocks = {block.name: block for block in network(name).blocks}
    return [
        (op.name, op.kind, op.output, op.kernel, op.stride, op.groups)
        for op in blocks[stage].operations
        if op.kind not in ("activation", "norm")
    ]


def test_an_effnet_block_pools_one_axis_and_strides_along_the_other():
    assert described("EffNet-CIFAR-10", "stage2") == [
        ("compress", "conv", (64, 16, 16), (1, 1), (1, 1), 1),
        ("row", "conv", (64, 16, 16), (1, 3), (1, 1), 64),
        ("pool", "pool", (64, 8, 16), (2, 1), (2, 1), 1),
        ("column", "conv", (64, 8, 16), (3, 1), (1, 1), 64),
        ("expand", "conv", (128, 8, 8), (1, 2), (1, 2), 1),
    ]


def test_leaky_relu_and_then_batch_norm_follow_every_convolution():
    block = network("EffNet-CIFAR-10").blocks[0]
    ops = {op.name: op for op in block.operations}
    for name in ("compress", "row", "column", "expand"):
        relu, norm = ops[f"{name}_relu"], ops[f"{name}_norm"]
        assert (relu.variant, relu.inputs, norm.inputs) == ("leaky relu", (name,), (f"{name}_relu",))
        assert not ops[name].bias
    assert ops["compress"].inputs == (INPUT,)
    assert ops["pool"].inputs == ("row_norm",)


def test_a_block_has_at_least_6_channels_inside():
    # GTSRB: 8, 16 and 32 channels, of which half are 4, 8 and 16.
    inside = [described("EffNet-GTSRB", f"stage{stage}")[0][2][0] for stage in (1, 2, 3)]
    assert inside == [6, 8, 16]
    assert [described("2-EffNet", f"stage{stage}")[0][2][0] for stage in (1, 2, 3)] == [6, 6, 6]


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        (
            "EffNet-baseline-CIFAR-10",
            [
                [("conv", (64, 32, 32), 3, 1, 1), ("pool", (64, 16, 16), 2, 2, 1)],
                [("conv", (128, 16, 16), 3, 1, 1), ("pool", (128, 8, 8), 2, 2, 1)],
                [("conv", (256, 8, 8), 3, 1, 1), ("pool", (256, 4, 4), 2, 2, 1)],
            ],
        ),
        (
            "EffNet-MobileNet-CIFAR-10",
            [
                [("conv", (64, 32, 32), 3, 1, 1), ("pool", (64, 16, 16), 2, 2, 1)],
                [("depthwise", (64, 8, 8), 3, 2, 64), ("pointwise", (128, 8, 8), 1, 1, 1)],
                [("depthwise", (128, 4, 4), 3, 2, 128), ("pointwise", (256, 4, 4), 1, 1, 1)],
            ],
        ),
        (
            "EffNet-ShuffleNet-CIFAR-10",
            [
                [("conv", (64, 32, 32), 3, 1, 1), ("pool", (64, 16, 16), 2, 2, 1)],
                [
                    ("compress", (32, 16, 16), 1, 1, 4),
                    ("shuffle", (32, 16, 16), 4),
                    ("depthwise", (32, 8, 8), 3, 2, 32),
                    ("expand", (128, 8, 8), 1, 1, 4),
                ],
                [
                    ("compress", (64, 8, 8), 1, 1, 4),
                    ("shuffle", (64, 8, 8), 4),
                    ("depthwise", (64, 4, 4), 3, 2, 64),
                    ("expand", (256, 4, 4), 1, 1, 4),
                ],
            ],
        ),
    ],
)
def test_the_other_networks_have_the_layers_that_the_paper_lists(name, stages):
    for index, expected in enumerate(stages, 1):
        listed = [
            (op, out, *kernel[:1], *stride[:1], groups)
            for op, _, out, kernel, stride, groups in described(name, f"stage{index}")
        ]
        assert listed == expected


def test_the_classifier_reads_the_whole_map():
    (fc,) = network("EffNet-GTSRB").blocks[-1].operations
    assert (fc.kind, fc.in_elements, fc.channels, fc.bias) == ("linear", 32 * 4 * 4, 43, True)


def effnet_macs(width, resolution, classes):
    """Block by block: b inside, from c to C channels at side s; 3 weights a depthwise window, 2 pixels the last one."""
    total, c = 0, 3
    for stage in range(3):
        channels, s = width * 2**stage, resolution // 2**stage
        b = max(6, channels // 2)
        total += s * s * (c * b + 3 * b) + s * s // 2 * 3 * b + s * s // 4 * 2 * b * channels
        c = channels
    return total + (resolution // 8) ** 2 * c * classes


@given(st.integers(1, 40), st.integers(4, 32), st.integers(1, 100))
def test_multiply_adds_block_by_block(half, eighth, classes):
    design = EffNet(width=2 * half, resolution=8 * eighth, classes=classes)
    assert count(design).macs == effnet_macs(design.width, design.resolution, classes)


def test_the_formula_has_whole_numbers_inside_its_maxima():
    derived = formula("effnet")
    source: dict = {}
    exec(derived.python("macs"), source)
    assert source["macs"](w=8, r=32, n=43) == 172_032
    assert isinstance(source["macs"](w=8, r=32, n=43), int)
    assert "Max(12, w)" in str(derived.macs)
