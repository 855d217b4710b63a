"""Budgets in what another counter counts."""

import pytest

from menet_design import count, parse, reconcile, solve
from menet_design.analysis.conventions import PAPER
from menet_design.analysis.counters import COUNTERS, convention
from menet_design.errors import ImpossibleBudget
from menet_design.families.menet import MENet

PAPERS = ["108-MENet-8x1/3", "228-MENet-12x1/3", "352-MENet-12x1/8", "348-MENet-12x1/3", "456-MENet-24x1/3"]


@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize("name", PAPERS)
def test_what_a_counter_reports_of_a_network_finds_the_network(name, counter):
    design = parse(name)
    solution = solve(reconcile(design).counters[counter], design.groups, convention=convention(counter))
    assert solution.choice == design
    assert solution.deviation(solution.chosen.cost) == 0


@pytest.mark.parametrize("counter", COUNTERS)
def test_the_choice_is_the_nearest_of_all(counter):
    # 300 million are between 140 and 300 million multiply-adds: stem 24, fusion width 12.
    rules, budget = convention(counter), 300_000_000
    widths = {w: count(MENet(width=w, fusion=12, groups=3, stem=24), rules).macs for w in range(36, 400, 12)}
    solution = solve(budget, 3, convention=rules)
    assert solution.choice.width == min(widths, key=lambda width: abs(widths[width] - budget))
    assert solution.chosen.cost.macs == widths[solution.choice.width]


def test_the_tier_is_that_of_the_papers_count():
    # 500 million of torch's flops are 250 million multiply-adds: fusion width 12, which ends at 420, and not 24.
    solution = solve(500e6, 3, convention=convention("torch"))
    assert (solution.choice.fusion, solution.choice.stem) == (12, 24)
    assert (solve(500e6, 3).choice.fusion, solve(500e6, 3).choice.stem) == (24, 48)


def test_the_tier_of_a_small_image_is_that_of_its_budget():
    # As by the paper's convention, where a budget of 10 million stands for the smallest networks whatever they are fed.
    twofold = solve(20e6, 3, resolution=64, convention=convention("torch"))
    assert twofold.choice == solve(10e6, 3, resolution=64).choice


def test_parameters_are_the_same_by_every_convention():
    papers, thops = (solve(2e6, 3, metric="params", convention=rules) for rules in (PAPER, convention("thop")))
    assert papers.choice == thops.choice
    assert (papers.chosen.cost.convention, thops.chosen.cost.convention) == (PAPER, COUNTERS["thop"])


def test_other_quantities_are_solved_for_by_a_convention():
    rules = convention("fvcore")
    reported = count("228-MENet-14x1/3", rules).macs
    assert solve(reported, 3, solve_for="fusion", width=228, convention=rules).choice.fusion == 14


def test_an_impossible_budget_says_by_which_convention():
    with pytest.raises(ImpossibleBudget, match=r"has 5 MFLOPs \(thop\) or less. The smallest, .* MFLOPs \(thop\)"):
        solve(5e6, 8, convention=convention("thop"))
