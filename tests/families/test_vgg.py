"""VGG as the MENet paper prints it, as libraries have it and as everyone on CIFAR means it, and its names."""

import pytest

from menet_design import count, parse, solve
from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.vgg import VGGNet
from menet_design.families.vgg_cifar import VGGNetCIFAR


def test_the_printed_network_is_counted():
    cost = count("VGG-16")
    kinds = {row.name: row.macs for row in cost.by("operation") if row.macs}
    assert kinds == {"conv": 15_346_630_656, "linear": 123_633_664}
    assert cost.params == 138_357_544
    # Table II of the MENet paper prints the convolutions, cut to hundreds.
    assert kinds["conv"] // 10**8 * 100 == 15300
    assert len(VGGNet.published) == 1


# Multiply-adds and parameters by torch's counter on the models of pytorchcv (those without biases), of torchvision and
# timm (with both), and on kuangliu's for CIFAR.
COSTS = {
    "VGG-11": (7_609_090_048, 132_863_336),
    "VGG-16-BN": (15_470_264_320, 138_365_992),
    "bn_vgg16": (15_470_264_320, 138_361_768),
    "VGG-16-CIFAR": (313_201_664, 14_728_266),
}


@pytest.mark.parametrize(("name", "costs"), COSTS.items())
def test_what_a_name_means_to_everyone(name, costs):
    assert (count(name).macs, count(name).params) == costs


# Table 2 of arXiv 1409.1556: millions of parameters of configurations A, B, D and E.
@pytest.mark.parametrize(("depth", "millions"), [(11, 133), (13, 133), (16, 138), (19, 144)])
def test_the_parameters_of_the_paper(depth, millions):
    assert round(count(VGGNet(depth=depth)).params / 1e6) == millions


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("VGG-16", {}),
        ("vgg16", {}),
        ("vgg_16", {}),
        ("VGGNet-16", {}),
        ("vgg16.tv_in1k", {}),
        ("32-VGG-16", {"width": 32}),
        ("vgg16_wd2", {"width": 32}),
        ("vgg16_w3d4", {"width": 48}),
        ("vgg16_w3d04", {"width": 48}),
        ("vgg11", {"depth": 11}),
        ("VGG-19", {"depth": 19}),
        ("vgg13_bn.tv_in1k", {"depth": 13, "norm": "batch"}),
        ("VGG-16-BN", {"norm": "batch"}),
        ("bn_vgg16b", {"norm": "batch"}),
        ("BN-VGG-16", {"norm": "unbiased"}),
        ("bn_vgg19_wd2", {"depth": 19, "norm": "unbiased", "width": 32}),
    ],
)
def test_spellings(text, numbers):
    assert parse(text) == VGGNet(**numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("VGG-16-CIFAR", {}),
        ("vgg16_cifar10", {}),
        ("vgg16_bn_cifar100", {"classes": 100}),
        ("32-VGG-11-CIFAR", {"depth": 11, "width": 32}),
    ],
)
def test_spellings_for_cifar(text, numbers):
    assert parse(text) == VGGNetCIFAR(**numbers)


@pytest.mark.parametrize("text", ["vgg12", "VGG-17", "vgg16_bn_b", "vgg16_wd0"])
def test_other_networks_are_not_taken_for_vgg_16(text):
    with pytest.raises(NotationError, match="Write it as in VGG-16"):
        parse(text)


def test_a_width_that_is_not_whole_names_both_neighbours():
    with pytest.raises(IllegalDesign, match="27, 28"):  # 64 · 3/7 = 27.4…
        parse("vgg16_w3d7")
    with pytest.raises(IllegalDesign, match="from 1 to"):
        parse("0-VGG-16")


def test_an_unknown_depth_or_norm_is_refused():
    with pytest.raises(IllegalDesign, match="Known: 11, 13, 16, 19"):
        VGGNet(depth=12)
    with pytest.raises(IllegalDesign, match="Known: none, batch, unbiased"):
        VGGNet(norm="layer")


def test_a_budget_recovers_the_printed_network():
    assert solve(15_470_264_320, family="vgg").choice == VGGNet()


def test_nothing_is_taken_for_granted_but_biases_beside_norms():
    assert VGGNet().assumptions == ()
    (biases,) = parse("VGG-16-BN").assumptions
    assert biases.instead == ("VGG-16-BN-unbiased",)
    (biases,) = parse(*biases.instead).assumptions
    assert biases.instead == ("VGG-16-BN",)


def test_on_small_images_both_networks_of_the_name_answer(cli):
    (classifier,) = parse("VGG-16", resolution=32).assumptions
    assert classifier.instead == ("VGG-16-CIFAR",)
    shown = cli("flops VGG-16 --resolution 32").stdout
    assert "VGG-16        336.17       37.69" in shown
    assert "VGG-16-CIFAR  313.20       14.73" in shown
    assert "VGG-16-CIFAR" not in cli("flops VGG-16 --resolution 64").stdout
    assert parse("VGG-16", resolution=32, classes=100).also == (VGGNetCIFAR(classes=100),)
