"""Which design a name means: groups once, the stem by publication or tier, and the words that mean a design."""

import shlex

import pytest
from hypothesis import given
from strategies import designs

from menet_design import families, parse
from menet_design.cli.hints import words
from menet_design.cli.options import built_in
from menet_design.errors import IllegalDesign, NotationError
from menet_design.families.menet import MENet
from menet_design.families.naming import complete, options


def test_groups_stand_in_the_name_or_beside_it():
    assert parse("228-MENet-12x1", groups=3) == parse("228-MENet-12x1/3") == parse("228-MENet-12x1/3", groups=3)


@pytest.mark.parametrize(
    ("quantity", "other"), [("groups", 4), ("width", 240), ("fusion", 10), ("expansion", 1.5), ("combine", "add")]
)
def test_whatever_a_name_says_cannot_be_asked_for_differently(quantity, other):
    with pytest.raises(NotationError, match=f"says {quantity} .*, {quantity} {other} is asked for. Give"):
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


@pytest.mark.parametrize("groups", [0, -3, 10**9, 3.0])
def test_groups_that_are_none(groups):
    with pytest.raises(IllegalDesign, match=r"groups .* is not a whole number"):
        parse("228-MENet-12x1", groups=groups)


def test_options_reach_the_design_and_none_counts_as_not_given():
    design = parse("228-MENet-12x1/3", stem=48, resolution=192, classes=10)
    assert (design.stem, design.resolution, design.classes) == (48, 192, 10)
    nothing = dict.fromkeys(("groups", "stem", "resolution", "classes", "expansion"))
    assert parse("228-MENet-12x1/3", **nothing) == parse("228-MENet-12x1/3")


# 110-MENet is judged with the stem of its neighbour: 108-MENet-8×1 has 12, in the tier up to 70 MFLOPs.
@pytest.mark.parametrize(
    ("text", "stem", "nearest"), [("230-MENet-12x1/3", 24, (228, 240)), ("110-MENet-8x1/3", 12, (108, 120))]
)
def test_an_illegal_width_names_its_neighbours(text, stem, nearest):
    widths = f"Nearest legal widths: {nearest[0]}, {nearest[1]}"
    with pytest.raises(IllegalDesign, match=f"with 3 groups and stem {stem}: .* {widths}") as caught:
        parse(text)
    assert caught.value.nearest == nearest


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


@pytest.mark.parametrize(
    ("name", "stem"), [("108-MENet-8x1/3", 12), ("456-MENet-24x1/3", 48), ("216-MENet-12x1/3", 24)]
)
def test_a_network_keeps_its_stem_at_any_resolution_and_for_any_classes(name, stem):
    # Published or not: 216-MENet is 131.9 MFLOPs at 224×224, whatever it is at 32×32.
    assert [parse(name, resolution=resolution, classes=10).stem for resolution in (32, 512)] == [stem, stem]


def test_complete_fills_in_the_stem_alone():
    numbers = {"width": 228, "fusion": 12, "groups": 3, "stem": None}
    assert complete(MENet, numbers) == MENet(width=228, fusion=12, groups=3, stem=24)
    assert complete(MENet, numbers | {"stem": 12}).stem == 12


PLAIN, OTHER = parse("228-MENet-12x1/3"), parse("352-MENet-12x1/8")


@pytest.mark.parametrize(
    ("meant", "lines"),
    [
        ([OTHER], ["352-MENet-12x1/8"]),
        ([OTHER.but(stem=48, resolution=192)], ["352-MENet-12x1/8 --stem 48 --resolution 192"]),
        ([PLAIN.but(fusion=9, expansion="4/3")], ["'228-MENet-9x(4/3)/3'"]),  # brackets are quoted
        # Those with the same options share a line.
        (
            [PLAIN, PLAIN.but(resolution=192), OTHER, OTHER.but(resolution=192)],
            ["228-MENet-12x1/3 352-MENet-12x1/8", "228-MENet-12x1/3 352-MENet-12x1/8 --resolution 192"],
        ),
        # Legal with stem 4, though not with 12, which its tier would give.
        ([MENet(width=12, fusion=8, groups=1, stem=4)], ["12-MENet-8x1/1 --stem 4"]),
    ],
)
def test_the_words_for_designs(meant, lines):
    assert words(*map(built_in, meant)) == lines


@given(designs())
def test_the_words_for_a_design_mean_it(design):
    assert parse(design.name, **options(design)) == design
    (line,) = words(built_in(design))
    name, *given = shlex.split(line)
    beside = {key.removeprefix("--"): int(value) for key, value in zip(given[::2], given[1::2], strict=True)}
    assert (name, beside) == (design.name, options(design))


@pytest.mark.parametrize("design", [design for design, _ in families.published()], ids=str)
def test_a_published_design_needs_no_options(design):
    assert options(design) == {}
