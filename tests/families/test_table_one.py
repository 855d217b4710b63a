"""ResNet-15, Xception-15 and ResNeXt-15: the paper's figures, their names, what is legal, and widths for a budget."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menet_design import count, families, parse, solve
from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.architectures import architecture
from menet_design.families.resnet15 import ResNet15
from menet_design.families.resnext15 import ResNeXt15
from menet_design.families.xception15 import Xception15

# Table II of the paper: printed name and MFLOPs; then the network that is meant, its stem, and its multiply-adds and
# parameters as counted on PyTorch models built for the purpose.
TABLE_II = [
    ("ResNet-15", 140, "96-ResNet-15", 24, 143_987_712, 1_446_304),
    ("Xception-15", 140, "144-Xception-15", 24, 143_078_976, 1_531_936),
    ("RexNeXt-15", 140, "96-ResNeXt-15", 24, 143_084_544, 1_353_328),
    ("ResNet-15", 38, "48-ResNet-15", 12, 38_125_056, 461_428),
    ("Xception-15", 38, "72-Xception-15", 12, 38_517_408, 534_484),
    ("RexNeXt-15", 38, "48-ResNeXt-15", 12, 38_915_328, 439_852),
]


@pytest.mark.parametrize(("printed", "mflops", "name", "stem", "macs", "params"), TABLE_II)
def test_table_ii(printed, mflops, name, stem, macs, params):
    design, cost = parse(name), count(name)
    assert design.stem == stem
    assert (cost.macs, cost.params) == (macs, params)
    # 38 is the count cut to millions; 140 is a budget.
    assert cost.macs // 10**6 == {38: 38, 140: 143}[mflops]
    family = printed.replace("Rex", "Res")
    assert solve(mflops * 1e6, family=family).choice == design
    assert solve(params, family=family, metric="params").choice == design


# Names


@pytest.mark.parametrize("row", TABLE_II[:3], ids=lambda row: row[0])
def test_the_printed_name_is_the_network_of_the_140_mflops_row(row):
    assert parse(row[0]) == parse(row[2])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("resnet15", "96-ResNet-15"),
        ("48ResNet-15", "48-ResNet-15"),
        ("resnet15_w48", "48-ResNet-15"),
        ("96-ResNet-15 (concat)", "96-ResNet-15-concat"),
        ("ResNet-15 (projection)", "96-ResNet-15"),
        ("resnet15_w96_concat", "96-ResNet-15-concat"),
        ("72-xception15", "72-Xception-15"),
        ("48-RexNeXt-15", "48-ResNeXt-15"),
        ("48-ResNeXt-15/16", "48-ResNeXt-15"),
        ("48-ResNeXt-15/g8", "48-ResNeXt-15/8"),
        ("48-ResNeXt-15 (g = 8)", "48-ResNeXt-15/8"),
        ("48-ResNeXt-15 (projection, g = 8)", "48-ResNeXt-15-projection/8"),
        ("resnext15_w48_projection_g8", "48-ResNeXt-15-projection/8"),
    ],
)
def test_names_are_read(text, name):
    assert parse(text).name == name


@pytest.mark.parametrize(
    "text",
    ["144-Xception-15-concat", "144-Xception-15/16", "96-ResNet-15/16", "ResNet-15-add", "ResNet", "Xception-16"],
)
def test_other_texts_name_no_network(text):
    with pytest.raises(NotationError, match="names no network"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "match"), [("48-ResNeXt-15/8 (g=4)", "groups 4, 8"), ("ResNet-15-concat (projection)", "downsampling")]
)
def test_a_name_says_a_number_once(text, match):
    with pytest.raises(NotationError, match=match):
        parse(text)


def test_titles_are_the_papers():
    assert parse("96-ResNet-15").title == "96-ResNet-15"
    assert parse("96-ResNet-15-concat").title == "96-ResNet-15 (concat)"
    assert parse("48-ResNeXt-15-projection/8").title == "48-ResNeXt-15 (projection, g = 8)"


def test_a_plain_resnet_is_no_fifteen():
    assert ResNet15 not in families.named_in("resnet-20")


def test_a_number_that_the_name_leaves_open_may_be_given():
    assert parse("ResNet-15", width=48) == parse("48-ResNet-15")
    assert parse("48-ResNeXt-15", cardinality=8, downsampling="projection").name == "48-ResNeXt-15-projection/8"


# What no source says


def test_what_is_taken_for_granted_is_said():
    assert said_by("144-Xception-15") == {"blocks": "16"}
    assert said_by("96-ResNet-15") == {"blocks": "16", "downsampling": "projection", "width": "96"}
    assert said_by("48-ResNet-15-concat") == {"blocks": "16", "stem": "12", "downsampling": "concat"}
    assert said_by("48-ResNeXt-15")["groups of stage 2"] == "8"


def said_by(name):
    """What a network takes for granted, by question."""
    return {assumption.question: assumption.answer for assumption in parse(name).assumptions}


@pytest.mark.parametrize("name", ["96-ResNet-15", "48-ResNet-15-concat", "48-ResNeXt-15", "48-ResNeXt-15-projection"])
def test_an_assumption_names_the_network_of_the_other_one(name):
    (downsampling,) = (assumption for assumption in parse(name).assumptions if assumption.question == "downsampling")
    (other,) = downsampling.instead
    assert parse(other) == parse(name).but(downsampling=parse(other).downsampling)
    assert parse(other).downsampling != downsampling.answer


def test_half_of_the_groups_is_said_only_where_it_is_so():
    assert not any(
        "groups" in assumption.question
        for name in ("96-ResNeXt-15", "48-ResNeXt-15/8")
        for assumption in parse(name).assumptions
    )


# What is legal, found by trying the architecture function on every number


def refusal(family, **numbers):
    """The error of a design, or None where it is legal."""
    try:
        family(**numbers)
    except IllegalDesign as error:
        return error
    return None


def divides(family, stem, width, **numbers):
    """Whether every channel number of the network is whole; ResNeXt's stage 2 may have half of the groups."""
    network = architecture(family.family).network
    split = {"stage2_groups": [numbers["cardinality"], numbers["cardinality"] / 2]} if "cardinality" in numbers else {}
    for groups in split.get("stage2_groups", [None]):
        extra = {} if groups is None else {"stage2_groups": groups}
        try:
            network(width=width, stem=stem, **numbers, **extra)
        except IllegalDesign:
            continue
        return groups is None or groups == int(groups)
    return False


