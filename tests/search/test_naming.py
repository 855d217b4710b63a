"""Which design a name means: groups once, the stem by publication or tier, and the words that mean a design."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import OF_FAMILY, designs

from menet_design import zoo
from menet_design.cli.options import words
from menet_design.errors import IllegalDesign, NotationError
from menet_design.search.naming import complete, parse
from menet_design.zoo.menet import MENet


def test_groups_stand_in_the_name_or_beside_it():
    assert parse("228-MENet-12x1", groups=3) == parse("228-MENet-12x1/3") == parse("228-MENet-12x1/3", groups=3)


# What a name does not carry in every family.
UNSAID = ("stem", "resolution", "classes")


@pytest.mark.parametrize("family", zoo.FAMILIES)
@given(data=st.data())
def test_every_name_of_a_design_means_it(family, data):
    design = data.draw(OF_FAMILY[family])
    unsaid = {key: value for key, value in design.numbers().items() if key in UNSAID}
    for text in (design.name, design.title, design.identifier):
        assert parse(text, **unsaid) == design


def test_groups_given_twice_and_differing_are_an_error():
    with pytest.raises(NotationError, match=r"228-MENet-12x1/3 says groups 3, groups 4 is asked for. Give groups once"):
        parse("228-MENet-12x1/3", groups=4)


@pytest.mark.parametrize(
    ("quantity", "other"), [("width", 240), ("fusion", 10), ("expansion", 1.5), ("combine", "add")]
)
def test_whatever_a_name_says_cannot_be_asked_for_differently(quantity, other):
    with pytest.raises(NotationError, match=f"Give {quantity} once"):
        parse("228-MENet-12x1/3", **{quantity: other})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("228-MENet-12x1", "228-MENet-12x1/3"),
        ("352-MENet-12×1", "352-MENet-12x1/8"),
        ("menet456_24x1", "456-MENet-24x1/3"),
        ("256-MENet-12x1 (add)", "256-MENet-12x1-add/4"),
    ],
)
def test_missing_groups_suggest_the_published_ones(text, meant):
    with pytest.raises(NotationError, match=r"does not say its number of groups. Did you mean") as caught:
        parse(text)
    assert caught.value.nearest == (meant,)
    assert str(caught.value).endswith(f"Did you mean {meant}?")


def test_missing_groups_of_an_unpublished_network_show_how_to_give_them():
    with pytest.raises(NotationError, match="as in 228-MENet-12x1/3, or with --groups") as caught:
        parse("300-MENet-12x1")
    assert caught.value.nearest == ()


@pytest.mark.parametrize("groups", [0, -3, 10**9, 3.0, "3", True])
def test_groups_that_are_none(groups):
    with pytest.raises(IllegalDesign, match=r"groups .* is not a whole number"):
        parse("228-MENet-12x1", groups=groups)


def test_overrides_of_none_count_as_not_given():
    nothing = dict.fromkeys(("groups", "stem", "resolution", "classes", "expansion"))
    assert parse("228-MENet-12x1/3", **nothing) == parse("228-MENet-12x1/3")


def test_options_reach_the_design():
    design = parse("228-MENet-12x1/3", stem=48, resolution=192, classes=10)
    assert (design.stem, design.resolution, design.classes) == (48, 192, 10)


def test_an_illegal_width_names_its_neighbours():
    with pytest.raises(IllegalDesign, match="Nearest legal widths: 228, 240") as caught:
        parse("230-MENet-12x1/3")
    assert caught.value.nearest == (228, 240)


def test_an_illegal_width_is_judged_with_the_stem_of_its_neighbour():
    # 108-MENet-8×1 has stem 12, in the tier up to 70 MFLOPs; so has what is mistyped for it.
    with pytest.raises(IllegalDesign, match="with 3 groups and stem 12") as caught:
        parse("110-MENet-8x1/3")
    assert caught.value.nearest == (108, 120)


def test_five_groups_get_a_stem_that_works():
    # Stem 24 of the tier, rounded up to a multiple of 5.
    assert parse("240-MENet-12x1/5").stem == 25
    with pytest.raises(IllegalDesign, match="no width is legal with 5 groups and stem 24") as caught:
        parse("240-MENet-12x1/5", stem=24)
    assert 25 in caught.value.nearest


# The tiers of the authors' models: stem 12 up to 70 MFLOPs, 24 up to 420, 48 above, rounded up to a multiple of g.
@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("120-MENet-8x1/3", 12),
        ("216-MENet-12x1/3", 24),  # 131.9 MFLOPs
        ("444-MENet-24x1/3", 48),  # 526.5 MFLOPs
        ("128-MENet-8x1/8", 16),
        ("140-MENet-8x1/7", 14),
        ("280-MENet-12x1/7", 28),
        ("500-MENet-24x1/5", 50),
    ],
)
def test_an_unpublished_network_has_the_stem_of_its_tier(text, stem):
    assert parse(text).stem == stem


def test_a_published_stem_holds_at_any_resolution_and_for_any_classes():
    assert parse("108-MENet-8x1/3", resolution=512, classes=10).stem == 12
    assert parse("456-MENet-24x1/3", resolution=32, classes=10).stem == 48


def test_a_network_keeps_its_stem_at_any_resolution():
    # 216-MENet is 131.9 MFLOPs at 224×224, whatever it is at 32×32.
    assert parse("216-MENet-12x1/3", resolution=32).stem == parse("216-MENet-12x1/3", resolution=512).stem == 24


@pytest.mark.parametrize("design", [design for design, _ in zoo.published()], ids=str)
def test_every_published_network_is_what_its_names_mean(design):
    assert parse(design.name) == parse(design.title) == parse(design.identifier) == design


def test_complete_fills_in_the_stem_alone():
    numbers = {"width": 228, "fusion": 12, "groups": 3, "stem": None}
    assert complete(MENet, numbers) == MENet(width=228, fusion=12, groups=3, stem=24)
    assert complete(MENet, numbers | {"stem": 12}).stem == 12


def test_the_words_for_a_published_design_are_its_name():
    assert words(parse("352-MENet-12x1/8")) == ["352-MENet-12x1/8"]


def test_the_words_for_a_design_say_what_differs():
    design = parse("352-MENet-12x1/8", stem=48, resolution=192, classes=10)
    assert words(design) == ["352-MENet-12x1/8 --stem 48 --resolution 192 --classes 10"]


def test_the_words_for_a_name_with_brackets_are_quoted():
    design = MENet(width=228, fusion=9, expansion="4/3", groups=3, stem=24)
    assert words(design) == ["'228-MENet-9x(4/3)/3'"]


def test_designs_with_the_same_options_share_a_line():
    plain, small = parse("228-MENet-12x1/3"), parse("228-MENet-12x1/3", resolution=192)
    others = parse("352-MENet-12x1/8"), parse("352-MENet-12x1/8", resolution=192)
    assert words(plain, small, *others) == [
        "228-MENet-12x1/3 352-MENet-12x1/8",
        "228-MENet-12x1/3 352-MENet-12x1/8 --resolution 192",
    ]


def test_the_words_for_a_design_narrower_than_the_stem_of_its_tier():
    # Legal with stem 4, though not with 12, which its tier would give.
    assert words(MENet(width=12, fusion=8, groups=1, stem=4)) == ["12-MENet-8x1/1 --stem 4"]


@given(designs())
def test_the_words_for_a_design_mean_it(design):
    (line,) = words(design)
    name, *options = shlex.split(line)
    given = {key.removeprefix("--"): int(value) for key, value in zip(options[::2], options[1::2], strict=True)}
    assert parse(name, **given) == design


@given(designs())
def test_a_name_and_its_options_give_every_design(design):
    given = {key: getattr(design, key) for key in ("stem", "resolution", "classes")}
    assert parse(design.name, **given) == design
