"""ResNets for CIFAR-10: their names, what is legal in them, and what SEP-Net's paper figures."""

import pytest

from menet_design import count, parse, solve
from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.notation import plain
from menet_design.families.resnet_cifar import ResNetCIFAR


@pytest.mark.parametrize(
    ("text", "depth", "width", "shortcut"),
    [
        ("ResNet-20", 20, 16, "3x3"),
        ("resnet56", 56, 16, "3x3"),
        ("ResNet 110", 110, 16, "3x3"),
        ("24-ResNet-32", 32, 24, "3x3"),
        ("resnet20_w24", 20, 24, "3x3"),
        ("ResNet-44-A", 44, 16, "A"),
        ("ResNet-44 (option B)", 44, 16, "B"),
        ("resnet20_a_w8", 20, 8, "A"),
        ("resnet20_cifar10", 20, 16, "B"),  # pytorchcv's has 1×1 convolutions on its shortcuts
    ],
)
def test_spellings(text, depth, width, shortcut):
    assert parse(text) == ResNetCIFAR(depth=depth, width=width, shortcut=shortcut)


# 6n + 2 is even; ResNet-50 and ResNet-152 have 6n + 2 layers, but they are networks of bottlenecks for ImageNet.
@pytest.mark.parametrize("text", ["ResNet-15", "ResNet-18", "resnet50", "ResNet-152", "ResNet-2", "ResNet-1208"])
def test_other_networks_are_not_taken_for_these(text):
    assert ResNetCIFAR.read(plain(text)) is None


def test_an_unknown_resnet_suggests_these():
    with pytest.raises(DesignError, match="ResNet-20"):
        parse("ResNet-21")


@pytest.mark.parametrize(
    ("depth", "nearest"),
    [(21, (20, 26)), (50, (44, 56)), (152, (146, 158)), (2, (8,)), (5000, (1202,)), (20.5, (20, 26)), ("20", (8,))],
)
def test_an_illegal_depth_names_the_nearest(depth, nearest):
    with pytest.raises(IllegalDesign, match="Nearest legal depths") as error:
        ResNetCIFAR(depth=depth)
    assert error.value.nearest == nearest


def test_an_illegal_width_or_shortcut_is_refused():
    with pytest.raises(IllegalDesign, match="width 0 is not a whole number from 1"):
        parse("0-ResNet-20")
    with pytest.raises(IllegalDesign, match="Known: 3x3, A, B"):
        ResNetCIFAR(shortcut="C")


def test_a_budget_recovers_the_width():
    assert solve(count("ResNet-20").macs, family="resnet-cifar").choice == parse("ResNet-20")


def test_assumptions_say_whose_shortcuts_they_are():
    (shortcuts,) = parse("24-ResNet-32").assumptions
    assert (shortcuts.question, shortcuts.answer) == ("shortcuts", "3×3")
    assert [parse(name).shortcut for name in shortcuts.instead] == ["A", "B"]
    (zeros,) = parse("ResNet-20-A").assumptions
    assert (zeros.question, zeros.answer, zeros.instead) == ("shortcuts", "A", ("ResNet-20", "ResNet-20-B"))
    assert parse("ResNet-20-B").assumptions == ()
