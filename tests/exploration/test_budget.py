"""The solver against the paper's own choices and against brute force over every legal value."""

from fractions import Fraction
from itertools import count as natural_numbers

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menet_design import count, parse, solve
from menet_design.errors import DesignError, IllegalDesign, ImpossibleBudget
from menet_design.families.menet import MENet

# Budgets of Tables I and IV with the network that the paper gives for each, and the largest within it.
PAPER = [
    (140, 3, "228-MENet-12x1/3", 144_092_352, "216-MENet-12x1/3", 131_851_584),
    (140, 4, "256-MENet-12x1/4", 140_842_560, "240-MENet-12x1/4", 126_923_712),
    (140, 8, "352-MENet-12x1/8", 144_281_024, "320-MENet-12x1/8", 124_452_672),
    (40, 3, "108-MENet-8x1/3", 38_287_440, "108-MENet-8x1/3", 38_287_440),
    (300, 3, "348-MENet-12x1/3", 299_616_192, "348-MENet-12x1/3", 299_616_192),
    (550, 3, "456-MENet-24x1/3", 551_048_928, "444-MENet-24x1/3", 526_504_848),
]

# Stem and fusion width of the authors' models: up to 70 and 420 million multiply-adds, and above.
TIERS = [(70_000_000, 12, 8), (420_000_000, 24, 12), (float("inf"), 48, 24)]

BUDGETS = st.integers(4_000_000, 300_000_000)
AMPLE_BUDGETS = st.integers(20_000_000, 300_000_000)  # some width fits them for each number of groups
GROUPS = st.integers(1, 8)
FITS = st.sampled_from(["nearest", "under"])


@pytest.mark.parametrize(("mflops", "groups", "nearest", "nearest_macs", "under", "under_macs"), PAPER)
def test_the_nearest_network_is_the_papers_own(mflops, groups, nearest, nearest_macs, under, under_macs):
    for fit, name, macs in (("nearest", nearest, nearest_macs), ("under", under, under_macs)):
        solution = solve(mflops * 1e6, groups, fit=fit)
        assert (solution.choice, solution.chosen.cost.macs) == (parse(name), macs)


def test_a_solution_shows_the_designs_on_both_sides_and_the_question():
    # Widths are multiples of 4·3 = 12.
    solution = solve(140e6, 3)
    assert (solution.under.width, solution.choice.width, solution.over.width) == (216, 228, 240)
    assert solution.cheaper.cost.macs == 131_851_584
    assert solution.amount(solution.chosen.cost) == 144_092_352
    assert solution.deviation(solution.chosen.cost) == Fraction(144_092_352, 140_000_000) - 1
    assert solution.deviation(solution.cheaper.cost) < 0
    assert (solution.budget, solution.metric, solution.fit, solution.solved_for) == (140e6, "macs", "nearest", "width")
    smallest = solve(10e6, 3)
    assert (smallest.under, smallest.choice.width, smallest.over.width) == (None, 24, 36)


def test_of_a_tie_the_cheaper_design_is_taken():
    # Halfway between 216 and 228; one multiply-add more decides.
    halfway = (131_851_584 + 144_092_352) // 2
    assert solve(halfway, 3).choice.width == 216
    assert solve(halfway + 1, 3).choice.width == 228


def test_one_multiply_add_decides():
    assert [solve(144_092_352, 3, fit=fit).choice.width for fit in ("nearest", "under")] == [228, 228]
    for less in (144_092_351, Fraction(2 * 144_092_352 - 1, 2)):
        assert solve(less, 3, fit="under").choice.width == 216


def candidates(quantity, values, budget, metric="macs", **numbers):
    """The legal designs of ascending cost, until two have passed the budget; found by trying each value."""
    found, passed = [], 0
    for value in values:
        try:
            design = MENet(**numbers | {quantity: value})
        except IllegalDesign:
            continue
        amount = getattr(count(design), metric)
        found.append((amount, design))
        passed += amount > budget
        if passed == 2:
            break
    return found