CHOICES = [
    (ResNet15, 24, {"downsampling": "projection"}),
    (ResNet15, 12, {"downsampling": "concat"}),
    (Xception15, 25, {}),
    *((ResNeXt15, 12, {"downsampling": "concat", "cardinality": cardinality}) for cardinality in (1, 2, 3, 8, 16)),
    (ResNeXt15, 30, {"downsampling": "projection", "cardinality": 6}),
]


@pytest.mark.parametrize(("family", "stem", "numbers"), CHOICES)
def test_a_width_is_legal_where_its_architecture_is_and_leaves_room_for_the_stem(family, stem, numbers):
    floor = 0 if numbers.get("downsampling") == "projection" else stem
    legal = [width for width in range(floor + 1, 129) if divides(family, stem, width, **numbers)]
    for width in range(1, 97):
        error = refusal(family, width=width, stem=stem, **numbers)
        below, above = [w for w in legal if w < width][-1:], [w for w in legal if w > width][:1]
        assert (error is None) == (width in legal)
        assert error is None or error.nearest == (*below, *above)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("50-ResNet-15", "width 50 is not legal: it has to be a multiple of 4. Nearest legal widths: 48, 52"),
        ("40-ResNeXt-15", "multiple of 16, larger than the stem of 12. Nearest legal widths: 32, 48"),
    ],
)
def test_an_illegal_width_names_its_neighbours(text, match):
    with pytest.raises(IllegalDesign, match=match):
        parse(text)


@pytest.mark.parametrize(
    ("numbers", "nearest"),
    [
        ({"downsampling": "pool"}, ("projection",)),
        ({"stem": 0}, (1,)),
        ({"stem": 2.5}, (2, 3)),
    ],
)
def test_other_numbers_are_refused(numbers, nearest):
    assert refusal(ResNet15, **{"width": 96, "stem": 24} | numbers).nearest == nearest


def test_the_groups_of_stage_2_follow_from_the_others():
    design = ResNeXt15(width=48, stem=12)
    assert (design.stage2_groups, design.but(width=96).stage2_groups) == (8, 16)
    assert refusal(ResNeXt15, width=48, stem=12, stage2_groups=16).nearest == (8,)
    assert refusal(ResNeXt15, width=48, stem=12, cardinality=0).nearest == (1,)


# Widths for a budget


@settings(max_examples=20)
@given(st.sampled_from([1, 2, 3, 4, 16]), st.integers(10**6, 60 * 10**6), st.sampled_from(["nearest", "under"]))
def test_a_budget_is_met_as_well_as_by_any_width_although_cost_rises_and_falls(cardinality, budget, fit):
    # 16 of stage 2's channels to a group and 8, by turns: wider may be cheaper, with two groups from width 34 on.
    numbers = {"stem": 12, "cardinality": cardinality, "resolution": 32}
    widths = [width for width in range(13, 500) if refusal(ResNeXt15, width=width, **numbers) is None]
    costs = {width: count(ResNeXt15(width=width, **numbers)).macs for width in widths}
    if budget < min(costs.values()):
        return
    solution = solve(budget, family="resnext-15", fit=fit, **numbers)
    ladder = sorted(costs.values())
    under = max(macs for macs in ladder if macs <= budget)
    best = under if fit == "under" else min(ladder, key=lambda macs: (abs(macs - budget), macs))
    assert solution.chosen.cost.macs == best
    position = ladder.index(best)
    assert (solution.cheaper and solution.cheaper.cost.macs) == (ladder[position - 1] if position else None)
    assert solution.dearer.cost.macs == ladder[position + 1]


def test_wider_may_be_cheaper_with_few_groups():
    # Bottlenecks of 17 and 18 channels in stage 2: the first does not split into two groups.
    narrow, wide = (count(ResNeXt15(width=width, stem=12, cardinality=2)).macs for width in (34, 36))
    assert wide < narrow


def test_a_name_may_have_an_underscore():
    assert parse("resnet_15") == parse("ResNet-15")
    assert parse("48-resnext_15") == parse("48-ResNeXt-15")
    assert parse("xception_15") == parse("Xception-15")
