"""MobileNetV2 against Table 2 of arXiv 1801.04381, torchvision's counts, pytorchcv's models and executed counters."""

from itertools import pairwise
from math import ceil

import peers
import pytest
import pytorchcv.models.mobilenetv2 as peer
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import WHOLE_RESOLUTIONS, mobilenet_v2s
from torch.nn import functional
from twins import assert_twins, from_file

from menet_design import build, connectivity, count, families, reconcile, size, solve, verify
from menet_design.errors import DesignError, IllegalDesign, NotationError
from menet_design.families.design import PublishedFigure
from menet_design.families.formula import formula
from menet_design.families.mobilenet_v2 import MobileNetV2
from menet_design.families.naming import options, parse
from menet_design.resolving import network
from menet_design.verification.gradients import probe

# t, c, n, s of Table 2.
TABLE_2 = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


def closed_form(channels, *, expansion=6, resolution=224, classes=1000, expands_first=False, bias=True):
    """Multiply-adds and parameters of a network of such channels: stem, the seven rows of Table 2, head."""
    stem, *rows, head = channels
    side = ceil(resolution / 2)
    macs, params, before = 27 * stem * side**2, 29 * stem, stem
    for (t, _, repeats, stride), after in zip(TABLE_2, rows, strict=True):
        times, expands = (1, expands_first) if t == 1 else (expansion, True)
        for index in range(repeats):
            inside, halved = times * before, ceil(side / stride) if index == 0 else side
            macs += before * inside * side**2 * expands + (9 + after) * inside * halved**2
            params += (before + 2) * inside * expands + (9 + 2 + after) * inside + 2 * after
            before, side = after, halved
    macs += before * head * side**2 + head * classes
    return macs, params + (before + 2) * head + (head + bias) * classes


