"""Connections as a document: drawn by hand, in networks that no family has, in trained blocks."""

import re
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path

import pytest
from answers import one_paragraph

from menet_design import connectivity, network
from menet_design.analysis.connectivity import BlockConnectivity, Connectivity, Shares
from menet_design.analysis.cost import Amounts
from menet_design.analysis.pairs import Pair
from menet_design.report.connectivity import connectivity as report
from menet_design.report.connectivity import verdict
from menet_design.report.export import FORMATS, render
from menet_design.report.trained import trained
from menet_design.verification.gradients import Mismatch, Probe
from menet_design.verification.jacobian import Strength
from menet_design.verification.trained import Ablation, Gates, Trained, TrainedBlock

NETWORK = network("36-MENet-1x1/3")

# Two groups of two. The shuffle brings 0 to 2 and 1 to 3; with the branch the first group depends on 3 as well: of the
# four pairs across the groups, it adds 0 and 3.
APART, DEALT, FUSED = [0b0011, 0b1100], [0b0101, 0b1010], [0b1101, 0b1010]
DRAWN = Pair("compress", "expand", 2, 4, DEALT, APART, FUSED)
SHARES = Shares(*(Fraction(n, 8) for n in (7, 6, 5, 4, 3, 2)))
BLOCK = BlockConnectivity("stage2.0", SHARES, 1, (DRAWN,), Amounts(300, 250, 0), FUSED)


def found(*blocks, depth=1, branches=("fusion",)):
    return Connectivity(NETWORK, blocks, SHARES, depth, branches)


def shown(each, by=None, form="table"):
    several = each if isinstance(each, list) else [each]
    return render(report(several, by, [], []), form)


def cells(text, start):
    """The cells of the line that begins with a word."""
    (line,) = (line for line in text.splitlines() if line.split()[:1] == [start])
    return re.split(r"\s{2,}", line)


# One pair of convolutions, drawn by hand


@pytest.mark.parametrize(
    ("fused", "end"),
    [
        (FUSED, "connections, the fusion branch brings 50.0 % back;"),
        ([0b1111] * 2, "connections, the fusion branch brings all of them back;"),
        (DEALT, "connections;"),
    ],
)
def test_the_headline_says_how_much_is_lost_and_how_much_comes_back(fused, end):
    block = replace(BLOCK, pairs=(Pair("compress", "expand", 2, 4, DEALT, APART, fused),))
    headline = one_paragraph(report([found(block)], None, [], []).headline)
    lost = "36-MENet-1×1 (g = 3): shuffles lose 50.0 % of inter-group"
    assert headline == f"{lost} {end} every channel is connected to every other within 1 block"


def test_a_pair_is_a_row_of_its_counts():
    #                                      G    C  total kept fusion  (G-1)/G  counted    MACs  parameters, for one
    assert cells(shown(found(BLOCK), "pair"), "stage2.0")[1:] == [*"24423", "50.0 %", "50.0 %", "300.0", "250.0"]


def test_groups_are_rows_of_the_channels_that_they_depend_on():
    text = shown(found(BLOCK), "group")
    assert cells(text, "block")[1:] == ["group", "0", "1"]
    assert cells(text, "stage2.0")[1:] == ["0", "1", "1"]  # on 0 of one group and 2 of the other
    assert cells(text, "1") == ["", "1", "1", "1"]  # on 1 and 3


def test_in_brief_a_block_has_what_is_lost_what_comes_back_and_what_is_connected():
    text = shown(found(BLOCK))
    assert cells(text, "block") == ["block", "lost", "brought back", "connected"]
    assert cells(text, "stage2.0")[1:] == ["50.0 %", "50.0 %", "87.5 %"]  # of 4 pairs 2 are kept, and 3 with the branch
    several = shown([found(BLOCK), found(BLOCK, branches=())])
    assert cells(several, "network") == ["network", "lost", "brought back", "depth"]
    rows = [line.split()[1:] for line in several.splitlines() if line.startswith("36-MENet")]
    assert rows == [["50.0", "%", "50.0", "%", "1"], ["50.0", "%", "1"]]


def test_shares_stand_in_their_columns():
    text = shown(found(BLOCK), "block")
    header, row = cells(text, "block"), cells(text, "stage2.0")
    assert dict(zip(header, row, strict=True)) == {
        "block": "stage2.0",
        "connected": "87.5 %",
        "linear": "75.0 %",
        "gating": "62.5 %",
        "no shuffle": "50.0 %",
        "no fusion": "37.5 %",
        "neither": "25.0 %",
        "depth": "1",
    }


