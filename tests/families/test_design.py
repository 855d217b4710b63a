"""The frozen description of a network, its limits, and how numbers are written."""

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest

from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.legal import LegalValues
from menet_design.families.menet import MENet
from menet_design.families.vgg import VGGNet
from menet_design.values import check_known, check_whole, decimal, listed

NUMBERS = {"width": 228, "fusion": 12, "groups": 3, "stem": 24}
NAN, INFINITY = float("nan"), float("inf")


def test_a_design_is_a_value():
    design = MENet(**NUMBERS)
    assert design == MENet(**NUMBERS, expansion=1.0, resolution=224, classes=1000, combine="product")
    assert len({design, MENet(**NUMBERS), design.but(classes=10)}) == 2
    assert str(design) == "228-MENet-12x1/3"


def test_a_design_is_frozen_and_but_changes_one_number_and_nothing_else():
    design = MENet(**NUMBERS)
    with pytest.raises(FrozenInstanceError):
        design.width = 240
    assert design.but(width=240).numbers() == design.numbers() | {"width": 240}
    assert design.width == 228
    with pytest.raises(IllegalDesign):
        design.but(width=230)


# Numbers of which no network is made: zero, negative, huge.
@pytest.mark.parametrize("value", [0, -1, 10**9, 10**400, 2.5, NAN, INFINITY], ids=lambda value: str(value)[:8])
@pytest.mark.parametrize("quantity", ["width", "stem", "fusion", "groups", "resolution", "classes"])
def test_impossible_numbers_are_refused(quantity, value):
    with pytest.raises(IllegalDesign, match=r"legal|whole|too small"):
        MENet(**NUMBERS | {quantity: value})


@pytest.mark.parametrize(
    "value", [0, -1, "x", "1/0", None, NAN, INFINITY, 10**400, 1 + 2j], ids=lambda value: str(value)[:8]
)
def test_impossible_expansions_are_refused(value):
    with pytest.raises(IllegalDesign, match="expansion"):
        MENet(**NUMBERS, expansion=value)


@pytest.mark.parametrize("value", ["multiply", "", None, []])
def test_combine_is_product_or_add(value):
    with pytest.raises(IllegalDesign, match="neither product nor add") as caught:
        MENet(**NUMBERS, combine=value)
    assert caught.value.nearest == ("product",)


@pytest.mark.parametrize("resolution", [31, 1, 0, -224])
def test_a_resolution_has_to_survive_five_halvings(resolution):
    # 2⁵ = 32 pixels are the fewest of which five halvings leave one.
    with pytest.raises(IllegalDesign, match="too small for") as caught:
        MENet(**NUMBERS, resolution=resolution)
    assert caught.value.nearest == (32,)
    assert MENet(**NUMBERS, resolution=32).resolution == 32


# What is next to the number that was asked for, and itself legal: 3 | c and, with α = 1.5, 4 | k.
@pytest.mark.parametrize(
    ("numbers", "nearest"),
    [
        ({"stem": 0}, {3}),
        ({"stem": -24}, {3}),
        ({"stem": 24.5}, {24, 27}),
        ({"fusion": 0, "expansion": 1.5}, {4}),
        ({"resolution": 224.5}, {224, 225}),
        ({"resolution": 10**9}, {2**14}),
    ],
)
def test_the_suggested_number_is_legal_and_near(numbers, nearest):
    with pytest.raises(IllegalDesign) as caught:
        MENet(**NUMBERS | numbers)
    assert set(caught.value.nearest) <= nearest
    assert caught.value.nearest


def test_an_error_joins_its_cause_and_its_remedy():
    error = DesignError("it cannot be", "Ask for less", [1, 2])
    assert (error.cause, error.remedy, error.nearest) == ("it cannot be", "Ask for less", (1, 2))
    assert str(error) == "it cannot be. Ask for less"
    assert str(DesignError("it cannot be")) == "it cannot be"


@pytest.mark.parametrize("value", [2, 9, 0, -3, 4.0])
def test_check_whole_lets_only_ints_in_range_pass(value):
    with pytest.raises(IllegalDesign, match=r"cats .* is not a whole number from 3 to 8"):
        check_whole("cats", value, 3, 8)
    assert [check_whole("cats", legal, 3, 8) for legal in (3, 5, 8)] == [3, 5, 8]


@pytest.mark.parametrize("value", ["4", None, True, 1j])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises(TypeError, match=f"cats is a number, not {type(value).__name__}"):
        check_whole("cats", value, 3, 8)
    with pytest.raises(TypeError, match="is a number, not"):
        MENet(**NUMBERS | {"resolution": value})


def test_a_message_is_a_line_whatever_it_echoes():
    error = DesignError("no \x1b[31m" + "9" * 10**6, "Write\n\u202etext")
    assert len(str(error)) < 700
    assert str(error).isprintable()
    assert error.cause.startswith("no \\x1b[31m999")
    assert error.remedy == "Write \\u202etext"


def test_check_known_names_what_is_known():
    with pytest.raises(DesignError, match=r"pet 'fish' is not known. Known: cat, dog") as caught:
        check_known("pet", "fish", ["cat", "dog"])
    assert caught.value.nearest == ("cat", "dog")


@pytest.mark.parametrize(
    ("value", "around"),
    [
        (25, (20, 30)),
        (9, (10,)),
        (-100, (10,)),
        (51, (50,)),
        (10**9, (50,)),
        (Fraction(99, 2), (40, 50)),
    ],
)
def test_legal_values_are_known_around_any_other(value, around):
    assert LegalValues(range(10, 51, 10)).around(value) == around


def test_legal_values_of_halves_and_none_at_all():
    # 1/2, 1, 3/2, 2: whole values are ints, and 1.2 lies between 1 and 3/2.
    halves = LegalValues(range(1, 5), Fraction(1, 2))
    assert [halves.value(index) for index in halves.indices] == [Fraction(1, 2), 1, Fraction(3, 2), 2]
    assert type(halves.value(2)) is int
    assert halves.around(Fraction(6, 5)) == (1, Fraction(3, 2))
    assert LegalValues(range(0)).around(3) == ()


def test_a_network_without_a_stem_has_no_legal_stems():
    with pytest.raises(DesignError, match=r"quantity 'stem' is not known\. Known: resolution, width"):
        VGGNet.legal_values("stem", {})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (Fraction(2), "2"),
        (Fraction(5, 2), "2.5"),
        (Fraction(1, 8), "0.125"),
        (Fraction(1, 256), "0.00390625"),
        (Fraction(4, 3), "(4/3)"),
        (Fraction(1, 7), "(1/7)"),
    ],
)
def test_a_fraction_is_a_finite_decimal_or_stays_a_fraction(value, text):
    assert decimal(value) == text


def test_values_are_listed_as_a_sentence_lists_them():
    assert listed([228, Fraction(5, 2), Fraction(4, 3)]) == "228, 2.5, (4/3)"
    assert listed([]) == ""