def rounded(channels, multiplier):
    """What torchvision's _make_divisible, with which width multipliers are applied, makes of some channels."""
    exact = channels * multiplier
    nearest = max(8, int(exact + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * exact else nearest


# Width, channels by hand and what torchvision 0.28's model of that width_mult has: multiply-adds (FlopCounterMode) and
# parameters. At 0.75 a tenth less than 18 is more than 16; at 0.35 a tenth less than 11.2 is more than 8.
TORCHVISION = {
    "1.4x": (448, [48, 24, 32, 48, 88, 136, 224, 448, 1792], 582_195_824, 6_108_776),
    "1.3x": (416, [40, 24, 32, 40, 80, 128, 208, 416, 1664], 509_374_560, 5_386_792),
    "1x": (320, [32, 16, 24, 32, 64, 96, 160, 320, 1280], 300_774_272, 3_504_872),
    "0.75x": (240, [24, 16, 24, 24, 48, 72, 120, 240, 1280], 209_069_792, 2_636_424),
    "0.5x": (160, [16, 8, 16, 16, 32, 48, 80, 160, 1280], 97_131_840, 1_968_680),
    "0.35x": (112, [16, 8, 8, 16, 24, 32, 56, 112, 1280], 59_285_808, 1_677_128),
    "0.25x": (80, [8, 8, 8, 8, 16, 24, 40, 80, 1280], 37_201_312, 1_519_112),
}
# Parameters that pytorchcv's own test states, of mobilenetv2_… and mobilenetv2b_…
PYTORCHCV = {
    "w1": (3_504_960, 3_503_872),
    "w3d4": (2_627_592, 2_626_968),
    "wd2": (1_964_736, 1_964_448),
    "wd4": (1_516_392, 1_516_312),
}
NAMES = [f"mobilenetv2{letter}_{size}" for size in PYTORCHCV for letter in ("", "b")]


def channels_of(design):
    """Channels of the stem, of each row of Table 2 and of the head, as the network has them."""
    described = network(design)
    units = [block.last.channels for block in described.units]
    starts = [sum(row[2] for row in TABLE_2[:index]) for index in range(len(TABLE_2))]
    head = described.stages["head"][0].last.channels
    return [described.blocks[0].last.channels, *(units[start] for start in starts), head]


@pytest.mark.parametrize("multiplier", TORCHVISION)
def test_a_width_multiplier_makes_torchvisions_network(multiplier):
    width, channels, macs, params = TORCHVISION[multiplier]
    design = parse(f"{multiplier}-MobileNetV2-224")
    assert design == MobileNetV2(width=width)
    assert channels_of(design) == channels
    assert closed_form(channels) == (macs, params)
    assert (count(design).macs, count(design).params) == (macs, params)


def test_every_width_is_rounded_as_torchvision_rounds_its_multiplier():
    for width in range(16, 1600, 16):
        multiplier = width / 320
        rows = [rounded(channels, multiplier) for channels in (32, *(row[1] for row in TABLE_2))]
        assert channels_of(MobileNetV2(width=width)) == [*rows, rounded(1280, max(1.0, multiplier))]


@given(mobilenet_v2s())
def test_any_design_costs_what_its_channels_say(design):
    ours = design.variant == "torchvision"
    forms = {"expands_first": design.variant == "pytorchcv", "bias": ours}
    given = {"expansion": design.expansion, "resolution": design.resolution, "classes": design.classes}
    rows = [rounded(row[1], design.width / 320) if ours else row[1] * design.width // 320 for row in TABLE_2]
    expected = closed_form([design.stem, *rows, design.head], **given, **forms)
    assert (count(design).macs, count(design).params) == expected


# Table 4, and the table of released checkpoints in github.com/tensorflow/models, research/slim/nets/mobilenet.
PUBLISHED = [
    ("1.4x", [("Table 4", 585, 74.7, None), ("release", 582, 75.0, 92.5)]),
    ("1.3x", [("release", 509, 74.4, 92.1)]),
    ("1x", [("Table 4", 300, 72.0, None), ("release", 300, 71.8, 91.0)]),
    ("0.75x", [("release", 209, 69.8, 89.6)]),
    ("0.5x", [("release", 97, 65.4, 86.4)]),
    ("0.35x", [("release", 59, 60.3, 82.9)]),
]


@pytest.mark.parametrize(("multiplier", "figures"), PUBLISHED)
def test_what_is_published(multiplier, figures):
    design = parse(f"MobileNetV2-{multiplier}")
    assert families.figures(design) == tuple(PublishedFigure(*figure) for figure in figures)
    *_, (_, mflops, *_) = figures
    assert abs(count(design).macs / 1e6 - mflops) < 1  # as cut or rounded; Table 4's 585 million are nobody's count
    assert all(solve(figure[1] * 10**6, family="mobilenet-v2").choice == design for figure in figures)


def test_nothing_else_is_published():
    assert list(MobileNetV2.published) == [parse(f"MobileNetV2-{multiplier}") for multiplier, _ in PUBLISHED]


@pytest.mark.parametrize(
    ("text", "width", "resolution"),
    [
        ("MobileNetV2", 320, 224),
        ("mobilenet_v2", 320, 224),  # torchvision
        ("mobilenet-v2-192", 320, 192),
        ("MobileNetV2-1x", 320, 224),
        ("MobileNetV2-1.4x", 448, 224),
        ("MobileNetV2 (1.4)", 448, 224),  # Table 4
        ("1.0x-MobileNetV2-224", 320, 224),
        ("0.35 MobileNetV2-96", 112, 96),
        (r"$0.75 \times$ MobileNetV2", 240, 224),
        ("mobilenet_v2_1.4_224", 448, 224),  # the authors' checkpoints
        ("mobilenetv2_1.00_192", 320, 192),  # Keras
        ("mobilenetv2_100", 320, 224),  # timm
        ("mobilenetv2_035", 112, 224),
        ("mobilenet_v2_140_160", 448, 160),
    ],
)
def test_spellings(text, width, resolution):
    assert parse(text) == MobileNetV2(width=width, resolution=resolution)


@pytest.mark.parametrize(
    ("text", "width", "variant"),
    [
        ("mobilenetv2_w1", 320, "pytorchcv"),
        ("mobilenetv2_w3d4", 240, "pytorchcv"),
        ("mobilenetv2b_wd2", 160, "pytorchcv-b"),
        ("0.25x-MobileNetV2-224-pytorchcv-b", 80, "pytorchcv-b"),
    ],
)
def test_names_of_pytorchcv_mean_its_networks(text, width, variant):
    assert parse(text) == MobileNetV2(width=width, variant=variant)


def test_the_names_of_a_design():
    usual = MobileNetV2(width=240, resolution=160)
    assert (usual.name, usual.title) == ("0.75x-MobileNetV2-160", "0.75× MobileNetV2-160")
    assert usual.identifier == "mobilenetv2_075_160"
    other = MobileNetV2(width=160, variant="pytorchcv-b", expansion=4, head=640)
    assert other.name == "0.5x-MobileNetV2-224-pytorchcv-b-t4-head640"
    assert other.title == "0.5× MobileNetV2-224 (pytorchcv-b, t = 4, head = 640)"
    assert other.identifier == "mobilenetv2b_wd2_t4_head640"


@given(mobilenet_v2s())
def test_a_name_and_its_options_mean_a_design(design):
    for text in (design.name, design.title, design.identifier):
        assert parse(text, **options(design)) == design


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("mobilenet_v1", "mobilenet"),
        ("0.5x-MobileNet-224", "mobilenet"),
        ("mobilenet_v1_1.0_224", "mobilenet"),
        ("EffNet-MobileNet-CIFAR-10", "effnet-mobilenet"),
        ("mobilenet_v2", "mobilenet-v2"),
    ],
)
def test_networks_of_that_name_in_other_families_are_read_as_before(text, family):
    assert parse(text).family == family


@pytest.mark.parametrize(
    "text",
    ["mobilenet_v3", "mobilenetv2_120d", "MobileNetV2 ()", "mobilenetv2_w", "mobilenetv2_wd0", "136-MobileNetV2"],
)
def test_other_networks_are_not_taken_for_it(text):
    with pytest.raises(NotationError, match="names no network"):
        parse(text)


def test_a_name_that_comes_near_is_asked_about():
    with pytest.raises(NotationError, match=r"Did you mean .*MobileNetV2-224"):
        parse("1.4x-MobileNetV2x-224")


def test_a_stem_of_its_own_is_an_option():
    assert options(MobileNetV2(width=240)) == {}
    assert options(MobileNetV2(width=304)) == {}  # which nobody has published
    assert options(MobileNetV2(width=240, stem=16, classes=10)) == {"stem": 16, "classes": 10}
    assert parse("1x-MobileNetV2-224", stem=16).name == "1x-MobileNetV2-224"


def test_stem_and_head_follow_the_width_until_they_are_given():
    wide = MobileNetV2().but(width=448)
    assert (wide.stem, wide.head) == (48, 1792)
    own = MobileNetV2(stem=16, head=640).but(width=448)
    assert (own.stem, own.head) == (16, 640)
    assert MobileNetV2(width=240).but(width=320) == MobileNetV2()


@pytest.mark.parametrize(
    ("numbers", "cause", "nearest"),
    [
        ({"width": 330}, "width 330 is not legal", (320, 336)),
        ({"width": 240 + 16, "variant": "pytorchcv"}, "not a multiple of 80", (240, 320)),
        ({"width": 105.6}, "width 105.6 is not a whole number", (96, 112)),
        ({"width": 20_000}, "up to 16,384", (16_384,)),
        ({"expansion": 1}, "only the first block does not expand", (2,)),
        ({"expansion": 2.5}, "expansion 2.5 is not a whole number", (2, 3)),
        ({"stem": 0}, "stem 0 is not a whole number", (1,)),
        ({"head": 1.5}, "head 1.5 is not a whole number", (1, 2)),
        ({"variant": "timm"}, "variant 'timm' is not known", ("torchvision", "pytorchcv", "pytorchcv-b")),
        ({"resolution": 31}, "resolution 31 is too small for 5 halvings", (32,)),
    ],
)
def test_what_is_not_legal_names_the_nearest(numbers, cause, nearest):
    with pytest.raises(IllegalDesign, match=cause) as caught:
        MobileNetV2(**numbers)
    assert caught.value.nearest == nearest


def test_a_multiplier_between_legal_ones_names_both_neighbours():
    with pytest.raises(IllegalDesign, match=r"width 105.6 .* Nearest legal widths: 96, 112"):
        parse("0.33x-MobileNetV2")


def test_the_variant_is_an_assumption_with_the_others_instead():
    (assumption,) = MobileNetV2().assumptions
    assert (assumption.question, assumption.answer) == ("variant", "torchvision")
    assert assumption.instead == ("1x-MobileNetV2-224-pytorchcv", "1x-MobileNetV2-224-pytorchcv-b")
    assert MobileNetV2(width=448).assumptions[0].instead == ()  # 448/20 is not whole


WIDTHS = range(16, 641, 16)
COUNTED = {width: count(MobileNetV2(width=width)) for width in WIDTHS}
COSTS = {metric: {width: getattr(cost, metric) for width, cost in COUNTED.items()} for metric in ("macs", "params")}


def nearest(costs, budget):
    """The key whose cost is nearest; the cheaper one of two that are equally near."""
    return min(costs, key=lambda key: (abs(costs[key] - budget), costs[key]))


@pytest.mark.parametrize("metric", COSTS)
@settings(max_examples=20)
@given(data=st.data())
def test_a_solved_width_is_the_best_of_all(metric, data):
    costs = COSTS[metric]
    budget = data.draw(st.integers(costs[WIDTHS[0]], costs[WIDTHS[-2]]))
    found = solve(budget, family="mobilenet-v2", metric=metric)
    assert found.choice.width == nearest(costs, budget)
    beside = (found.under.width if found.under else 0, found.over.width)
    assert beside == (found.choice.width - 16, found.choice.width + 16)
    below = solve(budget, family="mobilenet-v2", metric=metric, fit="under")
    assert below.choice.width == max(width for width in WIDTHS if costs[width] <= budget)


@settings(max_examples=5)
@given(st.integers(100 * 10**6, 500 * 10**6))
def test_a_solved_expansion_is_the_best_of_all(budget):
    costs = {t: count(MobileNetV2(width=240, expansion=t)).macs for t in range(2, 20)}
    assert solve(budget, family="0.75x-MobileNetV2", solve_for="expansion").choice.expansion == nearest(costs, budget)


def test_a_budget_below_the_smallest_is_refused():
    with pytest.raises(DesignError, match=r"The smallest, 0\.05x-MobileNetV2-224"):
        solve(10**6, family="mobilenet-v2")


def test_the_blocks_are_inverted_residuals():
    described = network("1x-MobileNetV2-224")
    assert [(block.last.channels, block.last.output[1]) for block in described.units] == [
        (channels, side)
        for (_, channels, repeats, _), side in zip(TABLE_2, (112, 56, 28, 14, 14, 7, 7), strict=True)
        for _ in range(repeats)
    ]
    first, second, third = (
        [(op.name, op.channels) for op in block.operations if op.kind != "norm"] for block in described.units[:3]
    )
    assert first == [("depthwise.conv", 32), ("depthwise.relu6", 32), ("project.conv", 16)]
    inside = ("expand.conv", "expand.relu6", "depthwise.conv", "depthwise.relu6")
    assert second == [*((name, 96) for name in inside), ("project.conv", 24)]
    assert third == [*((name, 144) for name in inside), ("project.conv", 24), ("output.add", 24)]
    kinds = [op.variant or op.kind for _, op in described.operations()]
    assert (kinds.count("relu6"), kinds.count("add"), kinds.count("relu")) == (35, 10, 0)


def test_a_block_that_rounding_leaves_alike_on_both_sides_is_residual():
    # 32, 16 and 64, 96 channels at 0.25 and 0.05 times: 8, 8 each, and torchvision compares channels.
    for width, name in ((80, "stage1.0"), (16, "stage4.4")):
        (block,) = (each for each in network(MobileNetV2(width=width)).units if each.name == name)
        assert block.last.kind == "add"


@settings(max_examples=8)
@given(mobilenet_v2s(resolutions=WHOLE_RESOLUTIONS))
def test_a_formula_is_the_count(design):
    found, cost = formula(design.name), count(design)
    letters = {letter: getattr(design, field) for letter, field in found.fields.items()}
    assert found.fixed == {"width": design.width, "variant": design.variant}
    assert found.compile("macs")(**letters) == cost.macs
    assert found.compile("params")(**letters) == cost.params


def test_the_formula_by_hand():
    """Multiply-adds of 1x at t: 13741/16 r² t, to which each block adds t·in·(in·h² + (9 + out)·h'²)."""
    found, sides = formula("mobilenet-v2"), [112, 56, 56, 28, 28, 28, *[14] * 7, *[7] * 4]
    channels = [channels for _, channels, repeats, _ in TABLE_2 for _ in range(repeats)]
    blocks = zip(pairwise(channels), pairwise(sides), strict=True)
    slope = sum(a * (a * h**2 + (9 + b) * half**2) for (a, b), (h, half) in blocks)
    at = {"c": 32, "h": 1280, "r": 224, "n": 1000}
    macs = found.compile("macs")
    assert macs(t=7, **at) - macs(t=6, **at) == slope == 13741 * 224**2 // 16
    assert found.symbols["t"] == "expansion, how many times the channels of its input a block has inside"


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_has_the_parameters_that_are_counted(name):
    _, _, scale = name.rpartition("_")
    assert count(name).params == PYTORCHCV[scale][name.startswith("mobilenetv2b")]


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    assert_twins(parse(name), getattr(peer, name), from_file(tmp_path / "theirs.pth"))


def test_pytorchcvs_b_is_torchvisions_network_without_bias(tmp_path):
    def load(ours, tensors):
        classifier = tensors.pop("output.weight").flatten(1)
        bias = torch.zeros(len(classifier), dtype=classifier.dtype)
        from_file(tmp_path / "theirs.pth")(ours, tensors | {"output.weight": classifier, "output.bias": bias})

    with pytest.raises(AssertionError):  # a thousand parameters more
        assert_twins(MobileNetV2(), peer.mobilenetv2b_w1, load)
    theirs, ours = peer.mobilenetv2b_w1().eval(), build(MobileNetV2()).eval()
    load(ours, theirs.state_dict())
    images = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images))


