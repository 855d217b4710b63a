"""ShuffleNet's names, its legal numbers, and what Tables III and IV of the MENet paper print of it."""

import pytest
from hypothesis import given
from strategies import shufflenets

from menet_design import count, parse, solve
from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.naming import usual_stem
from menet_design.families.shufflenet import WIDTHS, ShuffleNet

# Multiply-adds and parameters by hand over Table 1 of arXiv 1707.01083.
PUBLISHED = {
    "ShuffleNet-0.5x/3": (37_589_856, 718_324),
    "ShuffleNet-1x/3": (137_460_672, 1_865_728),
    "ShuffleNet-1x/4": (134_339_776, 1_968_344),
    "ShuffleNet-1x/8": (138_365_952, 2_434_768),
    "ShuffleNet-1.5x/3": (292_443_552, 3_442_168),
    "ShuffleNet-2x/3": (524_045_184, 5_450_776),
}


@pytest.mark.parametrize(("name", "costs"), PUBLISHED.items())
def test_published_networks_by_hand(name, costs):
    cost = count(name)
    assert (cost.macs, cost.params) == costs
    assert {design.name for design in ShuffleNet.published} == set(PUBLISHED)


SPELLINGS = [
    "ShuffleNet 1× (g = 3)",
    "ShuffleNet 1.0x (g=3)",
    "1x ShuffleNet/3",
    "shufflenet-1x/g3",
    "240-ShuffleNet/3",
    "shufflenet_g3_w1",
    r"ShuffleNet $1 \times (g = 3)$",
    "shufflenet 1x g=3",  # without brackets, from here on
    "ShuffleNet-1x-g3",
    "shufflenet-1x-g=3",
    "1x ShuffleNet g=3",
    "240-shufflenet-g3",
]


# pytorchcv scales the stem with the network: multiply-adds and parameters by torch's counter on its models.
SCALED = {
    "shufflenet_g1_wd4": (11_003_184, 209_746, 6),
    "ShuffleNet x0.25 (g=1)": (11_003_184, 209_746, 6),
    "shufflenet_g3_wd4": (11_009_808, 305_902, 6),
    "shufflenet_g1_w3d4": (82_542_672, 975_214, 18),
    "ShuffleNet x0.75 (g=3)": (79_740_144, 1_238_266, 18),
    "shufflenet_g3_wd2": (37_589_856, 718_324, 12),
}


@pytest.mark.parametrize(("name", "numbers"), SCALED.items())
def test_whose_name_it_is_says_the_stem(name, numbers):
    cost = count(name)
    assert (cost.macs, cost.params, cost.network.numbers["stem"]) == numbers


def test_menets_authors_keep_a_stem_of_12_below_70_mflops():
    assert [parse(name).stem for name in ("ShuffleNet-0.5x/3", "ShuffleNet-0.25x/1")] == [12, 12]
    assert count("ShuffleNet-0.25x/1").macs == 13_162_320


def test_megviis_classifier_has_no_bias():
    design = parse("ShuffleNetV1 2.0x (group=3)")
    assert (design.name, design.title) == ("ShuffleNet-2x/3-megvii", "ShuffleNet 2× (g = 3, megvii)")
    macs, params = PUBLISHED["ShuffleNet-2x/3"]
    assert (count(design).macs, count(design).params) == (macs, params - 1000)
    (assumed,) = design.assumptions
    assert assumed.instead == ("ShuffleNet-2x/3",)
    # Its 0.5× network of 8 groups has 16 channels in the first convolution, its others 24 and, at 2×, 48.
    assert [parse(f"ShuffleNetV1 {scale}x (group=8)").stem for scale in (0.5, 1.0, 1.5, 2.0)] == [16, 24, 24, 48]
    with pytest.raises(IllegalDesign, match="Known: paper, megvii"):
        ShuffleNet(width=240, groups=3, stem=24, variant="ours")


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_is_the_same_network(text):
    assert parse(text) == parse("ShuffleNet-1x/3")


def test_the_groups_may_stand_beside_the_name():
    assert parse("ShuffleNet 1x", groups=8) == parse("ShuffleNet-1x/8")
    with pytest.raises(NotationError, match="does not say its number of groups"):
        parse("ShuffleNet 1x")


@pytest.mark.parametrize(("groups", "width"), [(1, 144), (2, 200), (3, 240), (4, 272), (8, 384)])
def test_scale_1_has_the_widths_of_the_shufflenet_paper(groups, width):
    assert parse("ShuffleNet 1x", groups=groups).width == width == WIDTHS[groups]


def test_an_identifier_gives_the_width_itself_where_scale_1_has_none():
    # The paper's Table 1 has 144, 200, 240, 272 and 384 channels for 1, 2, 3, 4 and 8 groups, none for 5.
    assert parse("shufflenet_g5_w100") == parse("100-ShuffleNet/5")
    assert parse("shufflenet_g5_w100").identifier == "shufflenet_g5_w100"
    assert parse("256-ShuffleNet/4").identifier == "shufflenet_g4_w16d17_stem24"  # of 272
    with pytest.raises(NotationError, match="says width 120, width 240 is asked for"):
        parse("shufflenet_g3_wd2", width=240)


def test_a_divisor_of_zero_names_no_network():
    with pytest.raises(NotationError, match="'shufflenet_g3_wd0' names no network"):
        parse("shufflenet_g3_wd0")


def test_a_scale_of_other_groups_names_no_width():
    with pytest.raises(NotationError, match=r"the paper scales no ShuffleNet of 5 groups. Known: 1, 2, 3, 4, 8"):
        parse("ShuffleNet 1x", groups=5)


@given(shufflenets())
def test_the_usual_stem_splits_into_the_groups(design):
    assert usual_stem(ShuffleNet, design.numbers()) % design.groups == 0


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ({"width": 250, "groups": 3, "stem": 24}, "Nearest legal widths: 240, 252"),
        ({"width": 24, "groups": 3, "stem": 24}, "Nearest legal widths: 36"),
        ({"width": 240, "groups": 3, "stem": 25}, "Nearest legal stems: 24, 27"),
        ({"width": 240, "groups": 0, "stem": 24}, "Nearest legal groups: 1"),
        ({"width": 240, "groups": 3, "stem": 24, "resolution": 31}, "The smallest is 32"),
    ],
)
def test_illegal_numbers_name_the_nearest_legal_ones(numbers, says):
    with pytest.raises(IllegalDesign) as refusal:
        ShuffleNet(**numbers)
    assert says in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_scale_that_gives_no_whole_width_is_refused():
    with pytest.raises(IllegalDesign, match="Nearest legal widths: 72, 84"):
        parse("ShuffleNet-0.33x/3")


@pytest.mark.parametrize(("budget", "groups", "name"), [(140, 3, "ShuffleNet-1x/3"), (38, 3, "ShuffleNet-0.5x/3")])
def test_budgets_recover_the_papers_networks(budget, groups, name):
    assert solve(budget * 10**6, groups, family="shufflenet").choice == parse(name)


def test_the_expansion_is_menets_alone():
    assert not ShuffleNet.has("expansion")
    expected = {"width": 240, "groups": 3, "stem": 24, "variant": "paper", "resolution": 224}
    expected |= {"classes": 1000}
    assert parse("ShuffleNet-1x/3").numbers() == expected
