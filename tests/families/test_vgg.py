"""VGG-16 as the MENet paper prints it, and its names."""

import pytest

from menet_design import count, parse, solve
from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.vgg import VGGNet


def test_the_printed_network_is_counted():
    cost = count("VGG-16")
    kinds = {row.name: row.macs for row in cost.by("operation") if row.macs}
    assert kinds == {"conv": 15_346_630_656, "linear": 123_633_664}
    assert cost.params == 138_357_544
    # Table II of the MENet paper prints the convolutions, cut to hundreds.
    assert kinds["conv"] // 10**8 * 100 == 15300
    assert len(VGGNet.published) == 1


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("VGG-16", 64),
        ("vgg16", 64),
        ("vgg_16", 64),
        ("VGGNet-16", 64),
        ("32-VGG-16", 32),
        ("vgg16_wd2", 32),
        ("vgg16_w3d4", 48),
        ("vgg16_w3d04", 48),
    ],
)
def test_spellings(text, width):
    assert parse(text) == VGGNet(width=width)


@pytest.mark.parametrize("text", ["vgg11", "VGG-19", "bn_vgg16", "vgg16_w", "vgg16_bn", "vgg16_wd0"])
def test_other_networks_are_not_taken_for_vgg_16(text):
    with pytest.raises(NotationError, match="Did you mean VGG-16"):
        parse(text)


def test_a_width_that_is_not_whole_names_both_neighbours():
    with pytest.raises(IllegalDesign, match="27, 28"):  # 64 · 3/7 = 27.4…
        parse("vgg16_w3d7")
    with pytest.raises(IllegalDesign, match="from 1 to"):
        parse("0-VGG-16")


def test_a_budget_recovers_the_printed_network():
    assert solve(15_470_264_320, family="vgg").choice == VGGNet()


def test_nothing_is_taken_for_granted():
    assert VGGNet().assumptions == ()