@settings(max_examples=4)
@given(mobilenet_v2s(resolutions=st.integers(32, 70)))
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch


def test_every_layer_is_compared():
    # 52 convolutions with their norms, the pool and the classifier; pytorchcv has one convolution more.
    assert verify(MobileNetV2(width=16, resolution=32)).layers_compared == 52 * 2 + 2
    assert verify(MobileNetV2(width=80, variant="pytorchcv", resolution=32)).layers_compared == 53 * 2 + 2


@pytest.mark.parametrize("variant", ["torchvision", "pytorchcv"])
def test_gradients_connect_the_channels_that_bit_sets_do(variant):
    design = MobileNetV2(width=80, variant=variant)
    proof = probe(design)
    assert (proof.agrees, proof.network.name) == (True, design.name)
    assert connectivity(design).mixing_depth == 1  # no group but those of depthwise convolutions


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    model = build(MobileNetV2(width=80, resolution=64, classes=10))
    functional.cross_entropy(model(torch.randn(4, 3, 64, 64)), torch.arange(4)).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


PEERS = {
    "fvcore": peers.fvcore,
    "ptflops_pytorch": lambda *run: peers.ptflops("pytorch", *run),
    "ptflops_aten": lambda *run: peers.ptflops("aten", *run),
    "thop": peers.thop,
    "torchinfo": peers.torchinfo,
    "deepspeed": peers.deepspeed,
    "torch": peers.torch_counter,
}


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("variant", ["torchvision", "pytorchcv"])
def test_other_counters_report_what_reconcile_says(name, variant):
    design = MobileNetV2(width=80, variant=variant, resolution=64, classes=10)
    assert PEERS[name](build(design).eval(), torch.zeros(1, 3, 64, 64)) == reconcile(design).counters[name]


def test_relu6_is_counted_as_relu_is():
    # Elements after the 35 ReLU6s of 1x: the stem's, those inside of blocks before and after the stride, the head's.
    elements = 32 * 112**2 * 2 + 96 * (112**2 + 56**2) + 144 * (56**2 * 2 + 56**2 + 28**2)
    elements += 192 * (28**2 * 4 + 28**2 + 14**2) + 384 * 14**2 * 8
    elements += 576 * (14**2 * 5 + 7**2) + 960 * 7**2 * 6 + 1280 * 7**2
    steps = {each.step: each.amount for each in reconcile("mobilenet_v2").steps if each.counter == "ptflops_pytorch"}
    assert steps["ReLU, 1 an element (functions)"] == elements


def test_it_is_stored():
    # float32: 4 bytes each of 3,504,872 parameters; statistics of norms are folded in.
    assert size("mobilenet_v2").bytes == 4 * 3_504_872
