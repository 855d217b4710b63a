"""ResNets for CIFAR-10: their names, what is legal in them, and what SEP-Net's paper quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cifar_resnets

from menet_design import count, solve, zoo
from menet_design.errors import DesignError, IllegalDesign
from menet_design.notation import plain
from menet_design.search.naming import parse
from menet_design.zoo.resnet_cifar import ResNetCIFAR


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


@given(cifar_resnets(resolutions=st.just(32)))
def test_every_name_of_a_design_means_it(design):
    design = design.but(classes=10)
    assert parse(design.name) == parse(design.title) == parse(design.identifier) == design


# 6n + 2 is even; ResNet-50 and ResNet-152 have 6n + 2 layers, but they are networks of bottlenecks for ImageNet.
@pytest.mark.parametrize("text", ["ResNet-15", "ResNet-18", "resnet50", "ResNet-152", "ResNet-2", "ResNet-1208"])
def test_other_networks_are_not_taken_for_these(text):
    assert ResNetCIFAR.read(plain(text)) is None


def test_no_published_network_of_another_family_is_read_as_one_of_these():
    others = [design for design, _ in zoo.published() if not isinstance(design, ResNetCIFAR)]
    names = [name for each in others for name in (each.name, each.title, each.identifier)]
    assert [name for name in names if ResNetCIFAR.read(plain(name))] == []


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


# arXiv 1706.03912: top-1 accuracy on CIFAR-10, full, binarized, and binarized and fine-tuned.
@pytest.mark.parametrize(
    ("name", "accuracies"),
    [
        ("ResNet-20", (0.9118, 0.1546, 0.8649)),
        ("ResNet-32", (0.9276, 0.2634, 0.9021)),
        ("ResNet-44", (0.9283, 0.4825, 0.9145)),
        ("ResNet-56", (0.9375, 0.5382, 0.9302)),
    ],
)
def test_the_paper_is_quoted(name, accuracies):
    quotes = zoo.quotes(parse(name))
    assert [quote.top1 for quote in quotes] == pytest.approx([100 * share for share in accuracies])
    assert {quote.dataset for quote in quotes} == {"CIFAR-10"}


def test_a_budget_recovers_the_width():
    assert solve(count(parse("ResNet-20")).macs, family="resnet-cifar").choice == parse("ResNet-20")


def test_readings_say_whose_shortcuts_they_are():
    (shortcuts,) = parse("24-ResNet-32").readings
    assert (shortcuts.question, shortcuts.answer) == ("shortcuts", "3×3")
    assert [parse(name).shortcut for name in shortcuts.instead] == ["A", "B"]
    (zeros,) = parse("ResNet-20-A").readings
    assert (zeros.question, zeros.answer, zeros.instead) == ("shortcuts", "A", ("ResNet-20", "ResNet-20-B"))
    assert parse("ResNet-20-B").readings == ()
