"""The MobileNets that the MENet paper prints, and every way of writing one."""

import pytest

from menet_design import count, parse, solve
from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.fd_mobilenet import FDMobileNet
from menet_design.families.mobilenet import MobileNet

# Table IV of arXiv 1803.09127: MFLOPs; and what counting executed models gave, with parameters.
TABLE_IV = [
    ("1× MobileNet-224", 569, 568_740_352, 4_231_976),
    ("0.75× MobileNet-224", 325, 325_400_448, 2_585_560),
    ("0.5× MobileNet-224", 149, 149_497_088, 1_331_592),
    ("0.25× MobileNet-224", 41, 41_030_272, 470_072),
]


@pytest.mark.parametrize(("title", "mflops", "macs", "params"), TABLE_IV)
def test_a_printed_network_is_counted_rounded_and_recovered(title, mflops, macs, params):
    cost = count(title)
    assert (cost.network.title, cost.macs, cost.params) == (title, macs, params)
    assert round(macs / 1e6) == mflops
    assert solve(mflops * 10**6, family="mobilenet").choice.title == title


def test_no_other_network_is_published():
    assert sorted(design.title for design in MobileNet.published) == sorted(row[0] for row in TABLE_IV)


@pytest.mark.parametrize(
    ("text", "width", "resolution"),
    [
        ("MobileNet", 64, 224),
        ("MobileNet-192", 64, 192),
        ("mobilenet_v1", 64, 224),
        ("0.5x-MobileNet-224", 32, 224),
        ("0.5xmobilenet", 32, 224),
        ("1.0 MobileNet-224", 64, 224),  # as arXiv 1704.04861 prints it
        (r"$0.75 \times$ MobileNet-128", 48, 128),
        ("10x-MobileNet-224", 640, 224),
        ("26-MobileNet-160", 26, 160),
        ("mobilenet-0.5-224", 32, 224),
        ("mobilenet-1-224", 64, 224),
        ("mobilenet0.25", 16, 224),
        ("mobilenet_v1_0.5_160", 32, 160),
        ("mobilenet_v1_050_160", 32, 160),
        ("mobilenetv1_100", 64, 224),  # timm
        ("mobilenetv1_100.ra4_e3600_r224_in1k", 64, 224),
        ("MobileNet x0.25", 16, 224),  # imgclsmob
        ("MobileNet 1x", 64, 224),
        ("mobilenet_w1", 64, 224),  # pytorchcv, from here on
        ("mobilenet_w3d4", 48, 224),
        ("mobilenet_wd2", 32, 224),
        ("mobilenet_wd4_160", 16, 160),
    ],
)
def test_spellings(text, width, resolution):
    assert parse(text) == MobileNet(width=width, resolution=resolution)


def test_a_network_for_cub_has_200_classes():
    assert parse("mobilenet_w3d4_cub") == MobileNet(width=48, classes=200)


# Multiply-adds and parameters by torch's counter on pytorchcv's models.
FAST = [("1x FD-MobileNet", 144_489_728, 2_901_288), ("fdmobilenet_wd4", 12_037_952, 383_160)]


@pytest.mark.parametrize(("name", "macs", "params"), FAST)
def test_fast_downsampling(name, macs, params):
    assert (count(name).macs, count(name).params) == (macs, params)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("FD-MobileNet", 64),
        ("0.5x-FD-MobileNet-224", 32),
        ("0.5× FD-MobileNet", 32),
        ("FD-MobileNet x0.75", 48),
        ("FD-MobileNet 0.25x", 16),
        ("FDMobileNet 1x", 64),
        ("fdmobilenet_wd2", 32),
    ],
)
def test_spellings_of_fd_mobilenet(text, width):
    assert parse(text) == FDMobileNet(width=width)


@pytest.mark.parametrize("text", ["mobilenetv1_100h", "mobilenetb_w1", "mobilenetv1_100.", "bdmobilenet_w1"])
def test_other_networks_are_not_taken_for_mobilenets(text):
    with pytest.raises(NotationError, match="names no network"):
        parse(text)


def test_the_names_of_a_design():
    half = MobileNet(width=32, resolution=160)
    assert (half.name, half.title, half.identifier) == ("0.5x-MobileNet-160", "0.5× MobileNet-160", "mobilenet_wd2_160")
    odd = MobileNet(width=26)  # 26/64 has five decimals
    assert (odd.name, odd.title, odd.identifier) == ("26-MobileNet-224", "26-MobileNet-224", "mobilenet_w13d32")


@pytest.mark.parametrize(
    "text",
    [
        "mobilenetv3",
        "MobileNet2",
        "mobilenet_w",
        "mobilenet_wd0",
        "mobilenet_w3d00_160",
    ],
)
def test_other_networks_are_not_taken_for_mobilenet_v1(text):
    with pytest.raises(NotationError, match="names no network"):
        parse(text)


def test_a_resolution_stands_in_the_name_or_beside_it():
    assert parse("0.5x-MobileNet", resolution=192) == parse("0.5x-MobileNet-192", resolution=192)
    with pytest.raises(NotationError, match=r"says resolution 224, resolution 192 is asked for\. Give resolution once"):
        parse("0.5x-MobileNet-224", resolution=192)


def test_an_odd_width_names_both_neighbours():
    # The first convolution has half of the width.
    with pytest.raises(IllegalDesign, match="Nearest legal widths: 64, 66") as caught:
        parse("65-MobileNet-224")
    assert caught.value.nearest == (64, 66)


def test_a_multiplier_that_gives_no_whole_width_names_the_nearest():
    # 0.3 · 64 = 19.2
    with pytest.raises(
        IllegalDesign, match=r"width 19.2 is not a whole number. Nearest legal widths: 18, 20. --round-to 1 cuts"
    ):
        parse("0.3x-MobileNet-224")


@pytest.mark.parametrize("width", range(1, 40))
def test_the_legal_widths_are_all(width):
    try:
        legal = MobileNet(width=width).width == width
    except IllegalDesign:
        legal = False
    assert legal == (width in MobileNet.legal_values("width", {}).indices) == (width % 2 == 0)


def test_nothing_is_taken_for_granted():
    assert MobileNet().assumptions == ()


def test_branches_tell_depthwise_from_pointwise_layers(cli):
    # arXiv 1704.04861, Table 2: 94.86 % of the multiply-adds are in 1×1 convolutions, 3.06 % in depthwise ones.
    result = cli("flops MobileNet --by branch")
    assert [line.split()[:1] + line.split()[2:3] for line in result.stdout.splitlines()[3:7]] == [
        ["conv1", "1.9"],
        ["depthwise", "3.1"],
        ["pointwise", "94.9"],
        ["classifier", "0.2"],
    ]


def test_connectivity_keeps_stages_apart(cli):
    lines = cli("connectivity 2-MobileNet-32 --by block").stdout.splitlines()
    named = [line.split()[0] for line in lines if line.startswith(("stage", "modules"))]
    assert named == ["stage1.0", "stage2.0-1", "stage3.0-1", "stage4.0-5", "stage5.0-1", "modules"]
