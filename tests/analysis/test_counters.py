"""What other counters report, in closed form: known totals, hand counts of single operations, names."""

from importlib.metadata import version

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from strategies import designs
from torch import nn

from menet_design import build, count, parse, reconcile
from menet_design.analysis.conventions import PAPER
from menet_design.analysis.cost import GROUPINGS
from menet_design.analysis.counters import COUNTERS, EARLIER, VERSIONS, convention
from menet_design.errors import DesignError
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain

# Executed models of the paper: multiply-adds, batch-norm elements and channels, ReLU elements, pool inputs, outputs
# of average pools; then what fvcore, ptflops (pytorch), thop, torchinfo and DeepSpeed reported of them. What imgclsmob
# printed: test_imgclsmob.
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
    macs, totals = EXECUTED[name][0][0], EXECUTED[name][1]
    found = reconcile(name)
    reported = dict(zip(("fvcore", "ptflops_pytorch", "thop", "torchinfo", "deepspeed"), totals, strict=True))
    # The classifier's 1000 biases; a multiply-add of torch's is two flops.
    reported |= {"ptflops_aten": macs + 1000, "calflops": reported["deepspeed"], "torch": 2 * macs}
    assert found.macs == macs
    assert {name: found.counters[name] for name in reported} == reported


@executed
def test_steps_are_the_elements_of_the_executed_models(name):
    macs, elements, channels, rectified, pooled, averaged = EXECUTED[name][0]
    steps = {
        "fvcore": [2 * elements],
        "ptflops_pytorch": [1000, 2 * elements, pooled, rectified, pooled],
        "ptflops_aten": [1000],
        "thop": [4 * elements, averaged],
        "torchinfo": [1000, 2 * channels],
        "deepspeed": [macs, 2 * elements, rectified, pooled],
        "calflops": [macs, 2 * elements, rectified, pooled],
        "torch": [macs],
    }
    found = [each for each in reconcile(name).steps if each.amount]
    assert {key: [each.amount for each in found if each.counter == key] for key in steps} == steps


BIASED = ("ptflops_pytorch", "ptflops_aten", "torchinfo")
TWOFOLD = ("deepspeed", "calflops", "torch", "imgclsmob_flops")
IMGCLSMOB = ("imgclsmob", "imgclsmob_flops")
FUNCTIONS = ("deepspeed", "calflops")
RECTIFYING = ("ptflops_pytorch", *FUNCTIONS, *IMGCLSMOB)
SHAPE = (6, 4, 5)

# What each counter counts of a single operation: of most kinds nothing but what is said.
BY_HAND = {
    # 3×3 from 2 to 4 channels on 5×5 with stride 2: 72 weights used at 9 positions, 4 biases at as many.
    "a convolution with bias": (
        (2, 5, 5),
        lambda b, x: b.conv("op", x, 4, 3, 2, bias=True),
        {
            **dict.fromkeys(COUNTERS, 648),
            **dict.fromkeys(BIASED, 684),
            **dict.fromkeys(FUNCTIONS, 1332),
            **dict.fromkeys(("torch", "imgclsmob_flops"), 1296),
        },
    ),
    "a convolution without bias": (
        (6, 5, 7),
        lambda b, x: b.conv("op", x, 4, groups=2),
        # 3 channels of a group and 4 that are made: imgclsmob counts 12 less.
        {**dict.fromkeys(COUNTERS, 12 * 35), **dict.fromkeys(TWOFOLD, 24 * 35), "imgclsmob_flops": 24 * 35 - 12},
    ),
    # On a map of 2×3×2: 12 inputs, 10 outputs, 10 biases, which DeepSpeed leaves out of fully connected layers.
    "fully connected": (
        (2, 3, 2),
        lambda b, x: b.linear("op", x, 10),
        {**dict.fromkeys(COUNTERS, 120), **dict.fromkeys((*BIASED, "imgclsmob"), 130), **dict.fromkeys(TWOFOLD, 240)},
    ),
    # 6 channels of 4×5: 120 elements, 12 parameters.
    "a norm": (
        SHAPE,
        lambda b, x: b.norm("op", x),
        {
            "thop": 480,
            "imgclsmob_flops": 480,
            "torchinfo": 12,
            **dict.fromkeys(("fvcore", "ptflops_pytorch", *FUNCTIONS), 240),
        },
    ),
    "ReLU": (SHAPE, lambda b, x: b.relu("op", x), dict.fromkeys(RECTIFYING, 120)),
    "ReLU6": (SHAPE, lambda b, x: b.relu6("op", x), dict.fromkeys(RECTIFYING, 120)),
    "leaky ReLU": (
        SHAPE,
        lambda b, x: b.leaky_relu("op", x),
        {**dict.fromkeys((*FUNCTIONS, "imgclsmob"), 120), "imgclsmob_flops": 240},
    ),
    "sigmoid": (SHAPE, lambda b, x: b.sigmoid("op", x), {}),
    # Both read 6 · 9 · 7 = 378 elements and make 6 · 5 · 4 = 120, of windows of 9.
    "max pool": (
        (6, 9, 7),
        lambda b, x: b.pool("op", x, "max", 3, 2),
        {"ptflops_pytorch": 756, **dict.fromkeys(FUNCTIONS, 378), **dict.fromkeys(IMGCLSMOB, 1080)},
    ),
    "average pool": (
        (6, 9, 7),
        lambda b, x: b.pool("op", x, "average", 3, 2),
        {"ptflops_pytorch": 756, **dict.fromkeys(FUNCTIONS, 378), "thop": 120, **dict.fromkeys(IMGCLSMOB, 1080)},
    ),
    "shuffle": (SHAPE, lambda b, x: b.shuffle("op", x, 2), dict.fromkeys(IMGCLSMOB, 120)),
    "product": (SHAPE, lambda b, x: b.product("op", x, x), {}),
    "add": (SHAPE, lambda b, x: b.add("op", x, x), {}),
    "concat": (SHAPE, lambda b, x: b.concat("op", x, x), {}),
    "pad": (SHAPE, lambda b, x: b.pad("op", x, 8), {}),
}