def test_a_branch_goes_by_its_own_name_and_none_has_no_columns():
    named, none = (found(BLOCK, branches=branches) for branches in (("side",), ()))
    assert "the side branch brings 50.0 % back" in one_paragraph(shown(named))
    assert "no side" in shown(named, "block").splitlines()[4]
    assert cells(shown(named, "pair"), "block")[5] == "side"
    assert cells(shown(none, "block"), "block") == ["block", "connected", "linear", "gating", "no shuffle", "depth"]
    assert cells(shown(none, "pair"), "block")[5] == "lost"


# Rows of several modules


def renamed(name):
    return replace(BLOCK, name=name)


def names_of_rows(*blocks):
    return [line.split()[0] for line in shown(found(*blocks), "block").splitlines() if line.startswith("stage")]


def test_alike_modules_of_a_stage_are_one_row():
    assert names_of_rows(renamed("stage2.0")) == ["stage2.0"]
    assert names_of_rows(*map(renamed, ("stage2.0", "stage2.1", "stage2.2"))) == ["stage2.0-2"]
    assert names_of_rows(*map(renamed, ("stage2.1", "stage2.2", "stage3.0"))) == ["stage2.1-2", "stage3.0"]
    other = replace(renamed("stage2.1"), mixing_depth=2)
    assert names_of_rows(renamed("stage2.0"), other, renamed("stage2.2")) == ["stage2.0", "stage2.1", "stage2.2"]


def test_a_block_of_several_shuffles_has_a_row_and_a_record_for_each():
    two = replace(DRAWN, first="expand", second="recover", sources=FUSED)
    text, records = (shown(found(replace(BLOCK, pairs=(DRAWN, two))), "pair", form) for form in ("table", "csv"))
    assert cells(text, "stage2.0")[1:5] == ["2", "4", "4", "2"]
    assert cells(text, "2") == ["", "2", "4", "4", "3", "3", "50.0 %", "25.0 %", "300.0", "250.0"]  # those of the block
    assert [line.split(",")[1:4] for line in records.splitlines()[1:]] == [
        ["stage2.0", "compress", "expand"],
        ["stage2.0", "expand", "recover"],
    ]


# Networks without a shuffle, and never mixed

PLAIN = found(replace(BLOCK, pairs=(), mixing_depth=None), depth=None)


def test_a_network_without_shuffles_loses_nothing_and_never_says_none():
    title = "36-MENet-1×1 (g = 3): its blocks do not connect every channel to every other"
    assert shown(PLAIN).startswith(f"{title}\n\n")
    assert "None" not in shown(PLAIN)
    assert cells(shown(PLAIN, "block"), "stage2.0")[-1] == "25.0 %"  # there is no depth


def test_what_there_is_not_is_null():
    (result,) = report([PLAIN], None, [], []).results
    (block,) = result["blocks"]
    missing = ("mixing_depth", "macs_per_recovered", "params_per_recovered")
    assert (result["mixing_depth"], block["pairs"], [block[key] for key in missing]) == (None, [], [None] * 3)
    header, row = (line.split(",") for line in shown(PLAIN, form="csv").splitlines())
    around = ("first", "second", "groups", "channels", "possible", "kept", "loss_ratio", "exact_loss_ratio")
    assert [row[header.index(key)] for key in (*around, "without_shuffle", "with_branch", *missing)] == [""] * 13


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("by", [None, "network", "block", "pair", "group"])
def test_a_network_without_shuffles_has_an_answer_in_every_form(by, form):
    for each in (PLAIN, [PLAIN, found(BLOCK)]):
        assert shown(each, by, form).strip()


def test_beside_others_a_network_without_shuffles_has_empty_cells():
    rows = [line for line in shown([PLAIN, found(BLOCK)], "network").splitlines() if line.startswith("36-MENet")]
    assert [re.split(r"\s{2,}", row)[1:] for row in rows] == [
        ["0", "0", "0"],
        ["1", "4", "2", "3", "50.0 %", "300.0", "250.0"],
    ]


def test_nothing_recovered_costs_nothing():
    free = found(replace(BLOCK, pairs=(Pair("compress", "expand", 2, 4, DEALT, APART, DEALT),)))
    (block,) = report([free], None, [], []).results[0]["blocks"]
    assert (block["macs_per_recovered"], block["params_per_recovered"]) == (None, None)
    assert cells(shown(free, "pair"), "stage2.0")[-1] == "50.0 %"


