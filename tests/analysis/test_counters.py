"""What other counters report, in closed form: known totals, hand counts of single operations, names."""

from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from strategies import designs

from menet_design.analysis.conventions import PAPER, convention
from menet_design.analysis.cost import GROUPINGS, count, price, totals
from menet_design.analysis.counters import COUNTERS, VERSIONS, reconcile
from menet_design.architectures.network import Graph, Network
from menet_design.errors import DesignError
from menet_design.search.naming import parse

# Executed models of the paper: multiply-adds, batch-norm elements and channels, ReLU elements, pool inputs, outputs
# of average pools; then what fvcore, ptflops (pytorch), thop, torchinfo and DeepSpeed reported of them.
EXECUTED = {
    "108-MENet-8x1/3": (
        (38_287_440, 1_657_180, 6_736, 1_317_316, 336_336, 41_592),
        (41_601_800, 43_592_788, 44_957_752, 38_301_912, 81_542_892),
    ),
    "228-MENet-12x1/3": (
        (144_092_352, 3_419_808, 14_064, 2_701_272, 689_136, 86_760),
        (150_931_968, 155_012_512, 157_858_344, 144_121_480, 298_414_728),
    ),
    "352-MENet-12x1/8": (
        (144_281_024, 5_042_100, 21_504, 3_922_548, 859_264, 123_712),
        (154_365_224, 160_007_300, 164_573_136, 144_325_032, 303_428_060),
    ),
    "456-MENet-24x1/3": (
        (551_048_928, 6_839_616, 28_128, 5_402_544, 1_378_272, 173_520),
        (564_728_160, 572_888_248, 578_580_912, 551_106_184, 1_122_557_904),
    ),
}
executed = pytest.mark.parametrize("name", EXECUTED)


@executed
def test_counters_report_what_they_did_when_they_were_run(name):
    macs, totals_ = EXECUTED[name][0][0], EXECUTED[name][1]
    found = reconcile(parse(name))
    reported = dict(zip(("fvcore", "ptflops_pytorch", "thop", "torchinfo", "deepspeed"), totals_, strict=True))
    # The classifier's 1000 biases; a multiply-add of torch's is two flops.
    reported |= {"ptflops_aten": macs + 1000, "calflops": reported["deepspeed"], "torch": 2 * macs}
    assert (found.macs, found.counters) == (macs, reported)


@executed
def test_steps_are_the_elements_of_the_executed_models(name):
    macs, elements, channels, rectified, pooled, averaged = EXECUTED[name][0]
    steps = {
        "fvcore": [2 * elements],
        "ptflops_pytorch": [0, 1000, 2 * elements, rectified, 2 * pooled],
        "ptflops_aten": [0, 1000],
        "thop": [4 * elements, averaged],
        "torchinfo": [0, 1000, 2 * channels],
        "deepspeed": [macs, 0, 2 * elements, rectified, pooled],
        "calflops": [macs, 0, 2 * elements, rectified, pooled],
        "torch": [macs],
    }
    found = reconcile(parse(name)).steps
    assert {key: [each.amount for each in found if each.counter == key] for key in steps} == steps


def counted(graph):
    """What each counter counts of the operations of a graph."""
    network = Network((graph.block("block"),))
    return {name: totals(price(network, convention)).macs for name, convention in COUNTERS.items()}


def those(**amounts):
    return dict.fromkeys(COUNTERS, 0) | amounts


def test_a_convolution_with_bias_by_hand():
    # 3×3 from 2 to 4 channels on 5×5 with stride 2: 72 weights used at 9 positions, 4 biases at as many.
    graph = Graph(2, 5, 5)
    graph.conv("conv", graph.input, 4, kernel=3, stride=2, bias=True)
    macs, biases = 648, 36
    with_biases = dict.fromkeys(("ptflops_pytorch", "ptflops_aten", "torchinfo"), macs + biases)
    twofold = {"deepspeed": 2 * macs + biases, "calflops": 2 * macs + biases, "torch": 2 * macs}
    assert counted(graph) == {"fvcore": macs, "thop": macs, **with_biases, **twofold}


def test_a_convolution_without_bias_by_hand():
    graph = Graph(6, 5, 7)
    graph.conv("conv", graph.input, 4, groups=2)
    macs = 12 * 35
    assert counted(graph) == dict.fromkeys(COUNTERS, macs) | dict.fromkeys(("deepspeed", "calflops", "torch"), 2 * macs)


