"""By which rules printed figures come out: of READMEs, papers and tables of other people, each with its source."""

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import designs

from menet_design import count, explain, explain_table, network, reconcile
from menet_design.analysis.explanation import totals
from menet_design.analysis.figures import figure
from menet_design.errors import DesignError
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain

# Millions of multiply-adds and of parameters in research/slim/nets/mobilenet_v1.md of github.com/tensorflow/models.
SLIM = Path(__file__).parents[1] / "papers/slim_mobilenet_v1.csv"


def ways(printed, source, **settings):
    return [str(each.way) for each in explain(printed, source, **settings).matches]


@pytest.mark.parametrize(
    ("printed", "source", "way"),
    [
        ("148.93M", "228-MENet-12x1/3", "imgclsmob"),  # README of github.com/osmr/imgclsmob, 2018
        ("152.93M", "228-MENet-12x1/3", "half of imgclsmob-flops"),  # the same, pytorch/README.md since 2019
        ("144M", "228-MENet-12x1/3", "multiply-adds"),  # arXiv 1803.09127, Table III
        ("569M", "1x-MobileNet-224", "multiply-adds"),  # arXiv 1704.04861, Table 8
        ("418M", "1x-MobileNet-224", "multiply-adds at 192×192"),  # arXiv 1704.04861, Table 7
        ("1550M", "GoogLeNet", None),  # arXiv 1704.04861, Table 8: no count is known that makes it
        ("15300M", "VGG-16", "multiply-adds, convolutions only"),  # arXiv 1803.09127, Table II
        ("5.8M", "EffNet-MobileNet-CIFAR-10", "2 × multiply-adds"),  # arXiv 1801.06434, CIFAR-10
        ("317M", "0.75x-MobileNet-224", "multiply-adds, without first convolution"),  # SLIM
        ("1,806,568 params", "228-MENet-12x1/3", "parameters"),  # imgclsmob's README
        ("0.149G", "0.5x-MobileNet-224", "multiply-adds"),
    ],
)
def test_the_plainest_rule_of_a_figure(printed, source, way):
    assert next(iter(ways(printed, source)), None) == way


def test_roundings_and_misses_of_a_figure():
    found = explain("569M", "1x-MobileNet-224")
    first = found.matches[0]
    assert (first.total, first.roundings) == (568_740_352, ("rounded",))
    assert first.deviation == Fraction(568_740_352, 569_000_000) - 1
    misses = [abs(each.deviation) for each in found.nearest]
    assert misses == sorted(misses)
    assert all(not each.roundings for each in found.nearest)


def test_what_says_parameters_is_not_sought_among_multiply_adds():
    found = explain("4.2M params", "1x-MobileNet-224")
    assert {each.way.quantity for each in (*found.matches, *found.nearest)} == {"params"}
    assert {each.way.quantity for each in explain("4.2M FLOPs", "1x-MobileNet-224").nearest} == {"macs"}


def test_resolutions_are_those_that_are_asked_for():
    assert ways("418M", "1x-MobileNet-224", resolutions=()) == []
    assert ways("418M", "1x-MobileNet-224", resolutions=[192])[0] == "multiply-adds at 192×192"
    assert ways("418M", network("1x-MobileNet-224")) == []  # a network has the image that it has


def test_a_module_is_explained_on_other_images():
    from torch import nn

    # 3×3 from 3 to 8 channels: 216 weights at 32² and, on an image of 64×64, at 64² positions.
    module = nn.Conv2d(3, 8, 3, padding=1, bias=False).eval()
    assert ways("221184", module, input=(3, 32, 32), resolutions=[64])[0] == "multiply-adds"
    assert ways("884736", module, input=(3, 32, 32), resolutions=[64])[0] == "multiply-adds at 64×64"


@given(designs(), st.sampled_from([("", 1), ("k", 10**3), ("M", 10**6), ("G", 10**9)]))
def test_what_is_counted_is_found_again(design, unit):
    prefix, worth = unit
    macs = count(design).macs
    if macs >= worth:
        found = explain(f"{macs // worth}{prefix}", design, resolutions=())
        assert found.matches[0].way == ("macs", "paper", "", 1, "")
        assert "truncated" in found.matches[0].roundings


@given(designs())
def test_every_convention_is_among_the_ways(design):
    found = {way.convention: total for way, total in totals(network(design)) if way.factor == 1 and not way.part}
    reported = {name: total for name, total in reconcile(design).counters.items() if total is not None}
    assert reported.items() <= found.items()


