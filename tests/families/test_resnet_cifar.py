"""ResNets for CIFAR: their names, what is legal in them, and what SEP-Net's paper figures."""

import pytest

from menet_design import count, parse, solve
from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.notation import plain
from menet_design.families.resnet_cifar import ResNetCIFAR


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("ResNet-20", {"depth": 20, "shortcut": "A"}),  # He et al.'s, without parameters in shortcuts
        ("resnet56", {"depth": 56, "shortcut": "A"}),
        ("ResNet 110", {"depth": 110, "unit": "basic"}),
        ("24-ResNet-32", {"depth": 32, "width": 24}),
        ("resnet20_w24", {"depth": 20, "width": 24}),
        ("ResNet-44-A", {"depth": 44, "shortcut": "A"}),
        ("ResNet-44 (option B)", {"depth": 44, "shortcut": "B"}),
        ("ResNet-44-3x3", {"depth": 44, "shortcut": "3x3"}),
        ("ResNet-44 (3×3)", {"depth": 44, "shortcut": "3x3"}),
        ("resnet20_a_w8", {"depth": 20, "width": 8}),
        ("resnet20_cifar10", {"depth": 20, "shortcut": "B"}),  # pytorchcv's has 1×1 convolutions on its shortcuts
        ("resnet56_cifar100", {"depth": 56, "shortcut": "B", "classes": 100}),
        ("resnet20_svhn", {"depth": 20, "shortcut": "B", "classes": 10}),
        ("ResNet-164", {"depth": 164, "unit": "bottleneck", "shortcut": "B"}),
        ("ResNet-164(BN)", {"depth": 164, "unit": "bottleneck"}),
        ("ResNet-164-basic", {"depth": 164, "unit": "basic", "shortcut": "A"}),
        ("ResNet-110 (bottleneck, option A)", {"depth": 110, "unit": "bottleneck", "shortcut": "A"}),
        ("PreResNet-164", {"depth": 164, "order": "pre"}),
        ("PreActResNet-1001", {"depth": 1001, "unit": "bottleneck", "order": "pre"}),
        ("preresnet542bn_cifar100", {"depth": 542, "unit": "bottleneck", "order": "pre", "classes": 100}),
    ],
)
def test_spellings(text, numbers):
    assert parse(text) == ResNetCIFAR(**numbers)


# He et al.'s networks by the shortcuts of Section 4.2 and by option B, from fvcore and torch's counter on pytorchcv's
# models (option B, bottlenecks) and on a model with zero-padded shortcuts (option A).
COSTS = {
    "ResNet-20": (40_551_040, 269_722),
    "ResNet-20-B": (40_813_184, 272_474),
    "ResNet-164": (247_646_720, 1_704_154),
    "PreResNet-164": (247_646_720, 1_703_258),
    "ResNet-272": (408_078_848, 2_816_986),
    "PreResNet-20-B": (40_813_184, 272_282),
}


@pytest.mark.parametrize(("name", "costs"), COSTS.items())
def test_what_a_name_means_to_everyone(name, costs):
    assert (count(name).macs, count(name).params) == costs


# 6n + 2 and 9n + 2; ResNet-50, -101, -152 and -200 have as many layers, but they are networks for ImageNet.
@pytest.mark.parametrize(
    "text",
    [
        "ResNet-15",
        "ResNet-18",
        "resnet50",
        "ResNet-101",
        "ResNet-152",
        "ResNet-200",
        "resnet26",
        "preresnet14",
        "ResNet-2",
        "ResNet-1208",
    ],
)
def test_other_networks_are_not_taken_for_these(text):
    assert ResNetCIFAR._read(plain(text)) is None


def test_an_unknown_resnet_suggests_these():
    with pytest.raises(DesignError, match="ResNet-20"):
        parse("ResNet-21")


@pytest.mark.parametrize(
    ("depth", "nearest"),
    [(21, (20, 26)), (50, (47, 56)), (152, (146, 155)), (2, (8,)), (5000, (1202,)), (20.5, (20, 26)), ("20", (8,))],
)
def test_an_illegal_depth_names_the_nearest(depth, nearest):
    with pytest.raises(IllegalDesign, match="Nearest legal depths") as error:
        ResNetCIFAR(depth=depth)
    assert error.value.nearest == nearest


def test_an_illegal_width_or_shortcut_is_refused():
    with pytest.raises(IllegalDesign, match="width 0 is not a whole number from 1"):
        parse("0-ResNet-20")
    with pytest.raises(IllegalDesign, match="Known: A, B, 3x3"):
        ResNetCIFAR(shortcut="C")
    with pytest.raises(IllegalDesign, match="Known: basic, bottleneck"):
        ResNetCIFAR(unit="plain")
    with pytest.raises(IllegalDesign, match=r"depth 32 is not 9n \+ 2, up to 1199. Nearest legal depths: 29, 38"):
        ResNetCIFAR(depth=32, unit="bottleneck")
    with pytest.raises(IllegalDesign, match="Known: post, pre"):
        ResNetCIFAR(order="full")


def test_a_budget_recovers_the_width():
    assert solve(count("ResNet-20").macs, family="resnet-cifar").choice == parse("ResNet-20")


def assumed(name):
    return {each.question: (each.answer, each.instead) for each in parse(name).assumptions}


def test_assumptions_say_whose_shortcuts_they_are():
    assert assumed("24-ResNet-32") == {"shortcuts": ("A", ("24-ResNet-32-B", "24-ResNet-32-3x3"))}
    assert assumed("ResNet-32-3x3") == {"shortcuts": ("3×3", ("ResNet-32", "ResNet-32-B"))}


def test_a_depth_of_both_units_is_answered_by_the_literatures_and_names_the_other():
    assert assumed("ResNet-110")["units"] == ("basic", ("ResNet-110-bottleneck",))
    assert assumed("ResNet-164")["units"] == ("bottleneck", ("ResNet-164-basic",))
    assert assumed("ResNet-164")["order"] == ("post", ("PreResNet-164",))
    assert "units" not in assumed("ResNet-1001")
    assert "units" not in assumed("ResNet-1202")
