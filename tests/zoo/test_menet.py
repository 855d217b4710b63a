"""The published MENets against the paper's tables, and what is legal against the architecture itself."""

from fractions import Fraction
from functools import cache

import pytest

from menet_design import architectures, zoo
from menet_design.analysis.cost import count
from menet_design.design import Quote
from menet_design.errors import DesignError, IllegalDesign
from menet_design.search.naming import parse
from menet_design.zoo.menet import MENet

# Every row of the paper's tables (arXiv 1803.09127) that is a MENet: MFLOPs, top-1 and top-5 accuracy in percent.
PAPER = [
    ("Table I", "228-MENet-12x1/3", 144, None, None),
    ("Table I", "256-MENet-12x1/4", 140, None, None),
    ("Table I", "352-MENet-12x1/8", 144, None, None),
    ("Table II", "456-MENet-24x1/3", 551, 71.6, 90.2),
    ("Table II", "352-MENet-12x1/8", 144, 66.7, 86.9),
    ("Table II", "108-MENet-8x1/3", 38, 56.1, 79.2),
    ("Table III", "228-MENet-12x1/3", 144, 66.4, 86.7),
    ("Table III", "256-MENet-12x1/4", 140, 66.6, 86.7),
    ("Table III", "352-MENet-12x1/8", 144, 66.7, 86.9),
    ("Table IV", "456-MENet-24x1/3", 551, 71.60, 90.07),
    ("Table IV", "348-MENet-12x1/3", 299, 69.91, 89.08),
    ("Table IV", "228-MENet-12x1/3", 144, 66.43, 86.72),
    ("Table IV", "352-MENet-12x1/8", 144, 66.69, 86.92),
    ("Table IV", "108-MENet-8x1/3", 38, 56.08, 79.24),
    ("Table V", "228-MENet-10x1/3", 140, 66.37, 86.70),
    ("Table V", "228-MENet-12x1/3", 144, 66.43, 86.72),
    ("Table V", "228-MENet-14x1/3", 148, 66.56, 86.95),
    ("Table V", "228-MENet-16x1/3", 153, 66.86, 87.19),
    ("Table VI", "228-MENet-12x1/3", 144, 66.43, 86.72),
    ("Table VI", "228-MENet-12x1.5/3", 152, 66.71, 87.14),
    ("Table VI", "228-MENet-12x2/3", 163, 67.25, 87.30),
    ("Table VI", "228-MENet-12x2.5/3", 179, 67.51, 87.66),
    ("Table VII", "228-MENet-12x1/3", None, 66.43, 86.77),
    ("Table VII", "228-MENet-12x1-add/3", None, 66.27, 86.25),
    ("Table VII", "256-MENet-12x1/4", None, 66.53, 86.82),
    ("Table VII", "256-MENet-12x1-add/4", None, 65.48, 86.30),
]
PRINTED = sorted({(name, mflops) for _, name, mflops, _, _ in PAPER if mflops})

# Stems of the authors' released models; the paper gives that of Table I only, 24.
STEMS = {
    "108-MENet-8x1/3": 12,
    "128-MENet-8x1/4": 12,
    "160-MENet-8x1/8": 16,
    "228-MENet-12x1/3": 24,
    "256-MENet-12x1/4": 24,
    "348-MENet-12x1/3": 24,
    "352-MENet-12x1/8": 24,
    "456-MENet-24x1/3": 48,
}

# Counted on the authors' released models, and on their like for Tables V and VI.
PARAMETERS = {
    "108-MENet-8x1/3": 654_516,
    "228-MENet-10x1/3": 1_791_896,
    "228-MENet-12x1/3": 1_806_568,
    "228-MENet-14x1/3": 1_822_392,
    "228-MENet-16x1/3": 1_839_368,
    "228-MENet-12x1.5/3": 1_879_324,
    "228-MENet-12x2/3": 2_003_944,
    "228-MENet-12x2.5/3": 2_207_644,
    "256-MENet-12x1/4": 1_888_240,
    "348-MENet-12x1/3": 3_368_128,
    "352-MENet-12x1/8": 2_272_872,
    "456-MENet-24x1/3": 5_304_784,
}
MACS = {
    "108-MENet-8x1/3": 38_287_440,
    "228-MENet-12x1/3": 144_092_352,
    "256-MENet-12x1/4": 140_842_560,
    "348-MENet-12x1/3": 299_616_192,
    "352-MENet-12x1/8": 144_281_024,
    "456-MENet-24x1/3": 551_048_928,
}


def test_the_paper_prints_the_cost_of_twelve_menets():
    assert len(PRINTED) == 12


@pytest.mark.parametrize(("name", "mflops"), PRINTED)
def test_printed_mflops_are_the_count_cut_to_millions(name, mflops):
    assert count(parse(name)).macs // 10**6 == mflops


@pytest.mark.parametrize(("name", "macs"), MACS.items())
def test_multiply_adds_are_those_of_the_released_models(name, macs):
    assert count(parse(name)).macs == macs


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_parameters_are_those_of_the_released_models(name, parameters):
    assert count(parse(name)).params == parameters


