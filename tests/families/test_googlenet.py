"""GoogLeNet's two assumptions: their names, the figures that sources give of them, and what is refused."""

import pytest

from menet_design import count, families, formula, parse, reconcile, solve
from menet_design.errors import DesignError, IllegalDesign, ImpossibleBudget, NotationError
from menet_design.families.googlenet import GoogLeNet

PAPER, TORCHVISION = GoogLeNet(), GoogLeNet(variant="torchvision")


def test_the_network_of_the_paper():
    # By hand in tests/architectures/test_googlenet.py; the parameters are those of Caffe's bvlc_googlenet.
    assert (count(PAPER).macs, count(PAPER).params) == (1_582_671_872, 6_998_552)


def test_the_network_of_torchvision():
    # torchvision's documentation of googlenet: 1.50 GFLOPS and 6,624,904 parameters.
    assert (count(TORCHVISION).macs, count(TORCHVISION).params) == (1_498_376_192, 6_624_904)


def test_counters_report_of_torchvisions_what_they_report_of_it():
    # Run on torchvision 0.28.0's googlenet without auxiliary classifiers.
    expected = {
        "fvcore": 1_504_878_688,
        "thop": 1_511_332_032,
        "ptflops_pytorch": 1_513_907_448,
        "ptflops_aten": 1_498_377_192,
        "torchinfo": 1_498_391_752,
    }
    assert expected.items() <= reconcile(TORCHVISION).counters.items()


def test_the_published_figure_is_that_of_neither():
    # Table II of arXiv 1803.09127.
    assert [(each.source, each.mflops) for each in families.figures(PAPER)] == [("Table II", 1550)]
    assert [each.mflops for each in families.figures(TORCHVISION)] == [None]
    assert count(TORCHVISION).macs < 1550e6 < count(PAPER).macs


@pytest.mark.parametrize(
    "text", ["GoogLeNet", "googlenet", "GoogLeNet (5×5)", "GoogLeNet-5x5", "googlenet_5x5", "$GoogLeNet$"]
)
def test_the_papers_network_is_read(text):
    assert parse(text) == PAPER


@pytest.mark.parametrize(
    "text", ["GoogLeNet (3x3)", "GoogLeNet (3×3)", "GoogLeNet-3x3", "googlenet_3x3", "GoogLeNet (torchvision)"]
)
def test_torchvisions_network_is_read(text):
    assert parse(text) == TORCHVISION


def test_the_names_of_the_assumptions():
    assert (PAPER.name, PAPER.title, PAPER.identifier) == ("GoogLeNet", "GoogLeNet", "googlenet")
    names = TORCHVISION.name, TORCHVISION.title, TORCHVISION.identifier
    assert names == ("GoogLeNet-3x3", "GoogLeNet (3×3)", "googlenet_3x3")


@pytest.mark.parametrize("text", ["googlenet-3x5", "googlenet-x3", "googlenet(3x3", "googlenet/3", "googlenet-4x4"])
def test_other_texts_name_no_network(text):
    with pytest.raises(NotationError, match="names no network"):
        parse(text)


def test_a_name_and_an_option_may_not_contradict_each_other():
    assert parse("GoogLeNet", variant="torchvision") == TORCHVISION
    with pytest.raises(NotationError, match="variant torchvision, variant paper is asked for"):
        parse("GoogLeNet-3x3", variant="paper")


def test_another_variant_is_refused_with_the_known():
    with pytest.raises(IllegalDesign, match="Known: paper, torchvision"):
        GoogLeNet(variant="caffe")


def test_assumptions_name_the_other_one_and_what_is_left_out():
    (paper, *others), (torchvision, *same) = PAPER.assumptions, TORCHVISION.assumptions
    assert (paper.question, paper.answer, paper.instead) == ("variant", "paper", ("GoogLeNet-3x3",))
    assert (torchvision.answer, torchvision.instead) == ("torchvision", ("GoogLeNet",))
    assert parse(*paper.instead) == TORCHVISION
    assert others == same
    assert "auxiliary classifiers = left out" in str(others[-1])


def test_half_of_the_width_has_a_quarter_of_the_weights_between_like_layers():
    half, whole = count(parse("32-GoogLeNet")), count(PAPER)
    macs = {row.name: row.macs for row in half.rows}
    # All convolutions but the first, which reads the three channels of the image, and the classifier, of 512 features.
    assert all(
        row.macs == 4 * macs[row.name]
        for row in whole.rows
        if row.kind == "conv" and not row.name.startswith("stage1.")
    )
    assert (macs["stage1.conv"], macs["classifier.fc"]) == (7 * 7 * 3 * 32 * 112 * 112, 512_000)


@pytest.mark.parametrize(("width", "nearest"), [(60, (56, 64)), (4, (8,)), (65, (64, 72))])
def test_another_width_is_refused_with_the_nearest(width, nearest):
    with pytest.raises(IllegalDesign, match="an eighth of it") as caught:
        GoogLeNet(width=width)
    assert caught.value.nearest == nearest


def test_the_formula_is_a_square_of_the_resolution():
    import sympy

    r, n = sympy.symbols("r n")
    # 5×5 kernels: 28² · (16·32 + 32·96) + 14² · (16·48 + 2·24·64 + 32·64 + 32·128) + 7² · (32·128 + 48·128),
    # each size a multiple of r = 224: 105 r² a tap.
    taps = 28**2 * 3584 + 14**2 * 9984 + 7**2 * 10240
    assert taps == 105 * 224**2
    # All other convolutions, from the integer of the paper's network: 1,582,671,872 - 1,024,000 - 25 · 105 · 224².
    others = (1_582_671_872 - 1_024_000 - 25 * taps) // 224**2
    for name, k in (("googlenet", 5), ("GoogLeNet-3x3", 3)):
        assert sympy.expand(formula(name).at(w=64).macs - (105 * k**2 + others) * r**2 - 1024 * n) == 0


def test_a_budget_solves_for_the_width():
    solution = solve(1550e6, family="googlenet")
    assert solution.choice == PAPER
    assert [each.width for each in (solution.under, solution.over)] == [56, 72]


def test_a_budget_solves_for_the_resolution():
    solution = solve(900e6, family="googlenet", solve_for="resolution")
    assert solution.choice == GoogLeNet(resolution=160)
    # (1,582,671,872 - 1,024,000) / 49 a square of 32 pixels, 25 of them, and the classifier.
    assert solution.chosen.cost.macs == (1_582_671_872 - 1_024_000) // 49 * 25 + 1_024_000
    assert (solution.under, solution.over) == (GoogLeNet(resolution=128), GoogLeNet(resolution=192))


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"solve_for": "fusion"}, "quantity 'fusion' is not known. Known: width, resolution"),
        (
            {"solve_for": "resolution", "metric": "params"},
            "parameters do not depend on the resolution. Solve for width",
        ),
        ({"groups": 3}, "a network like GoogLeNet has no groups. It has resolution, channels, classes, width, variant"),
    ],
)
def test_what_cannot_be_solved_is_refused(question, message):
    with pytest.raises(DesignError) as caught:
        solve(900e6, family="googlenet", **question)
    assert str(caught.value) == message


def test_a_budget_below_the_smallest_network_names_it():
    with pytest.raises(ImpossibleBudget, match=r"has 1 MFLOPs or less\. The smallest, GoogLeNet, 32×32"):
        solve(1e6, family="googlenet", solve_for="resolution")