def best(found, budget, fit):
    """The index of the candidate that meets the budget; None where all are dearer."""
    within = [index for index, (amount, _) in enumerate(found) if amount <= budget]
    if not within or fit == "under":
        return within[-1] if within else None
    return min(range(len(found)), key=lambda index: (abs(found[index][0] - budget), found[index][0]))


def check(found, budget, **question):
    """The solver's answer has to be that of the candidates, neighbours included, or its error name the smallest."""
    index = best(found, budget, question["fit"])
    if index is None:
        with pytest.raises(ImpossibleBudget) as caught:
            solve(budget, **question)
        assert caught.value.nearest == (found[0][1],)
        return
    solution = solve(budget, **question)
    neighbours = [found[i][1] if 0 <= i < len(found) else None for i in (index - 1, index, index + 1)]
    assert [solution.under, solution.choice, solution.over] == neighbours


def with_tier(groups, stem, fusion):
    return {"groups": groups, "stem": -(-stem // groups) * groups, "fusion": fusion}


RANDOM_INPUT = st.fixed_dictionaries(
    {"resolution": st.sampled_from([128, 224, 225]), "classes": st.sampled_from([10, 1000])}
)


@settings(max_examples=60)
@given(BUDGETS, GROUPS, FITS, RANDOM_INPUT, st.sampled_from([Fraction(1), Fraction(3, 2), Fraction(2)]))
def test_widths_against_brute_force(budget, groups, fit, numbers, expansion):
    tier = next(tier for tier in TIERS if budget <= tier[0])
    numbers = numbers | {"expansion": expansion}
    found = candidates("width", natural_numbers(4, 4), budget, **numbers, **with_tier(groups, *tier[1:]))
    check(found, budget, groups=groups, fit=fit, **numbers)


@settings(max_examples=60)
@given(st.integers(100_000, 8_000_000), GROUPS, FITS)
def test_widths_for_parameters_against_brute_force(budget, groups, fit):
    # The smallest tier in which the answer stays within the size, in multiply-adds, that the tier is for.
    for limit, stem, fusion in TIERS:
        found = candidates("width", natural_numbers(4, 4), budget, metric="params", **with_tier(groups, stem, fusion))
        index = best(found, budget, fit)
        if index is None or count(found[index][1]).macs <= limit:
            break
    check(found, budget, groups=groups, fit=fit, metric="params")


@settings(max_examples=40)
@given(BUDGETS, FITS, st.sampled_from([Fraction(text) for text in ("1", "2", "5/2", "4/3", "1/2")]))
def test_fusion_widths_against_brute_force(budget, fit, expansion):
    numbers = {"width": 96, "groups": 3, "stem": 12, "expansion": expansion}
    check(candidates("fusion", natural_numbers(1), budget, **numbers), budget, solve_for="fusion", fit=fit, **numbers)


@settings(max_examples=40)
@given(BUDGETS, FITS, st.sampled_from([4, 9, 10, 12, 16, 36]))
def test_expansions_against_brute_force(budget, fit, fusion):
    numbers = {"width": 96, "groups": 3, "stem": 12, "fusion": fusion}
    # Every fraction of a denominator up to 6: q² divides k for no larger q.
    fractions = sorted({Fraction(p, q) for q in range(1, 7) for p in range(1, 24 * q)})
    check(candidates("expansion", fractions, budget, **numbers), budget, solve_for="expansion", fit=fit, **numbers)


@settings(max_examples=40)
@given(BUDGETS, FITS, st.sampled_from([48, 96, 228]))
def test_resolutions_against_brute_force(budget, fit, width):
    numbers = {"width": width, "groups": 3, "stem": 24, "fusion": 12}
    found = candidates("resolution", natural_numbers(32, 32), budget, **numbers)
    check(found, budget, solve_for="resolution", fit=fit, **numbers)


@pytest.mark.parametrize("quantity", ["fusion", "expansion"])
def test_fusion_branches_for_a_parameter_budget(quantity):
    # 228-MENet-12×1 has 1,806,568 parameters, the authors' model says.
    numbers = {"fusion": {"expansion": 1}, "expansion": {"fusion": 12}}[quantity]
    solution = solve(1_806_568, 3, metric="params", solve_for=quantity, width=228, **numbers)
    assert solution.choice == parse("228-MENet-12x1/3")


# Table V and VI, backwards: MFLOPs as printed, and the fusion width or the expansion that they belong to.
@pytest.mark.parametrize(("mflops", "fusion"), [(140, 10), (144, 12), (148, 14), (153, 16)])
def test_the_fusion_widths_of_table_5_follow_from_their_flops(mflops, fusion):
    assert solve((mflops + 0.5) * 1e6, 3, solve_for="fusion", width=228).choice.fusion == fusion


@pytest.mark.parametrize(("mflops", "expansion"), [(144, 1), (152, 1.5), (163, 2), (179, 2.5)])
def test_the_expansions_of_table_6_follow_from_their_flops(mflops, expansion):
    assert solve((mflops + 0.5) * 1e6, 3, solve_for="expansion", width=228).choice.expansion == expansion


def test_the_resolution_of_table_1_follows_from_its_flops():
    assert solve(144e6, 3, solve_for="resolution", width=228).choice == parse("228-MENet-12x1/3")


@given(AMPLE_BUDGETS, AMPLE_BUDGETS, GROUPS, FITS)
def test_a_larger_budget_never_buys_less(one, other, groups, fit):
    fixed = {"fit": fit, "fusion": 4, "stem": groups}  # tiers would change stem and fusion with the budget
    small, large = sorted([one, other])
    assert solve(small, groups, **fixed).chosen.cost.macs <= solve(large, groups, **fixed).chosen.cost.macs


@given(AMPLE_BUDGETS, GROUPS)
def test_the_fits_agree_or_nearest_is_the_next(budget, groups):
    nearest, under = solve(budget, groups), solve(budget, groups, fit="under")
    assert under.chosen.cost.macs <= budget
    assert nearest.choice in (under.choice, under.over)
    assert under.dearer.cost.macs > budget


def test_options_reach_the_design():
    design = solve(140e6, 3, stem=48, fusion=8, expansion=1.5, resolution=192, classes=10, combine="add").choice
    given = (design.stem, design.fusion, design.expansion, design.resolution, design.classes, design.combine)
    assert given == (48, 8, 1.5, 192, 10, "add")


def test_options_of_none_count_as_not_given():
    assert solve(140e6, 3, stem=None, fusion=None, resolution=None).choice == parse("228-MENet-12x1/3")


@pytest.mark.parametrize(
    "budget",
    [0, -1, -140e6, float("nan"), float("inf"), -float("inf"), 1e300, 10**19, 10**400],
    ids=lambda budget: str(budget)[:6],
)
@pytest.mark.parametrize("metric", ["macs", "params"])
def test_a_budget_that_is_none(budget, metric):
    with pytest.raises(ImpossibleBudget, match=r"is not a number|no legal design"):
        solve(budget, 3, metric=metric)


@pytest.mark.parametrize(("budget", "meant"), [(140, "140 million"), (140e12, "140 million"), (1, "1 million")])
def test_a_budget_in_the_wrong_unit_is_noticed(budget, meant):
    with pytest.raises(ImpossibleBudget, match=f"Is a budget of {meant} meant"):
        solve(budget, 3)


def test_what_is_no_number_is_a_type_error():
    for ask in (lambda: solve("140", 3), lambda: solve(140e6, "3"), lambda: parse("228-MENet-12x1/3", stem=True)):
        with pytest.raises(TypeError, match=r"is a number, not (str|bool)"):
            ask()


@pytest.mark.parametrize("metric", ["macs", "params"])
def test_a_budget_that_is_too_small_names_the_smallest_design(metric):
    # The smallest multiple of 4·3 above the stem, 12 for so small a network, is 24.
    smallest = MENet(width=24, fusion=8, groups=3, stem=12)
    unit = {"macs": "MFLOPs", "params": "M parameters"}[metric]
    with pytest.raises(
        ImpossibleBudget, match=f"has 0.001 {unit} or less. The smallest, 24-MENet-8x1/3, has"
    ) as caught:
        solve(1000, 3, metric=metric)
    assert caught.value.nearest == (smallest,)


def test_a_budget_that_is_too_large_names_the_largest_design():
    # 65532 = 5461·12 is the last multiple of 12 up to 2¹⁶.
    with pytest.raises(ImpossibleBudget, match="The largest, 65532-MENet-24x1/3, has"):
        solve(10**17, 3)


def test_parameters_say_nothing_of_the_resolution():
    with pytest.raises(DesignError, match="resolution"):
        solve(1_806_568, 3, metric="params", solve_for="resolution", width=228)


@pytest.mark.parametrize("groups", [2**14 + 1, 2**16])
def test_more_groups_than_a_quarter_of_the_channels(groups):
    # The bottleneck has at most 2¹⁶/4 = 2¹⁴ channels.
    with pytest.raises(IllegalDesign, match=f"legal with groups {groups}"):
        solve(140e6, groups)


def test_five_groups_do_not_go_with_stem_24():
    with pytest.raises(IllegalDesign, match="no width is legal with 5 groups and stem 24") as caught:
        solve(140e6, 5, stem=24)
    assert 25 in caught.value.nearest
    assert solve(140e6, 5, stem=25).choice.stem == 25


@pytest.mark.parametrize("stem", [0, -3, 24.0, 25, 65535, 10**9])
def test_a_stem_that_no_width_goes_with_is_named(stem):
    with pytest.raises(IllegalDesign, match="stem"):
        solve(140e6, 3, stem=stem)


@pytest.mark.parametrize(
    ("numbers", "cause"),
    [
        ({"groups": 0}, "groups 0 is not a whole number"),
        ({"fusion": 0}, "fusion 0 is not a whole number"),
        ({"fusion": 13, "expansion": 1.5}, "13 × 1.5 gives 13, 19.5, 29.25 channels"),
        ({"expansion": float("nan")}, "expansion nan is not a number"),
        ({"resolution": 31}, "too small for"),
        ({"classes": 0}, "number of classes 0"),
        ({"combine": "multiply"}, "neither product nor add"),
        ({"solve_for": "expansion", "width": 228, "fusion": 0}, "fusion 0 is not a whole number"),
        ({"solve_for": "fusion", "width": 230}, "Nearest legal widths: 228, 240"),
        ({"solve_for": "fusion", "width": 228, "expansion": "x"}, "expansion x is not a number"),
        ({"solve_for": "resolution", "width": 0}, "width 0 is not"),
    ],
    ids=str,
)
def test_fixed_numbers_that_make_no_network(numbers, cause):
    with pytest.raises(IllegalDesign, match=cause):
        solve(140e6, **{"groups": 3} | numbers)


@pytest.mark.parametrize(
    ("question", "cause"),
    [
        ({"metric": "latency"}, "metric 'latency' is not known. Known: macs, params"),
        ({"fit": "over"}, "fit 'over' is not known. Known: nearest, under"),
        ({"solve_for": "stem"}, "quantity 'stem' is not known. Known: width, fusion, expansion, resolution"),
        ({"family": "yourenet"}, "family 'yourenet' is not known. Known: menet"),
        ({"width": 228}, "width is given and solved for. Leave out width"),
        ({"solve_for": "fusion", "width": 228, "fusion": 12}, "fusion is given and solved for"),
        ({"solve_for": "fusion"}, "solving for fusion needs a width"),
    ],
    ids=str,
)
def test_a_question_that_cannot_be_asked(question, cause):
    with pytest.raises(DesignError, match=cause):
        solve(140e6, 3, **question)