@pytest.mark.parametrize(("source", "name", "mflops", "top1", "top5"), PAPER)
def test_the_zoo_quotes_the_paper(source, name, mflops, top1, top5):
    assert Quote(source, mflops, top1, top5) in zoo.quotes(parse(name))


def test_the_zoo_quotes_nothing_else():
    quoted = sorted((quote.source, design.name) for design, quotes in MENet.published.items() for quote in quotes)
    released = [("release", "128-MENet-8x1/4"), ("release", "160-MENet-8x1/8")]
    assert quoted == sorted([*released, *((source, name) for source, name, *_ in PAPER)])


@pytest.mark.parametrize(("name", "stem"), STEMS.items())
def test_a_published_network_has_its_published_stem(name, stem):
    assert parse(name).stem == stem


def test_another_stem_is_another_network_and_unquoted():
    assert zoo.quotes(parse("228-MENet-12x1/3", stem=48)) == ()
    assert zoo.quotes(parse("228-MENet-12x1/3", resolution=192)) == ()


def test_an_unknown_family_names_the_known_ones():
    with pytest.raises(DesignError, match="Known: menet"):
        zoo.family("meenet")


def test_the_names_of_a_design():
    design = MENet(width=228, fusion=12, expansion=2.5, groups=3, stem=24)
    assert design.name == "228-MENet-12x2.5/3"
    assert design.title == "228-MENet-12×2.5 (g = 3)"  # as Table VI prints it
    assert design.identifier == "menet228_12x2.5_g3"
    added = design.but(combine="add", expansion=1)
    assert added.name == "228-MENet-12x1-add/3"
    assert added.title == "228-MENet-12×1 (add, g = 3)"  # as Table VII prints it
    assert added.identifier == "menet228_12x1_add_g3"


def test_the_config_is_that_of_the_authors():
    # Table I: 352, 704, 1408 output channels, 3, 7 and 3 repeats, first convolution 24; fusion 12 in every stage.
    assert parse("352-MENet-12x1/8").config() == {
        "name": "menet",
        "block_channels": [352, 704, 1408],
        "block_layers": [3, 7, 3],
        "init_c": 24,
        "side_channels": [12, 12, 12],
        "groups": 8,
        "init_mode": "fan_out",
    }


def test_the_config_writes_the_fusion_width_of_each_stage():
    # k·α^(i-2) (Section III-C): 12, 12·2.5 = 30, 12·2.5² = 75.
    assert parse("228-MENet-12x2.5/3").config()["side_channels"] == [12, 30, 75]


def test_the_config_has_no_word_for_addition():
    with pytest.raises(DesignError, match="no word for element-wise addition"):
        parse("228-MENet-12x1-add/3").config()


# What is legal, found by trying the architecture function on every number.

GROUPS = range(1, 9)
WIDTHS = range(1, 121)
CHOSEN_STEMS = (1, 3, 8, 12, 24, 25, 30, 40)
FUSIONS = range(1, 41)
EXPANSIONS = [Fraction(text) for text in ("1", "3/2", "2", "5/2", "4/3", "1/2", "1/4", "1.1")]


@cache
def divides(width, groups, stem, fusion=12, expansion=Fraction(1)):
    """Whether every channel number of the network is whole."""
    numbers = {"width": width, "groups": groups, "stem": stem, "fusion": fusion, "expansion": expansion}
    try:
        architectures.architecture("menet").network(**numbers)
    except IllegalDesign:
        return False
    return True


def refusal(**numbers):
    """The error of a design, or None where it is legal."""
    try:
        MENet(**{"fusion": 12} | numbers)
    except IllegalDesign as error:
        return error
    return None


def neighbours(value, legal):
    """The legal values next to a value, found by looking at each."""
    return (
        *sorted(other for other in legal if other < value)[-1:],
        *sorted(other for other in legal if other > value)[:1],
    )


@pytest.mark.parametrize("stem", CHOSEN_STEMS)
@pytest.mark.parametrize("groups", GROUPS)
def test_a_design_is_legal_where_its_architecture_is(groups, stem):
    legal = {width for width in WIDTHS if refusal(width=width, groups=groups, stem=stem) is None}
    assert legal == {width for width in WIDTHS if width > stem and divides(width, groups, stem)}


@pytest.mark.parametrize("expansion", EXPANSIONS, ids=str)
def test_a_fusion_width_is_legal_where_its_architecture_is(expansion):
    numbers = {"width": 48, "groups": 3, "stem": 12, "expansion": expansion}
    legal = {fusion for fusion in FUSIONS if refusal(**numbers, fusion=fusion) is None}
    assert legal == {fusion for fusion in FUSIONS if divides(**numbers, fusion=fusion)}


@pytest.mark.parametrize(("groups", "stem"), [(g, c) for g in GROUPS for c in CHOSEN_STEMS if c % g == 0])
def test_the_nearest_widths_are_legal_and_none_lies_between(groups, stem):
    legal = [width for width in range(1, 201) if width > stem and divides(width, groups, stem)]
    for width in set(WIDTHS) - set(legal):
        assert refusal(width=width, groups=groups, stem=stem).nearest == neighbours(width, legal)