def test_a_classifier_by_hand():
    # On a map of 2×3×2: 12 inputs, 10 outputs, 10 biases, which DeepSpeed leaves out of fully connected layers.
    graph = Graph(2, 3, 2)
    graph.linear("fc", graph.input, 10)
    with_biases = dict.fromkeys(("ptflops_pytorch", "ptflops_aten", "torchinfo"), 130)
    twofold = dict.fromkeys(("deepspeed", "calflops", "torch"), 240)
    assert counted(graph) == {"fvcore": 120, "thop": 120, **with_biases, **twofold}


def test_a_norm_by_hand():
    # 6 channels of 4×5: 120 elements, 12 parameters.
    graph = Graph(6, 4, 5)
    graph.norm("norm", graph.input)
    twice = dict.fromkeys(("fvcore", "ptflops_pytorch", "deepspeed", "calflops"), 240)
    assert counted(graph) == those(thop=480, torchinfo=12, **twice)


def test_activations_by_hand():
    graph = Graph(6, 4, 5)
    graph.relu("relu", graph.input)
    assert counted(graph) == those(ptflops_pytorch=120, deepspeed=120, calflops=120)
    graph = Graph(6, 4, 5)
    graph.leaky_relu("leaky", graph.sigmoid("sigmoid", graph.input))
    assert counted(graph) == those(deepspeed=120, calflops=120)


def test_pools_by_hand():
    # Both read 6 · 9 · 7 = 378 elements and make 6 · 5 · 4 = 120; a global one then reads these and makes 6.
    graph = Graph(6, 9, 7)
    graph.pool("max", graph.input, "max", kernel=3, stride=2)
    assert counted(graph) == those(ptflops_pytorch=756, deepspeed=378, calflops=378)
    graph = Graph(6, 9, 7)
    graph.global_pool("global", graph.pool("average", graph.input, "average", kernel=3, stride=2))
    assert counted(graph) == those(ptflops_pytorch=2 * 498, deepspeed=498, calflops=498, thop=126)


def test_no_counter_sees_the_rest():
    graph = Graph(6, 4, 4)
    x = graph.shuffle("shuffle", graph.input, 2)
    graph.concat("concat", graph.product("product", x, x), graph.add("add", x, x))
    assert counted(graph) == those()


def test_an_activation_that_nobody_has_classified_is_no_silent_zero():
    graph = Graph(6, 4, 4)
    graph.block("block")
    swish = graph.relu("swish", graph.input)._replace(variant="swish")
    with pytest.raises(KeyError, match="swish"):
        COUNTERS["deepspeed"].counted(swish, 0)


@given(designs())
def test_steps_lead_to_the_totals_and_counts_to_both(design):
    found = reconcile(design)
    for name, total in found.counters.items():
        assert found.macs + sum(each.amount for each in found.steps if each.counter == name) == total
        assert count(design, convention(name)).macs == total


@given(designs(), st.sampled_from(GROUPINGS), st.sampled_from([*COUNTERS]))
def test_rows_of_any_convention_sum_to_its_total(design, grouping, name):
    cost, papers = count(design, convention(name)), count(design)
    assert sum(row.macs for row in cost.by(grouping)) == cost.macs
    assert (cost.params, cost.activations) == (papers.params, papers.activations)
    assert cost.convention is COUNTERS[name]


def test_a_convention_is_named_with_hyphens_or_underscores():
    assert convention("paper") is PAPER
    assert convention("ptflops-pytorch") is convention("ptflops_pytorch") is convention("PTFLOPS-PyTorch")


def test_an_unknown_convention_names_the_known_ones():
    with pytest.raises(DesignError, match=r"convention 'ptflops' is not known. Known: paper, fvcore, ptflops_pytorch"):
        convention("ptflops")


@pytest.mark.parametrize("name", COUNTERS)
def test_every_statement_names_its_counter(name):
    assert f"as {name.partition('_')[0]}" in COUNTERS[name].statement.lower()


@pytest.mark.parametrize("package", ["fvcore", "ptflops", "thop", "torchinfo", "torch"])
def test_the_rules_are_those_of_the_versions_that_tests_run(package):
    installed, stated = Version(version(package)), Version(VERSIONS[package])
    assert (installed.release, installed.post) == (stated.release, stated.post)
