"""The networks of the EffNet paper (arXiv 1801.06434): what it prints of them, their names, and what is legal."""

import pytest
from hypothesis import given
from strategies import effnet_papers

from menet_design import count, parse, solve, zoo
from menet_design.design import Quote
from menet_design.errors import IllegalDesign, NotationError
from menet_design.zoo.effnet import EffNet
from menet_design.zoo.effnet_baseline import EffNetBaseline
from menet_design.zoo.effnet_mobilenet import EffNetMobileNet
from menet_design.zoo.effnet_shufflenet import EffNetShuffleNet

FAMILIES = (EffNet, EffNetBaseline, EffNetMobileNet, EffNetShuffleNet)

# Multiply-adds on CIFAR-10, of convolutions and the fully connected layer.
MACS = {
    "EffNet-CIFAR-10": 5_640_192,
    "EffNet-baseline-CIFAR-10": 39_559_168,
    "EffNet-MobileNet-CIFAR-10": 2_914_304,
    "EffNet-ShuffleNet-CIFAR-10": 2_231_296,
}

# Every figure that the paper prints of these networks: millions of FLOPs and accuracy in percent.
PRINTED = [
    ("CIFAR-10", "EffNet-baseline", 80.3, 82.78),
    ("CIFAR-10", "EffNet", 11.4, 80.20),
    ("CIFAR-10", "EffNet-MobileNet", 5.8, 77.48),
    ("CIFAR-10", "EffNet-ShuffleNet", 4.7, 77.30),
    ("SVHN", "EffNet-baseline", None, 91.08),
    ("SVHN", "EffNet", 0.5176, 88.51),
    ("SVHN", "EffNet-MobileNet", 0.7734, 85.64),
    ("GTSRB", "EffNet-baseline", None, 94.48),
    ("GTSRB", "EffNet", 0.3441, 91.79),
    ("GTSRB", "EffNet-MobileNet", 0.5330, 88.15),
    ("GTSRB", "EffNet-ShuffleNet", None, 88.99),
]


@pytest.mark.parametrize(("name", "macs"), MACS.items())
def test_multiply_adds_on_cifar_10(name, macs):
    assert count(parse(name)).macs == macs


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
    assert f"{2 * count(parse(name)).macs / 1000:.1f}" == thousands


def test_printed_millions_on_cifar_10():
    # Printed are 11.4, 80.3, 5.8 and 4.7: MobileNet's alone come out, the baseline's are explained below.
    doubled = {name: f"{2 * macs / 1e6:.1f}" for name, macs in MACS.items()}
    assert list(doubled.values()) == ["11.3", "79.1", "5.8", "4.5"]


def test_the_printed_flops_of_the_baseline_need_a_fully_connected_layer_on_16_by_16_maps():
    on_16_by_16 = MACS["EffNet-baseline-CIFAR-10"] + (16 * 16 - 4 * 4) * 256 * 10
    assert f"{2 * on_16_by_16 / 1e6:.1f}" == "80.3"


@pytest.mark.parametrize(("dataset", "called", "mflops", "top1"), PRINTED)
def test_the_zoo_quotes_the_paper(dataset, called, mflops, top1):
    quote = Quote(dataset, mflops, top1, dataset=dataset, flops_per_mac=2)
    assert zoo.quotes(parse(f"{called}-{dataset}")) == (quote,)


def test_the_zoo_quotes_nothing_else():
    assert sum(len(family.published) for family in FAMILIES) == len(PRINTED)


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


@given(effnet_papers())
def test_every_name_of_a_design_means_it(design):
    beside = {"resolution": design.resolution, "classes": design.classes}
    for text in (design.name, design.title, design.identifier):
        assert parse(text, **beside) == design


def test_published_networks_bear_the_names_of_their_data_sets():
    names = {(design.name, design.title, design.identifier) for design in EffNetMobileNet.published}
    assert ("EffNet-MobileNet-GTSRB", "EffNet's MobileNet (GTSRB)", "effnet_mobilenet_gtsrb") in names
    # Another number of classes is another network.
    assert EffNetMobileNet(width=8).name == "8-EffNet-MobileNet"


@pytest.mark.parametrize("text", ["64-MobileNet-32", "0.5x MobileNet-32", "ShuffleNet 1x (g=3)", "240-ShuffleNet/3"])
def test_imagenet_networks_are_not_taken_for_those_of_the_paper(text):
    assert parse(text).family in ("mobilenet", "shufflenet")


@pytest.mark.parametrize("design", [design for family in FAMILIES for design in family.published], ids=str)
def test_a_name_is_read_by_its_own_family_alone(design):
    plain = [text.lower().replace(" ", "") for text in (design.name, design.title, design.identifier)]
    readers = {name for name in zoo.FAMILIES for text in plain if zoo.family(name).read(text) is not None}
    assert readers == {design.family}


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


@pytest.mark.parametrize(
    ("family", "dataset", "printed"),
    [(called.lower(), dataset, mflops) for dataset, called, mflops, _ in PRINTED if mflops],
)
def test_half_the_printed_flops_as_a_budget_recover_the_width(family, dataset, printed):
    classes = 43 if dataset == "GTSRB" else 10
    found = solve(printed * 1e6 / 2, family=family, classes=classes).choice
    assert found.dataset == dataset


def test_readings_are_named():
    for family in FAMILIES:
        questions = [reading.question for reading in family(width=64).readings]
        assert "slope" in questions
        assert len(set(questions)) == len(questions)