# Proofs

MISMATCH = Mismatch("stage2.1", 0, 1, True)


def test_a_verdict_is_a_sentence():
    assert verdict(Probe(NETWORK, 5, 1234, None)) == (
        "36-MENet-1×1 (g = 3): proven, gradients = bit-sets in 1,234 channel pairs"
    )
    assert verdict(Probe(NETWORK, 5, 1234, MISMATCH)) == (
        "36-MENet-1×1 (g = 3): NOT proven. First mismatch: "
        "stage2.1: output channel 0 depends on input channel 1 in the model, not in the bit-sets"
    )


@pytest.mark.parametrize("by", [None, "network", "block", "pair", "group"])
@pytest.mark.parametrize("times", [1, 2])
def test_proofs_take_the_place_of_hints(by, times):
    nine = connectivity(NETWORK)
    document = report([nine] * times, by, [Probe(NETWORK, 5, 1234, MISMATCH)] * times, ["a hint"])
    assert "a hint" not in document.notes
    assert sum("NOT proven" in note for note in document.notes) == times
    proof = {"agrees": False, "pairs_compared": 1234, "first_mismatch": str(MISMATCH)}
    assert [result["proof"] for result in document.results] == [proof] * times


# Trained weights


def measured_block(name, lost, gates=(0.5, 0.25, 0.75, 0.01), alone=True):
    ablations = (Ablation("frozen", 1.0, 0.125, 0.5), Ablation("removed", 0.0, 1234.5, 0.0)) if alone else ()
    strength = Strength([[0.75, 0.25], [0.5, 0.5]], [[1.0, 0.0], [0.5, 0.5]], 0.1, lost)
    return TrainedBlock(name, 2 / 3, strength, Gates(*gates) if gates else None, ablations)


def measured(*blocks, by=None):
    ablations = (Ablation("frozen", 0.25, 0.5, 0.5), Ablation("removed", 0.0, 3628.94, 0.0))
    of = Trained(NETWORK, 4, blocks, ablations)
    return trained(of, found(BLOCK), by, Path("folder/weights.pth"), "4 synthetic images")


def test_trained_blocks_are_rows_of_what_was_measured():
    text = render(measured(measured_block("stage2.0", 0.125), measured_block("stage2.1", 0.375)), "table")
    assert text.startswith("36-MENet-1×1 (g = 3): 12.5 % to 37.5 % of what a group depends on\n")
    assert cells(text, "stage2.0")[1:] == [
        "66.7 %",
        "12.5 %",
        "10.0 %",
        "0.50",
        "0.25",
        "75.0 %",
        "1.0 %",
        "0.12",
        "1,234.50",
    ]
    # As a share of images, and of the norm of the logits.
    assert "all frozen: change 0.50, 25.0 % of images keep their first class" in text
    assert "all removed: change 3,628.94, 0.0 % of images keep their first class" in text
    assert "weights weights.pth, over 4 synthetic images" in text


def test_what_a_block_lacks_is_empty_or_null():
    lacking = measured_block("stage2.0", 0.5, gates=None, alone=False)
    document = measured(lacking)
    assert cells(render(document, "table"), "stage2.0") == ["stage2.0", "66.7 %", "50.0 %", "10.0 %"]
    (block,) = document.results[0]["trained"]["blocks"]
    assert (block["gates"], list(block["logits"]), block["strength"]) == (None, [], asdict(lacking.strength))
    header, row = render(document, "csv").splitlines()
    gates = [f"gate_{key}" for key in ("mean", "spread", "moving", "saturated")]
    assert header.split(",")[5:] == [*gates, "frozen_change", "removed_change"]
    assert row.split(",")[5:] == [""] * 6


def test_groups_are_rows_of_their_energy():
    text = render(measured(measured_block("stage2.1", 0.5), by="group"), "table")
    first, second = (
        re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if re.search(r" [01]  +\d+\.", line)
    )
    assert (first, second) == (["stage2.1", "0", "75.0 %", "25.0 %"], ["1", "50.0 %", "50.0 %"])


@pytest.mark.parametrize("by", [None, "group"])
def test_weights_of_a_network_without_shuffles_have_an_answer(by):
    text = render(measured(by=by), "table")
    assert text.startswith("36-MENet-1×1 (g = 3): ")
    assert "nan" not in text