@pytest.mark.parametrize(("read", "add", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_an_operation_by_hand(read, add, expected):
    builder = BlockBuilder(*read)
    add(builder, builder.input)
    network = chain(read, {"block": builder.block()})
    assert {name: count(network, each).macs for name, each in COUNTERS.items()} == dict.fromkeys(COUNTERS, 0) | expected


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
    with pytest.raises(DesignError, match=r"convention 'flops' is not known. Known: paper, fvcore, ptflops_pytorch"):
        convention("flops")


def test_a_counter_that_counts_in_two_ways_names_both():
    with pytest.raises(DesignError, match=r"ptflops counts in 2 ways\. Give ptflops-pytorch or ptflops-aten"):
        convention("ptflops")


@pytest.mark.parametrize("name", COUNTERS)
def test_every_statement_names_its_counter(name):
    assert f"as {name.partition('_')[0]}" in COUNTERS[name].statement.lower()


# Beside the version that is stated, others that all tests pass with.
ALSO_RUN = {"torch": ["2.14.1"]}


@pytest.mark.parametrize("package", ["fvcore", "ptflops", "thop", "torchinfo", "torch"])
def test_the_rules_are_those_of_the_versions_that_tests_run(package):
    installed = Version(version(package))
    known = map(Version, [VERSIONS[package], *ALSO_RUN.get(package, [])])
    assert (installed.release, installed.post) in [(each.release, each.post) for each in known]


def test_thop_of_january_2020_on_a_shufflenet_with_biases():
    # "147.554M in thop", github.com/Lyken17/pytorch-OpCounter, 72, of April 2020. Biases of all convolutions, and an
    # adaptive pool: 137,460,672 + 960,000 + 2,998,800 + 2 · 2,998,800 + 89,376 + 50 · 960.
    model = build(parse("ShuffleNet-1x/3"))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.bias = nn.Parameter(torch.zeros(module.out_channels))
    model.classifier.pool = nn.AdaptiveAvgPool2d(1)
    found = reconcile(model, input=(3, 224, 224), earlier=True)
    assert found.counters["thop_2001"] == 147_554_448


# Windows of 9, of which thop's layers have one side until 2020, as they are written here.
EARLIER_BY_HAND = {
    "a convolution with bias": {
        **dict.fromkeys(("thop_1912", "thop_2001", "thop_2005", "mmcv", "torchstat"), 684),
        "torchstat_madd": 2 * 648,
    },
    "a convolution without bias": {**dict.fromkeys(EARLIER, 420), "torchstat_madd": 840 - 140},
    "fully connected": {
        **dict.fromkeys(EARLIER, 120),
        **dict.fromkeys(("thop_1912", "thop_2001"), 240),
        "torchstat_madd": 230,
    },
    "a norm": {**dict.fromkeys(EARLIER, 240), **dict.fromkeys(("thop_1912", "torchstat_madd"), 480)},
    "max pool": {"mmcv": 378, "torchstat": 378, "torchstat_madd": 8 * 120},
    "average pool": {
        **{"thop_1912": 4 * 120, "thop_2001": 120, "thop_2005": 120},
        **{"mmcv": 378, "torchstat": 378, "torchstat_madd": 9 * 120},
    },
}


@pytest.mark.parametrize("kind", BY_HAND)
def test_an_operation_by_hand_as_earlier_years_counted(kind):
    read, add, _ = BY_HAND[kind]
    builder = BlockBuilder(*read)
    add(builder, builder.input)
    network = chain(read, {"block": builder.block()})
    expected = dict.fromkeys(EARLIER, 0) | EARLIER_BY_HAND.get(kind, {})
    assert {name: count(network, each).macs for name, each in EARLIER.items()} == expected


def test_reconcile_speaks_of_earlier_years_where_it_is_asked():
    assert {*reconcile("108-MENet-8x1/3").counters} == {*COUNTERS}
    assert {*reconcile("108-MENet-8x1/3", earlier=True).counters} == {*COUNTERS, *EARLIER}
    assert convention("thop-2001") is EARLIER["thop_2001"]