def test_the_table_of_tf_slim():
    found = explain_table(SLIM)
    rows = [each for each in found.rows if each.printed.endswith("MACs")]
    assert len(rows) == 16
    breaking = {each.network.name: each.rule for each in rows if not each.holds}
    # Its rows of 0.75 leave out the first convolution, and one comes by no rule.
    assert set(breaking) == {f"0.75x-MobileNet-{side}" for side in (224, 192, 160, 128)} | {"0.25x-MobileNet-192"}
    assert breaking.pop("0.25x-MobileNet-192") is None
    assert {str(rule) for rule in breaking.values()} == {"multiply-adds, without first convolution, rounded"}
    plain = {str(rule): figures for rule, figures in found.rules}
    assert plain["multiply-adds, rounded"] == 10  # of 1.0, 0.50 but for 150 at 224, and 0.25 but for 34
    parameters = {each.network.name: each.rule for each in found.rows if each.printed.endswith("params")}
    assert str(parameters["0.75x-MobileNet-224"]) == "parameters, rounded"
    assert parameters["0.5x-MobileNet-224"] is None  # 1,331,592 beside 1.34 M


def test_a_rule_that_makes_one_figure_of_a_table_is_none_of_it():
    # 33,917,696 by thop is 34 million, but no other row comes so.
    assert "thop at 192×192" in ways("34M", "0.25x-MobileNet-224", resolutions=[192])
    rows = [("0.25x-MobileNet-192", "34M"), ("0.25x-MobileNet-160", "21M"), ("0.25x-MobileNet-128", "14M")]
    assert [each.rule and str(each.rule) for each in explain_table(rows).rows] == [
        None,
        "multiply-adds, rounded",
        "multiply-adds, rounded",
    ]


@pytest.mark.parametrize(
    "text", ["", "M", "1.2.3M", "-5M", "0", "0.00G", "NaN", "1e9", "9" * 400, "5\x1b[31mM", "12 V"]
)
def test_what_is_no_figure(text):
    with pytest.raises(DesignError, match="is not a printed figure above zero") as raised:
        figure(text)
    assert len(str(raised.value)) < 150
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("network,figure,unit\nVGG-16,15.5,G\nnonet,1,M", "row 3 of theirs.csv: 'nonet' names no network"),
        ("network,figure\nVGG-16,", "row 2 of theirs.csv has no figure"),
        ("network,figure\n,1M", "row 2 of theirs.csv has no network"),
        ("name,flops\nVGG-16,1M", "row 2 of theirs.csv has no network. Write the columns network, figure, unit"),
        (f"network,figure\nVGG-16,{'9' * 5000}", "row 2 of theirs.csv has '9999"),
        (
            "network,figure\nVGG-16,99999999999999999999",
            "row 2 of theirs.csv: '99999999999999999999 ' is not a printed",
        ),
        ("network,figure\nVGG\x1b[31m-16,1M", r"row 2 of theirs.csv has 'VGG\\x1b\[31m-16', which is no network"),
        (f"network,figure\n{'x' * 10**5},1M", "row 2 of theirs.csv has 'xxxx"),
        ("network,figure\nnet.py:Net,1M", "row 2 of theirs.csv: net.py:Net would run code"),
        ("network,figure\nos:system,1M", "row 2 of theirs.csv: os:system would run code"),
        ("network,figure\n", "theirs.csv has no rows"),
        ("", "theirs.csv has no rows"),
        ('network,figure\n"VGG-16,1M', "theirs.csv is not CSV"),
    ],
)
def test_a_strange_row_is_one_line_that_names_it(tmp_path, lines, says):
    path = tmp_path / "theirs.csv"
    path.write_text(lines)
    with pytest.raises(DesignError, match=says) as raised:
        explain_table(path)
    assert len(str(raised.value)) < 400
    assert str(raised.value).isprintable()


def test_strange_files(tmp_path):
    (tmp_path / "bytes.csv").write_bytes(b"network,figure\n\xff\xfe,1M")
    os.mkfifo(tmp_path / "fifo.csv")
    for name, says in {"bytes.csv": "is not CSV", "fifo.csv": "not a regular file", "none.csv": "No such file"}.items():
        with pytest.raises(DesignError, match=says):
            explain_table(tmp_path / name)


def test_a_network_without_convolutions():
    builder = BlockBuilder(8, 4, 4)
    builder.relu("relu", builder.input)
    found = explain("5M", chain((8, 4, 4), {"all": builder.block()}))
    assert found.matches == ()
    assert all(each.total for each in found.nearest)
