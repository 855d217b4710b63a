"""Stored sizes against those that the papers count, and against sums by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cifar_resnets, designs, sepnets

from menet_design import count, size
from menet_design.analysis.size import SCHEMES
from menet_design.errors import DesignError
from menet_design.families.resnet_cifar import ResNetCIFAR
from menet_design.families.sepnet import SEPNet

ANY = st.one_of(designs(), cifar_resnets(), sepnets())


# What SEP-Net's paper and its released models say (arXiv 1706.03912).


def test_of_resnet_20_the_residual_branches_are_binarized():
    found = size("ResNet-20-3x3", "pattern", layers=["*.residual.*"])
    assert (found.binarized, found.conv_weights) == (267_264, 290_736)


def test_of_googlenet_the_inception_kernels_are_binarized_and_the_first_layers_not():
    found = size("GoogLeNet", "pattern", layers=["*.branch3x3.*", "*.branch5x5.*"])
    assert (found.weights, found.weights - found.binarized) == (6_990_272, 3_404_480)
    assert size("GoogLeNet", "pattern", ["*.branch3x3.*"]).binarized == 2_990_592
    assert size("GoogLeNet", "pattern", ["*.branch5x5.*"]).binarized == 595_200


def test_of_sep_net_280128_published_weights_are_binarized_and_no_others():
    assert size(SEPNet(), "pattern").binarized == 280_128


def megabytes(scheme):
    return float(size(SEPNet(), scheme).bytes) / 1e6


def test_the_reconstruction_of_sep_net_meets_the_printed_sizes_of_two_schemes():
    assert [round(megabytes(scheme), 1) for scheme in ("float32", "pattern")] == [5.2, 4.2]
    # The third, 1.3 MB, is that of all weights at 8 bits; with patterns at 1 bit there is less to store.
    assert round(megabytes("int8"), 1) == 1.3
    assert megabytes("pattern+int8") < 1.25


def test_no_other_head_of_a_multiple_of_8_channels_meets_both():
    # 408,000 published weights; norms of the convolutions (448 channels) and modules (144, 288 and twice 576).
    published = 408_000 + 2 * (448 + 144 + 288 + 2 * 576)
    # Filters with k×k kernels: three convolutions, and the blocks of modules of half and a quarter of the channels.
    filters = 448 + 3 * (64 + 128 + 2 * 256) // 4
    met = []
    for head in range(8, 2000, 8):
        params = published + 256 * head + 2 * head + 1000 * head + 1000
        binarized = 4 * (params - 280_128 + filters) + 280_128 / 8
        if round(4 * params / 1e6, 1) == 5.2 and round(binarized / 1e6, 1) == 4.2:
            met.append(head)
    assert met == [SEPNet().head]


# By hand


def test_the_parts_of_a_small_network_by_hand():
    # ResNet-8, 2 wide, 3 classes, 1×1 shortcuts: 3×3 from 3 to 2; two 2 to 2; 2 to 4, 4 to 4; 4 to 8, 8 to 8.
    kernels = 9 * (6 + 2 * 4 + 8 + 16 + 32 + 64)
    filters = 2 + 2 * 2 + 2 * 4 + 2 * 8
    found = size(ResNetCIFAR(width=2, depth=8, shortcut="B", classes=3), "pattern+int8")
    parts = {part.name: (part.numbers, part.bits_each) for part in found.parts}
    assert parts == {
        "binarized": (kernels, 1),
        "kernels": (0, 32),
        "pointwise": (2 * 4 + 4 * 8, 8),
        "linear": (8 * 3, 8),
        "scales": (filters, 32),
        "biases": (3, 32),
        "norms": (2 * (filters + 4 + 8), 32),
        "others": (0, 32),
    }
    assert found.bits == kernels + 8 * (40 + 24) + 32 * (filters + 3 + 2 * (filters + 12))


def test_patterns_need_not_fill_a_byte():
    # 17 channels: 9 · 17 · 3 weights of the first convolution are no multiple of 8.
    found = size(ResNetCIFAR(width=17), "pattern", layers=["stage1.conv"])
    assert found.bytes == Fraction(found.bits, 8)
    assert found.bytes.denominator == 8


def test_kernels_that_are_not_chosen_stay_float():
    found = size("ResNet-20-3x3", "pattern+int8", layers=["stage1.conv"])
    kernels = next(part for part in found.parts if part.name == "kernels")
    assert (found.binarized, kernels.numbers, kernels.bits_each) == (9 * 3 * 16, 290_736 - 9 * 3 * 16, 32)


@given(ANY)
def test_schemes_store_the_same_parameters_in_less(design):
    sizes = {scheme: size(design, scheme) for scheme in SCHEMES}
    params = count(design).params
    for found in sizes.values():
        assert found.bits == sum(part.bits for part in found.parts)
        assert sum(part.numbers for part in found.parts if part.name != "scales") == params
    float32, float16, int8, pattern, both = (found.bits for found in sizes.values())
    assert float32 == 2 * float16 == 32 * params
    assert int8 == 32 * params - 24 * sizes["int8"].weights
    scales = next(part.numbers for part in sizes["pattern"].parts if part.name == "scales")
    assert pattern == 32 * (params + scales) - 31 * sizes["pattern"].binarized
    assert both == pattern - 24 * (sizes["pattern"].weights - sizes["pattern"].binarized)


@pytest.mark.parametrize(
    ("scheme", "layers", "message"),
    [
        ("int4", None, "scheme 'int4' is not known. Known: float32, float16, int8, pattern, pattern"),
        ("pattern", ["stage1.conv", "nowhere"], "no layer with k×k kernels is named 'nowhere'. Known: stage1.conv, "),
        ("pattern", ["classifier.*"], "no layer with k×k kernels is named 'classifier"),
    ],
)
def test_what_cannot_be_stored_so_is_refused(scheme, layers, message):
    with pytest.raises(DesignError) as error:
        size("ResNet-20", scheme, layers)
    assert str(error.value).startswith(message)
