"""The stems and fusion widths that the authors gave to networks of each size."""

import pytest

from menet_design.families.menet import MENet
from menet_design.families.tiers import filled, tier_of_budget, tier_of_numbers, tiers

UP_TO_70, UP_TO_420, ABOVE = (12, 8), (24, 12), (48, 24)  # stem and fusion width


# Budgets of Table IV, and both sides of the limits between the tiers.
@pytest.mark.parametrize(
    ("mflops", "expected"),
    [
        (40, UP_TO_70),
        (70, UP_TO_70),
        (70.000001, UP_TO_420),
        (140, UP_TO_420),
        (300, UP_TO_420),
        (420, UP_TO_420),
        (420.000001, ABOVE),
        (550, ABOVE),
        (10**9, ABOVE),
    ],
)
def test_the_tier_of_a_budget(mflops, expected):
    tier = tier_of_budget(MENet, mflops * 1e6)
    assert (tier.channels["stem"], tier.channels["fusion"]) == expected


@pytest.mark.parametrize("design", list(MENet.published), ids=str)
def test_published_networks_follow_the_tiers(design):
    # The stem is the tier's, rounded up to a multiple of g: 12 becomes 16 for 160-MENet-8×1 with 8 groups.
    numbers = {key: getattr(design, key) for key in ("width", "fusion", "expansion", "groups")}
    assert filled(numbers, tier_of_numbers(MENet, numbers))["stem"] == design.stem


@pytest.mark.parametrize(
    ("width", "groups", "fusion"), [(108, 3, 8), (128, 4, 8), (228, 3, 12), (352, 8, 12), (456, 3, 24)]
)
def test_the_fusion_width_of_a_size(width, groups, fusion):
    numbers = {"width": width, "groups": groups}
    assert filled(numbers, tier_of_numbers(MENet, numbers))["fusion"] == fusion


@pytest.mark.parametrize(("groups", "stem"), [(1, 24), (3, 24), (5, 25), (7, 28), (8, 24), (9, 27), (100, 100)])
def test_a_stem_is_rounded_up_to_a_multiple_of_the_groups(groups, stem):
    assert filled({"groups": groups}, tier_of_budget(MENet, 140e6)) == {"groups": groups, "stem": stem, "fusion": 12}


def test_what_is_given_stays():
    tier = tier_of_budget(MENet, 140e6)
    assert filled({"groups": 3, "stem": 48, "fusion": None, "classes": 10}, tier) == {
        "groups": 3,
        "stem": 48,
        "fusion": 12,
        "classes": 10,
    }


def test_size_is_the_cost_at_224_with_1000_classes():
    at_home = tier_of_numbers(MENet, {"width": 228, "groups": 3})
    assert tier_of_numbers(MENet, {"width": 228, "groups": 3, "resolution": 32, "classes": 1}) == at_home
    assert tier_of_numbers(MENet, {"width": 228, "groups": 3, "resolution": 1024}) == at_home


def test_an_illegal_width_has_the_tier_of_its_neighbour():
    assert tier_of_numbers(MENet, {"width": 230, "groups": 3}) == tier_of_numbers(MENet, {"width": 228, "groups": 3})


def test_an_illegal_fusion_is_judged_by_the_nearest_legal_one():
    # k·2.25 is whole for multiples of 4: 228-MENet-12×1.5 is a network of 152 MFLOPs (Table VI).
    assert tier_of_numbers(MENet, {"width": 228, "groups": 3, "fusion": 13, "expansion": 1.5}) == tiers(MENet)[1]
