"""GoogLeNet's two readings: their names, the figures that sources give of them, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menet_design import zoo
from menet_design.analysis.cost import count
from menet_design.analysis.formula import formula
from menet_design.design import Quote
from menet_design.errors import DesignError, IllegalDesign, ImpossibleBudget, NotationError
from menet_design.search.budget import solve
from menet_design.search.naming import parse
from menet_design.zoo.googlenet import GoogLeNet

PAPER, TORCHVISION = GoogLeNet(), GoogLeNet(kernel=3)

DESIGNS = st.builds(
    GoogLeNet, kernel=st.sampled_from([3, 5]), resolution=st.integers(32, 1000), classes=st.integers(1, 2000)
)


def test_the_network_of_the_paper():
    # By hand in tests/architectures/test_googlenet.py; the parameters are those of Caffe's bvlc_googlenet.
    assert (count(PAPER).macs, count(PAPER).params) == (1_582_671_872, 6_998_552)


def test_the_network_of_torchvision():
    # torchvision's documentation of googlenet: 1.50 GFLOPS and 6,624,904 parameters, of which each channel of a
    # convolution has two, batch norm's, in place of one bias. 7,280 channels: those of all convolutions below.
    channels = sum(row.output[0] for row in count(TORCHVISION).rows if row.operation == "conv")
    assert channels == 7_280
    assert count(TORCHVISION).params == 6_624_904 - channels
    assert count(TORCHVISION).macs == 1_498_376_192


def test_the_quoted_figure_is_that_of_neither():
    # Table II of arXiv 1803.09127.
    assert zoo.quotes(PAPER) == (Quote("Table II", 1550, 69.8, 89.6),)
    assert zoo.quotes(TORCHVISION) == (Quote("torchvision"),)
    assert count(TORCHVISION).macs < 1550e6 < count(PAPER).macs


@pytest.mark.parametrize(
    "text", ["GoogLeNet", "googlenet", "GoogLeNet (5×5)", "GoogLeNet-5x5", "googlenet_5x5", "$GoogLeNet$"]
)
def test_the_papers_network_is_read(text):
    assert parse(text) == PAPER


@pytest.mark.parametrize(
    "text", ["GoogLeNet (3x3)", "GoogLeNet (3×3)", "GoogLeNet-3x3", "googlenet_3x3", "googlenet3×3"]
)
def test_torchvisions_network_is_read(text):
    assert parse(text) == TORCHVISION


@given(DESIGNS)
def test_names_are_read_back(design):
    for name in (design.name, design.title, design.identifier):
        assert parse(name, resolution=design.resolution, classes=design.classes) == design


def test_the_names_of_the_readings():
    assert (PAPER.name, PAPER.title, PAPER.identifier) == ("GoogLeNet", "GoogLeNet", "googlenet")
    names = TORCHVISION.name, TORCHVISION.title, TORCHVISION.identifier
    assert names == ("GoogLeNet-3x3", "GoogLeNet (3×3)", "googlenet_3x3")


@pytest.mark.parametrize("text", ["googlenet-3x5", "googlenet-x3", "googlenet(3x3", "googlenet/3", "228-googlenet"])
def test_other_texts_name_no_network(text):
    with pytest.raises(NotationError, match="names no network"):
        parse(text)


def test_a_name_and_an_option_may_not_contradict_each_other():
    assert parse("GoogLeNet", kernel=3) == TORCHVISION
    with pytest.raises(NotationError, match="kernel 3, kernel 5 is asked for"):
        parse("GoogLeNet-3x3", kernel=5)


@pytest.mark.parametrize(("kernel", "nearest"), [(4, (3, 5)), (1, (3,)), (7, (5,)), (3.5, (3, 5)), (True, (3,))])
def test_another_kernel_is_refused_with_the_nearest(kernel, nearest):
    with pytest.raises(IllegalDesign, match="Nearest legal kernels") as caught:
        GoogLeNet(kernel=kernel)
    assert caught.value.nearest == nearest
    assert "\n" not in str(caught.value)


def test_readings_name_the_other_one_and_what_is_left_out():
    paper, torchvision = "\n".join(PAPER.readings), "\n".join(TORCHVISION.readings)
    assert "GoogLeNet-3x3" in paper
    assert "3×3 kernels, as in torchvision" in torchvision
    for text in (paper, torchvision):
        assert "local response normalisation" in text
        assert "auxiliary classifiers" in text
        assert max(map(len, text.splitlines())) <= 80


@given(st.builds(GoogLeNet, kernel=st.sampled_from([3, 5]), resolution=st.integers(1, 20).map(lambda m: 32 * m)))
@settings(max_examples=20, deadline=None)
def test_the_formula_is_the_count(design):
    numbers = {"k": design.kernel, "r": design.resolution, "n": design.classes}
    cost = count(design)
    assert formula("googlenet").compile("macs")(**numbers) == cost.macs
    assert formula("googlenet").compile("params")(**numbers) == cost.params


def test_the_formula_is_a_square_of_the_resolution():
    import sympy

    k, r, n = sympy.symbols("k r n")
    # 5×5 kernels: 28² · (16·32 + 32·96) + 14² · (16·48 + 2·24·64 + 32·64 + 32·128) + 7² · (32·128 + 48·128),
    # each size a multiple of r = 224: 105 r² a tap.
    taps = 28**2 * 3584 + 14**2 * 9984 + 7**2 * 10240
    assert taps == 105 * 224**2
    # All other convolutions, from the integer of the paper's network: 1,582,671,872 - 1,024,000 - 25 · 105 · 224².
    others = (1_582_671_872 - 1_024_000 - 25 * taps) // 224**2
    assert sympy.expand(formula("googlenet").macs - (105 * k**2 + others) * r**2 - 1024 * n) == 0


def test_a_budget_solves_for_the_resolution():
    solution = solve(900e6, family="googlenet", solve_for="resolution")
    assert solution.choice == GoogLeNet(resolution=160)
    # (1,582,671,872 - 1,024,000) / 49 a square of 32 pixels, 25 of them, and the classifier.
    assert solution.choice_cost.macs == (1_582_671_872 - 1_024_000) // 49 * 25 + 1_024_000
    assert (solution.under, solution.over) == (GoogLeNet(resolution=128), GoogLeNet(resolution=192))


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "a network like GoogLeNet has no width to solve for. Solve for resolution"),
        ({"solve_for": "fusion"}, "quantity 'fusion' is not known. Known: resolution"),
        ({"solve_for": "resolution", "metric": "params"}, "parameters do not depend on the resolution"),
        ({"solve_for": "resolution", "groups": 3}, "number 'groups' is not known. Known: resolution, classes, kernel"),
    ],
)
def test_what_cannot_be_solved_is_refused(question, message):
    with pytest.raises(DesignError) as caught:
        solve(900e6, family="googlenet", **question)
    assert str(caught.value) == message


def test_a_budget_below_the_smallest_network_names_it():
    with pytest.raises(ImpossibleBudget, match=r"has 1 MFLOPs or less\. The smallest, GoogLeNet at 32×32"):
        solve(1e6, family="googlenet", solve_for="resolution")
