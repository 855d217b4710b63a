"""CIFAR ResNets against Section 4.2 of arXiv 1512.03385 and SEP-Net's counts, and themselves on symbols and arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import WHOLE_RESOLUTIONS

from menet_design import connectivity, count, formula
from menet_design.analysis.dataflow import flow, itself
from menet_design.architectures.network import INPUT
from menet_design.architectures.resnet_cifar import network
from menet_design.search.naming import parse
from menet_design.zoo.resnet_cifar import ResNetCIFAR


def conv_weights(cost, part=""):
    return sum(row.params for row in cost.rows if row.operation == "conv" and part in row.name)


def test_sep_nets_authors_count_the_weights_of_resnet_20():
    # arXiv 1706.03912: 267,264 of 290,736 convolution weights are binarized.
    cost = count(parse("ResNet-20"))
    assert conv_weights(cost) == 290_736
    assert conv_weights(cost, ".residual.") == 267_264
    # The rest are the first convolution and the 3×3 shortcuts.
    assert conv_weights(cost, "stage1.") + conv_weights(cost, ".shortcut.") == 9 * (3 * 16 + 16 * 32 + 32 * 64)


# Table 6: parameters of the networks for CIFAR-10, which have option A (Section 4.2).
@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7), (1202, 19.4)]
)
def test_option_a_has_the_parameters_of_table_6(depth, millions):
    params = count(ResNetCIFAR(depth=depth, shortcut="A")).params
    assert round(params / 1e6, 2 if millions < 1 else 1) == millions


def test_the_multiply_adds_of_option_a_by_hand():
    # 32×32: from 3 to 16 and six 16 to 16; 16×16: from 16 to 32 and five 32 to 32; 8×8: as many, twice as wide.
    stages = (3 * 16 + 6 * 16**2) * 32**2, (16 * 32 + 5 * 32**2) * 16**2, (32 * 64 + 5 * 64**2) * 8**2
    assert count(parse("ResNet-20-A")).macs == 9 * sum(stages) + 64 * 10


@pytest.mark.parametrize("depth", [20, 32, 44, 56])
def test_the_layers_are_those_of_section_4_2(depth):
    n = (depth - 2) // 6
    convolutions = [
        op for name, op in network(width=16, depth=depth).operations() if op.kind == "conv" and "shortcut" not in name
    ]
    # Output map size, filters and number of layers.
    sizes = [(op.height, op.channels) for op in convolutions]
    assert sizes == [(32, 16)] * (1 + 2 * n) + [(16, 32)] * (2 * n) + [(8, 64)] * (2 * n)
    assert {op.kernel for op in convolutions} == {(3, 3)}
    assert len(convolutions) + 1 == depth


@pytest.mark.parametrize(("shortcut", "kernel"), [("3x3", (3, 3)), ("B", (1, 1))])
def test_shortcuts_with_weights_are_convolutions_between_stages(shortcut, kernel):
    found = {
        name: (op.kernel, op.stride)
        for name, op in network(width=4, shortcut=shortcut).operations()
        if op.kind == "conv" and ".shortcut." in name
    }
    assert found == {f"stage{stage}.0.shortcut.conv": (kernel, (2, 2)) for stage in (3, 4)}


def test_through_a_shortcut_of_option_a_a_channel_hears_itself_and_a_new_one_nothing():
    block = next(block for block in network(width=4, shortcut="A").blocks if block.name == "stage3.0")
    heard = flow(block.operations, {INPUT: itself(4)})["shortcut.pad"].heard
    assert heard == [0b0001, 0b0010, 0b0100, 0b1000, 0, 0, 0, 0]


def test_every_channel_hears_every_other():
    assert connectivity(ResNetCIFAR(width=2, shortcut="A")).blocks_to_full == 1


def test_the_formula_is_the_count_of_resnet_20():
    macs, params = (formula("resnet-cifar").compile(metric) for metric in ("macs", "params"))

    @given(st.integers(1, 64), WHOLE_RESOLUTIONS, st.integers(1, 100))
    def agree(width, resolution, classes):
        cost = count(ResNetCIFAR(width=width, resolution=resolution, classes=classes))
        letters = {"w": width, "r": resolution, "n": classes}
        assert (macs(**letters), params(**letters)) == (cost.macs, cost.params)

    agree()


def test_the_formula_says_its_depth(cli):
    assert "\ndepth = 20\n" in cli("formula resnet-cifar").stdout


@pytest.mark.parametrize("shortcut", ["3x3", "A", "B"])
def test_a_network_of_arrays_is_the_array_of_its_networks(shortcut):
    widths = np.array([16, 3])
    together = [op.channels for _, op in network(width=widths, shortcut=shortcut).operations() if op.kind == "conv"]
    for index, width in enumerate(widths.tolist()):
        alone = [op.channels for _, op in network(width=width, shortcut=shortcut).operations() if op.kind == "conv"]
        assert [channels[index] for channels in together] == alone
