"""The networks of the EffNet paper (arXiv 1801.06434): what it prints of them, their names, and what is legal."""

import pytest

from menet_design import count, parse, solve
from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.effnet import EffNet
from menet_design.families.effnet_baseline import EffNetBaseline
from menet_design.families.effnet_mobilenet import EffNetMobileNet
from menet_design.families.effnet_shufflenet import EffNetShuffleNet

FAMILIES = (EffNet, EffNetBaseline, EffNetMobileNet, EffNetShuffleNet)

# Multiply-adds on CIFAR-10, of convolutions and the fully connected layer.
MACS = {
    "EffNet-CIFAR-10": 5_640_192,
    "EffNet-baseline-CIFAR-10": 39_559_168,
    "EffNet-MobileNet-CIFAR-10": 2_914_304,
    "EffNet-ShuffleNet-CIFAR-10": 2_231_296,
}


@pytest.mark.parametrize(("name", "macs"), MACS.items())
def test_multiply_adds_on_cifar_10(name, macs):
    assert count(name).macs == macs


@pytest.mark.parametrize(
    ("name", "thousands"),
    [
        ("EffNet-MobileNet-SVHN", "773.4"),
        ("EffNet-SVHN", "517.6"),
        ("EffNet-MobileNet-GTSRB", "533.0"),
        ("EffNet-GTSRB", "344.1"),
    ],
)
def test_printed_thousands_are_twice_the_multiply_adds(name, thousands):
    assert f"{2 * count(name).macs / 1000:.1f}" == thousands


def test_printed_millions_on_cifar_10():
    # Printed are 11.4, 80.3, 5.8 and 4.7: MobileNet's alone come out, the baseline's are explained below.
    doubled = {name: f"{2 * macs / 1e6:.1f}" for name, macs in MACS.items()}
    assert list(doubled.values()) == ["11.3", "79.1", "5.8", "4.5"]


def test_the_printed_flops_of_the_baseline_need_a_fully_connected_layer_on_16_by_16_maps():
    on_16_by_16 = MACS["EffNet-baseline-CIFAR-10"] + (16 * 16 - 4 * 4) * 256 * 10
    assert f"{2 * on_16_by_16 / 1e6:.1f}" == "80.3"


@pytest.mark.parametrize(
    ("text", "design"),
    [
        ("EffNet-CIFAR-10", EffNet(width=64)),
        ("EffNet CIFAR10", EffNet(width=64)),
        ("EffNet (SVHN)", EffNet(width=12)),
        ("effnet_gtsrb", EffNet(width=8, classes=43)),
        ("8-EffNet-GTSRB", EffNet(width=8, classes=43)),
        ("20-EffNet-GTSRB", EffNet(width=20, classes=43)),
        ("20-EffNet", EffNet(width=20)),
        ("EffNet-20", EffNet(width=20)),
        ("EffNet (w = 20)", EffNet(width=20)),
        ("EffNet's baseline (SVHN)", EffNetBaseline(width=12)),
        ("Baseline GTSRB", EffNetBaseline(width=8, classes=43)),
        ("EffNet’s MobileNet (CIFAR-10)", EffNetMobileNet(width=64)),
        ("MobileNet-CIFAR-10", EffNetMobileNet(width=64)),
        ("12-EffNet-MobileNet", EffNetMobileNet(width=12)),
        ("effnet_shufflenet_cifar10", EffNetShuffleNet(width=64)),
        ("ShuffleNet (GTSRB)", EffNetShuffleNet(width=8, classes=43)),
    ],
)
def test_spellings(text, design):
    assert parse(text) == design


def test_published_networks_bear_the_names_of_their_data_sets():
    names = {(design.name, design.title, design.identifier) for design in EffNetMobileNet.published}
    assert ("EffNet-MobileNet-GTSRB", "EffNet's MobileNet (GTSRB)", "effnet_mobilenet_gtsrb") in names
    # Another number of classes is another network.
    assert EffNetMobileNet(width=8).name == "8-EffNet-MobileNet"


@pytest.mark.parametrize("text", ["64-MobileNet-32", "0.5x MobileNet-32", "ShuffleNet 1x (g=3)", "240-ShuffleNet/3"])
def test_imagenet_networks_are_not_taken_for_those_of_the_paper(text):
    assert parse(text).family in ("mobilenet", "shufflenet")


@pytest.mark.parametrize("name", ["EffNet", "EffNet-MobileNet", "EffNet-baseline", "effnet_shufflenet"])
def test_a_bare_name_is_the_network_for_cifar_10(name):
    assert parse(name) == parse(f"{name}-CIFAR-10")


def test_a_data_set_says_the_number_of_classes():
    with pytest.raises(NotationError, match="says classes 43, classes 10 is asked for"):
        parse("EffNet-GTSRB", classes=10)


@pytest.mark.parametrize(
    ("name", "message", "nearest"),
    [
        ("9-EffNet", "compresses to half of it, 9/2", (8, 10)),
        ("EffNet-ShuffleNet-SVHN", "bottleneck of 6 channels does not split into 4 groups", (8, 16)),
        ("63-EffNet-ShuffleNet", "bottleneck 63/2 is not whole", (56, 64)),
        ("0-EffNet-MobileNet", "from 1 to", (1,)),
    ],
)
def test_an_illegal_width_names_the_nearest_ones(name, message, nearest):
    with pytest.raises(IllegalDesign, match=message) as error:
        parse(name)
    assert error.value.nearest == nearest


# Millions of FLOPs as the paper prints them, two a multiply-add.
PRINTED = {
    "CIFAR-10": {"effnet-baseline": 80.3, "effnet": 11.4, "effnet-mobilenet": 5.8, "effnet-shufflenet": 4.7},
    "SVHN": {"effnet": 0.5176, "effnet-mobilenet": 0.7734},
    "GTSRB": {"effnet": 0.3441, "effnet-mobilenet": 0.5330},
}


@pytest.mark.parametrize(("dataset", "printed"), PRINTED.items())
def test_half_the_printed_flops_as_a_budget_recover_the_width(dataset, printed):
    classes = 43 if dataset == "GTSRB" else 10
    found = [solve(mflops * 1e6 / 2, family=family, classes=classes) for family, mflops in printed.items()]
    assert [solution.choice.dataset for solution in found] == [dataset] * len(printed)


def test_assumptions_are_named():
    for family in FAMILIES:
        questions = [assumption.question for assumption in family(width=64).assumptions]
        assert "slope" in questions
        assert len(set(questions)) == len(questions)
