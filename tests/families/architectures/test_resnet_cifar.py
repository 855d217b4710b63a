"""CIFAR ResNets against Section 4.2 of arXiv 1512.03385 and SEP-Net's counts, and themselves on symbols and arrays."""

import pytest

from menet_design import connectivity, count
from menet_design.analysis.dependence import flow, itself
from menet_design.families.architectures.resnet_cifar import network
from menet_design.families.resnet_cifar import ResNetCIFAR
from menet_design.graph.network import INPUT


# Table 6: parameters of the networks for CIFAR-10, which have option A (Section 4.2).
@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7), (1202, 19.4)]
)
def test_option_a_has_the_parameters_of_table_6(depth, millions):
    params = count(ResNetCIFAR(depth=depth)).params
    assert round(params / 1e6, 2 if millions < 1 else 1) == millions


def test_the_multiply_adds_of_option_a_by_hand():
    # 32×32: from 3 to 16 and six 16 to 16; 16×16: from 16 to 32 and five 32 to 32; 8×8: as many, twice as wide.
    stages = (3 * 16 + 6 * 16**2) * 32**2, (16 * 32 + 5 * 32**2) * 16**2, (32 * 64 + 5 * 64**2) * 8**2
    assert count("ResNet-20-A").macs == 9 * sum(stages) + 64 * 10


@pytest.mark.parametrize("depth", [20, 32, 44, 56])
def test_the_layers_are_those_of_section_4_2(depth):
    n = (depth - 2) // 6
    convolutions = [
        op for name, op in network(width=16, depth=depth).operations() if op.kind == "conv" and "shortcut" not in name
    ]
    # Output map size, filters and number of layers.
    sizes = [(op.output[1], op.channels) for op in convolutions]
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


def test_through_a_shortcut_of_option_a_a_channel_depends_on_itself_and_a_new_one_on_nothing():
    block = next(block for block in network(width=4, shortcut="A").blocks if block.name == "stage3.0")
    found = flow(block, {INPUT: itself(4)})["shortcut.pad"]
    assert found.sources == [0, 0, 0b0001, 0b0010, 0b0100, 0b1000, 0, 0]


def test_every_channel_depends_on_every_other():
    assert connectivity(ResNetCIFAR(width=2, shortcut="A")).mixing_depth == 1


def test_the_formula_says_its_depth(cli):
    assert "\ndepth = 20\n" in cli("formula resnet-cifar").stdout