@pytest.mark.parametrize(("groups", "stem"), [(g, c) for g in GROUPS for c in CHOSEN_STEMS if c % g])
def test_the_nearest_stems_are_legal_and_none_lies_between(groups, stem):
    width = 3360  # a multiple of 4g for each of these g
    legal = [other for other in range(1, 100) if divides(width, groups, other)]
    assert refusal(width=width, groups=groups, stem=stem).nearest == neighbours(stem, legal)


@pytest.mark.parametrize("expansion", EXPANSIONS, ids=str)
def test_the_nearest_fusion_widths_are_legal_and_none_lies_between(expansion):
    numbers = {"width": 48, "groups": 3, "stem": 12, "expansion": expansion}
    legal = [fusion for fusion in range(1, 201) if divides(**numbers, fusion=fusion)]
    for fusion in set(FUSIONS) - set(legal):
        assert refusal(**numbers, fusion=fusion).nearest == neighbours(fusion, legal)


def test_the_nearest_fusion_widths_keep_all_stages_within_the_largest_size():
    # With α = 1.5 stage 4 has 2.25 k channels: at most 65536 / 2.25, and a multiple of 4: 29124.
    error = refusal(width=228, groups=3, stem=24, fusion=65535, expansion=1.5)
    assert error.nearest == (29124,)


def test_an_illegal_width_names_both_neighbours():
    # 230/4 is not whole; multiples of 4·3 = 12 around it are 19·12 and 20·12.
    error = refusal(width=230, groups=3, stem=24)
    assert error.nearest == (228, 240)
    assert str(error).endswith("the bottleneck 230/4 is not whole. Nearest legal widths: 228, 240")


def test_five_groups_do_not_go_with_stem_24():
    error = refusal(width=240, groups=5, stem=24)
    assert 25 in error.nearest
    assert "no width is legal with 5 groups and stem 24" in str(error)


def test_a_width_not_above_the_stem_says_so():
    # The first module's residual branch emits w - c channels: none are left of 24 - 24.
    error = refusal(width=24, groups=3, stem=24)
    assert "width 24 is not legal with 3 groups and stem 24" in error.cause
    assert error.nearest == (36,)


def test_an_illegal_fusion_names_widths_and_expansions():
    # kα² = 14.52. With α = 11/10, k has to be a multiple of 100; with k = 12 = 3·2², α one of 1/2.
    error = refusal(width=228, groups=3, stem=24, fusion=12, expansion="1.1")
    assert error.nearest == (100,)
    assert "expansions 1, 1.5" in str(error).replace(":", "")


@pytest.mark.parametrize("numbers", [{"expansion": "1.23456"}, {"groups": 2**15, "stem": 2**15}])
def test_a_remedy_never_lists_nothing(numbers):
    # No fusion width below 2¹⁶ makes 12 · 1.23456² whole, and no width has 4 · 2¹⁵ for a divisor.
    error = refusal(**{"width": 228, "groups": 3, "stem": 24} | numbers)
    assert not error.nearest
    assert ": ;" not in str(error)
    assert not str(error).endswith(": ")


@pytest.mark.parametrize("quantity", ["width", "stem", "fusion", "resolution"])
def test_a_lattice_holds_the_legal_values_and_no_others(quantity):
    numbers = {"width": 96, "fusion": 12, "expansion": Fraction(3, 2), "groups": 3, "stem": 12, "resolution": 224}
    lattice = MENet.lattice(quantity, numbers)
    held = {lattice.value(index) for index in lattice.indices if lattice.value(index) < 90}
    legal = {value for value in range(1, 90) if refusal(**numbers | {quantity: value}) is None}
    # Resolutions between multiples of 32 are legal too, but not to be solved for: some of them cost the same.
    assert held == ({32, 64} if quantity == "resolution" else legal)


def test_the_lattice_of_expansions_holds_every_legal_one():
    # k = 12 = 3·2²: kα and kα² are whole for multiples of 1/2 alone. Tried on every fraction p/q up to 3.
    numbers = {"width": 96, "fusion": 12, "groups": 3, "stem": 12}
    tried = {Fraction(p, q) for q in range(1, 13) for p in range(1, 3 * q + 1)}
    legal = {expansion for expansion in tried if refusal(**numbers, expansion=expansion) is None}
    lattice = MENet.lattice("expansion", numbers)
    assert {lattice.value(index) for index in lattice.indices[:6]} == legal


def test_names_are_read_by_their_pattern_alone():
    assert MENet.read("shufflenet-1x") is None
    assert MENet.read("228-menet-12x1") == {
        "width": 228,
        "fusion": 12,
        "expansion": 1,
        "combine": "product",
        "groups": None,
    }


@pytest.mark.parametrize(
    "text", ["228-MENet-12×1 (add, g = 3)", "228-MENet-12x1/3 (add)", "228-MENet-12x1/3 (add, g=3)"]
)
def test_addition_is_read_wherever_it_stands(text):
    # Table VII prints the first; the others join it with the slash of the notation.
    assert parse(text).name == "228-MENet-12x1-add/3"
