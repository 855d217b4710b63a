"""The polynomials against the counter, for numbers, arrays and partial substitutions, and against hand derivations."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import designs

from menet_design import count, formula, parse
from menet_design.analysis.conventions import PAPER
from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.menet import MENet

METRICS = ("macs", "params")
NAN, INFINITY = float("nan"), float("inf")
MULTIPLES_OF_32 = st.integers(1, 16).map(lambda m: 32 * m)
COMPILED = {metric: formula().compile(metric) for metric in METRICS}
PUBLISHED = {"w": 352, "k": 12, "alpha": 1, "g": 8, "c": 24, "r": 224, "n": 1000}  # 352-MENet-12×1 of Table I
LATE = {letter: PUBLISHED[letter] for letter in ("g", "c", "r", "n")}
w, k, alpha, g, c, r, n = map(sympy.Symbol, PUBLISHED)


def defined(source, metric):
    """The function that some Python source defines."""
    names = {}
    exec(source, names)
    return names[metric]


SOURCES = {metric: defined(formula().python(metric), metric) for metric in METRICS}


def letters(design):
    """The numbers of a design under the paper's letters."""
    values = (design.width, design.fusion, design.expansion, design.groups, design.stem, design.resolution)
    return dict(zip(PUBLISHED, (*values, design.classes), strict=True))


@given(st.lists(designs(resolutions=MULTIPLES_OF_32), min_size=1, max_size=8))
def test_a_compiled_formula_of_arrays_is_the_array_of_counts(several):
    # One whole α for all: numpy has arrays of integers and of floats, not of fractions.
    several = [design.but(expansion=2) for design in several]
    arrays = {letter: np.array([letters(design)[letter] for design in several]) for letter in PUBLISHED}
    arrays["alpha"] = 2
    for metric in METRICS:
        values = COMPILED[metric](**arrays)
        assert values.dtype == np.int64
        assert values.tolist() == [getattr(count(design), metric) for design in several]


@pytest.mark.parametrize("expansion", [Fraction(1), Fraction(5, 2)], ids=str)
def test_arrays_go_with_the_expansion_of_a_design(expansion):
    # A design holds α as a Fraction.
    several = [parse(f"{width}-MENet-12x{float(expansion)}/3") for width in (228, 348)]
    values = COMPILED["macs"](**letters(several[0]) | {"w": np.array([228, 348])})
    assert values.tolist() == [count(design).macs for design in several]


def test_floats_give_the_integer_too():
    # α = 1.5 and 2.5 have exact floats. 152 and 179 million in Table VI; the count is exact.
    for expansion in (1.5, 2.5):
        numbers = PUBLISHED | {"w": 228, "g": 3, "alpha": expansion}
        assert COMPILED["macs"](**numbers) == count(f"228-MENet-12x{expansion}/3").macs


def test_numbers_between_legal_ones_give_the_true_quotient():
    # Multiply-adds are a + b·r²: at r = 225 they lie on the line through the counts at 224² and 256².
    at_224, at_256 = (count(parse("352-MENet-12x1/8", resolution=size)).macs for size in (224, 256))
    between = at_224 + Fraction((at_256 - at_224) * (225**2 - 224**2), 256**2 - 224**2)
    assert between.denominator > 1
    for function in (COMPILED["macs"], SOURCES["macs"]):
        assert function(**PUBLISHED | {"r": 225}) == pytest.approx(float(between), rel=1e-15)
    together = COMPILED["macs"](**PUBLISHED | {"r": np.array([224, 225])})
    assert together.tolist() == pytest.approx([at_224, float(between)], rel=1e-15)


def test_the_largest_networks_are_exact_as_ints():
    largest = MENet(width=65536, fusion=65536, groups=1, stem=1024, resolution=16384, classes=2**20)
    assert COMPILED["macs"](**letters(largest)) == count(largest).macs


def test_an_array_of_large_networks_is_exact():
    # 1.8 · 10¹⁶ multiply-adds, far below 2⁶³; but the numerator over their denominator, 1024·g = 8192, is above it.
    design = MENet(width=65536, fusion=12, groups=8, stem=24, resolution=16384)
    numbers = letters(design) | {"alpha": 1, "w": np.array([design.width])}
    assert COMPILED["macs"](**numbers).tolist() == [count(design).macs]


# Coefficients by hand, from the closed form of each stage: C = w·2^i, b = C/4, h = r²/(64·4^i), r = 3, 7, 3 repeats.
BY_HAND = [
    # Repeats: 2·C·b/g = C²/(2g), so (3 + 7 + 3)·w²r²/(128g). First downsampling: b·C/g, w²r²/(256g). The two others,
    # from C/2: 4h·b·C/(2g) and h·b·C/(2g), w²r²/(128g) and w²r²/(512g) each. Together 52 + 2 + 8 + 2 of 512.
    (w**2 * r**2 / g, "1/8"),
    # 27 c weights of the first convolution on (r/2)² pixels.
    (c * r**2, "27/4"),
    # The classifier sees 4w channels.
    (n * w, "4"),
    # Depthwise: 9b in each of 4, 8 and 4 modules: 9·w/4·r²/64·(4·1 + 8/2 + 4/4).
    (w * r**2, "81/256"),
    # The first compression, not grouped, on 4h pixels: c·w/4·4·r²/64.
    (c * w * r**2, "1/64"),
    # The first expansion emits w - c channels: -c·w/4·r²/64/g.
    (c * w * r**2 / g, "-1/256"),
    # Evolving in stage 2: 9k² in 4 modules, 9·4·r²/64.
    (k**2 * r**2, "9/16"),
]


@pytest.mark.parametrize(("term", "coefficient"), BY_HAND, ids=str)
def test_coefficients_of_the_multiply_adds_by_hand(term, coefficient):
    coefficients = sympy.expand(formula().macs).as_coefficients_dict()
    assert coefficients[term] == sympy.Rational(coefficient)


def test_coefficients_of_the_parameters_by_hand():
    coefficients = sympy.expand(formula().params).as_coefficients_dict()
    # 27 weights and 2 norm parameters for each channel of the stem, 2 norm parameters fewer in the first expansion.
    assert coefficients[c] == 27 + 2 - 2
    # A weight for each of 4w channels and a bias, for every class.
    assert (coefficients[n * w], coefficients[n]) == (4, 1)
    # w²/g: 2·C·b = C²/2 in each repeat, with C² = 1, 4, 16; 1/4 in the first expansion; C²/8 in each of the
    # compressions and expansions of the other two downsampling modules.
    repeats = Fraction(3 * 1 + 7 * 4 + 3 * 16, 2)
    assert coefficients[w**2 / g] == repeats + Fraction(1, 4) + Fraction(2 * (4 + 16), 8)


@pytest.mark.parametrize("metric", METRICS)
def test_the_printed_expression_parses(metric):
    expression = getattr(formula(), metric)
    assert sympy.simplify(sympy.sympify(str(expression)) - expression) == 0


@pytest.mark.parametrize("metric", METRICS)
def test_the_expressions_have_the_letters_of_the_paper(metric):
    expected = {w, k, alpha, g, c, n} | ({r} if metric == "macs" else set())
    assert getattr(formula(), metric).free_symbols == expected
    assert set(formula().symbols) == set(PUBLISHED)


@given(designs(resolutions=MULTIPLES_OF_32))
def test_python_source_gives_the_integers_of_the_counter(design):
    for metric in METRICS:
        assert SOURCES[metric](**letters(design)) == getattr(count(design), metric)


@pytest.mark.parametrize("metric", METRICS)
def test_python_source_takes_the_letters_that_are_left(metric):
    expected = getattr(count("352-MENet-12x1/8"), metric)
    some, none = (defined(formula().at(**put_in).python(metric), metric) for put_in in (LATE, PUBLISHED))
    assert some(w=352, k=12, alpha=1) == none() == expected


def test_latex_names_the_letters():
    text = formula().latex()
    assert all(letter in text for letter in ("w", "k", r"\alpha", "g", "c", "r", "n", r"\frac"))
    assert "$" not in text


@given(designs(resolutions=MULTIPLES_OF_32), st.sets(st.sampled_from(sorted(PUBLISHED))))
@settings(max_examples=10)
def test_letters_may_get_their_numbers_one_after_the_other(design, first):
    numbers = letters(design)
    early = {letter: numbers.pop(letter) for letter in first}
    partial = formula().at(**early)
    assert set(partial.symbols) == set(PUBLISHED) - first
    assert partial.at(**numbers).macs == count(design).macs
    assert partial.compile()(**numbers) == count(design).macs


def test_the_formula_names_its_convention():
    assert formula().convention is PAPER
    assert formula().at(g=3).convention is PAPER


@pytest.mark.parametrize("make", [formula().compile, formula().latex, formula().python])
def test_an_unknown_metric_names_the_known_ones(make):
    with pytest.raises(DesignError, match=r"metric 'time' is not known. Known: macs, params"):
        make("time")


def test_an_unknown_letter_names_the_known_ones():
    with pytest.raises(DesignError, match=r"letter 'q' is not known. Known: w, k, alpha, g, c, r, n"):
        formula().at(q=3)


@pytest.mark.parametrize(("resolution", "nearest"), [(225, (224, 256)), (31, (32,)), (Fraction(65, 2), (32, 64))])
def test_a_resolution_that_32_does_not_divide(resolution, nearest):
    with pytest.raises(IllegalDesign, match="exact where 32 divides r") as caught:
        formula().at(r=resolution)
    assert caught.value.nearest == nearest


WRONG = [
    {"w": 353},
    {"g": 7},
    {"c": 25},
    {"k": 10, "alpha": Fraction(3, 2)},
    {"w": 0},
    {"n": 0},
    {"alpha": 0},
    {"r": 2**15},
]
ALONE = [{"g": 0}, {"r": 0}, {"r": -32}, *({letter: odd} for letter in ("alpha", "r") for odd in (NAN, INFINITY))]


@pytest.mark.parametrize("numbers", [*(PUBLISHED | each for each in WRONG), *ALONE], ids=str)
def test_numbers_that_no_network_has_are_refused_together_or_alone(numbers):
    with pytest.raises(DesignError):
        formula().at(**numbers)


@pytest.mark.parametrize(
    ("family", "numbers", "nearest"),
    [
        ("resnet15", {"w": 97}, (96, 100)),
        ("effnet", {"w": 5}, (4, 6)),
        ("sepnet", {"w": 60}, (48, 64)),
        ("googlenet", {"w": 60}, (56, 64)),
        ("menet", {"w": 350, "g": 8, "c": 24}, (320, 352)),
        ("menet", {"k": 12, "alpha": Fraction(5, 4)}, (16,)),
    ],
)
def test_a_number_that_no_network_has_is_refused_before_all_are_given(family, numbers, nearest):
    with pytest.raises(IllegalDesign) as caught:
        formula(family).at(**numbers)
    assert caught.value.nearest == nearest


def test_a_number_whose_legality_depends_on_others_is_taken():
    assert formula("menet").at(w=230).numbers == {"w": 230}


def test_a_default_does_not_stand_in_for_a_letter_that_is_not_given():
    found = formula("resnext15").at(w=72, c=24)
    assert found.at(g=8, h=4, r=224, n=1000).macs > 0
