"""Who hears whom as a document: connections drawn by hand, networks that no family has yet, trained blocks."""

import re
from fractions import Fraction
from types import SimpleNamespace

import pytest

from menet_design import connectivity, parse
from menet_design.analysis.connectivity import BlockConnectivity, Connectivity, Pair, Shares
from menet_design.analysis.cost import Amounts
from menet_design.report.connectivity import connectivity as report
from menet_design.report.connectivity import verdict
from menet_design.report.export import FORMATS, render
from menet_design.report.trained import trained

DESIGN = parse("36-MENet-1x1/3")
NINE = connectivity(DESIGN)

# Two groups of two. The shuffle brings 0 to 2 and 1 to 3; the fusion branch has the first group hear 3 as well: of the
# four pairs across the groups, it adds 0 and 3.
APART, DEALT, FUSED = [0b0011, 0b1100], [0b0101, 0b1010], [0b1101, 0b1010]
DRAWN = Pair("compress", "expand", 2, 4, DEALT, APART, FUSED)
SHARES = Shares(*(Fraction(n, 8) for n in (7, 6, 5, 4, 3, 2)))
BLOCK = BlockConnectivity("stage2.0", FUSED, SHARES, 1, DRAWN, Amounts(300, 250, 0))


def network(*blocks, full=1):
    return Connectivity(DESIGN, blocks, SHARES, full)


def shown(found, by=None, form="table"):
    several = found if isinstance(found, list) else [found]
    return render(report(several, by, [], []), form)


def cells(text, start):
    """The cells of the line that begins with a word."""
    (line,) = (line for line in text.splitlines() if line.split()[:1] == [start])
    return re.split(r"\s{2,}", line)


# One pair of convolutions, drawn by hand


def test_the_headline_says_how_much_is_lost_and_how_much_comes_back():
    title, lost, *_ = shown(network(BLOCK)).splitlines()
    assert title == "36-MENet-1×1 (g = 3): every channel hears every other within 1 block"
    assert lost == "shuffles lose 50.0 % of inter-group connections, fusion brings 50.0 % back"


@pytest.mark.parametrize(
    ("fused", "end"),
    [([0b1111] * 2, "connections, fusion brings all of them back"), (DEALT, "50.0 % of inter-group connections")],
)
def test_the_headline_knows_all_and_nothing(fused, end):
    pair = Pair("compress", "expand", 2, 4, DEALT, APART, fused)
    assert shown(network(BLOCK._replace(pair=pair))).splitlines()[1].endswith(end)


def test_a_pair_is_a_row_of_its_counts():
    #                                        G    C  total kept fusion  (G-1)/G  counted    MACs  parameters, for one
    assert cells(shown(network(BLOCK), "pair"), "stage2.0")[1:] == [*"24423", "50.0 %", "50.0 %", "300.0", "250.0"]


def test_groups_are_rows_of_the_channels_that_they_hear():
    text = shown(network(BLOCK), "group")
    assert cells(text, "block")[1:] == ["group", "0", "1"]
    assert cells(text, "stage2.0")[1:] == ["0", "1", "1"]  # the first group hears 0 of one group and 2 of the other
    assert cells(text, "1") == ["", "1", "1", "1"]  # 1 and 3


def test_shares_stand_in_their_columns():
    text = shown(network(BLOCK))
    header, row = cells(text, "block"), cells(text, "stage2.0")
    assert dict(zip(header, row, strict=True)) == {
        "block": "stage2.0",
        "connected": "87.5 %",
        "linear": "75.0 %",
        "gating": "62.5 %",
        "no shuffle": "50.0 %",
        "no fusion": "37.5 %",
        "neither": "25.0 %",
        "to full": "1",
    }


# Rows of several modules


def renamed(name):
    return BLOCK._replace(name=name)


def names_of_rows(*blocks):
    return [line.split()[0] for line in shown(network(*blocks)).splitlines() if line.startswith("stage")]


def test_alike_modules_are_one_row():
    assert names_of_rows(renamed("stage2.0")) == ["stage2.0"]
    assert names_of_rows(*map(renamed, ("stage2.0", "stage2.1", "stage2.2"))) == ["stage2.0-2"]


def test_alike_modules_of_two_stages_do_not_go_by_the_name_of_one():
    assert "stage3" in " ".join(names_of_rows(*map(renamed, ("stage2.1", "stage2.2", "stage3.0"))))


def test_a_module_that_differs_parts_its_neighbours():
    other = renamed("stage2.1")._replace(blocks_to_full=2)
    assert names_of_rows(renamed("stage2.0"), other, renamed("stage2.2")) == ["stage2.0", "stage2.1", "stage2.2"]


# Networks that no family has yet: without a shuffle, and never full

PLAIN = network(BLOCK._replace(pair=None, blocks_to_full=None), full=None)


def test_a_network_without_shuffles_loses_nothing_and_never_says_none():
    title, second, *_ = shown(PLAIN).splitlines()
    assert title.startswith("36-MENet-1×1 (g = 3): ")
    assert "after" not in title
    assert second == ""
    assert "None" not in shown(PLAIN)
    assert cells(shown(PLAIN), "stage2.0")[-1] == "25.0 %"  # the last column is empty


def test_what_there_is_not_is_null():
    (result,) = report([PLAIN], None, [], []).results
    (block,) = result["blocks"]
    assert (result["blocks_to_full"], block["blocks_to_full"]) == (None, None)
    around = ("groups", "channels", "possible", "kept", "loss_ratio", "exact_loss_ratio", "without_shuffle")
    costs = ("with_fusion", "macs_per_recovered", "params_per_recovered")
    assert [block[key] for key in (*around, *costs)] == [None] * 10
    header, row = (line.split(",") for line in shown(PLAIN, form="csv").splitlines())
    assert [row[header.index(key)] for key in (*around, *costs, "blocks_to_full")] == [""] * 11


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("by", [None, "block", "pair", "group"])
def test_a_network_without_shuffles_has_an_answer_in_every_form(by, form):
    for found in (PLAIN, [PLAIN, network(BLOCK)]):
        assert shown(found, by, form).strip()


def test_beside_others_a_network_without_shuffles_has_empty_cells():
    rows = [line for line in shown([PLAIN, network(BLOCK)]).splitlines() if line.startswith("36-MENet")]
    assert [re.split(r"\s{2,}", row)[1:] for row in rows] == [
        ["0", "0", "0"],
        ["1", "4", "2", "3", "50.0 %", "300.0", "250.0"],
    ]


def test_nothing_recovered_costs_nothing():
    free = network(BLOCK._replace(pair=Pair("compress", "expand", 2, 4, DEALT, APART, DEALT)))
    (block,) = report([free], None, [], []).results[0]["blocks"]
    assert (block["macs_per_recovered"], block["params_per_recovered"]) == (None, None)
    assert cells(shown(free, "pair"), "stage2.0")[-1] == "50.0 %"


# Proofs


def proof(first=None):
    return SimpleNamespace(design=DESIGN, agrees=first is None, pairs=1234, paths=5, first_difference=first)


def test_a_verdict_is_a_sentence():
    assert verdict(proof()).startswith("36-MENet-1×1 (g = 3): proven")
    assert "1,234" in verdict(proof())
    failed = verdict(proof("stage2.1: output channel 0 hears input channel 1 in the model, not in the bit-sets"))
    assert failed.startswith("36-MENet-1×1 (g = 3): NOT proven. First difference: stage2.1: output channel 0")


@pytest.mark.parametrize("by", [None, "block", "pair", "group"])
def test_proofs_take_the_place_of_hints(by):
    for found in ([NINE], [NINE, NINE]):
        document = report(found, by, [proof("it differs")] * len(found), ["a hint"])
        assert "a hint" not in document.notes
        assert sum("NOT proven" in note for note in document.notes) == len(found)
        assert [result["proof"] for result in document.results] == [
            {"agrees": False, "pairs_compared": 1234, "first_difference": "it differs"}
        ] * len(found)


# Trained weights


def measured_block(name, lost, gates=(0.5, 0.25, 0.75, 0.01), alone=True):
    from menet_design.verification.trained import Ablation, Gates, Listening, TrainedBlock

    ablations = (Ablation("frozen", 1.0, 0.125, 0.5), Ablation("removed", 0.0, 1234.5, 0.0)) if alone else ()
    listening = Listening([[0.75, 0.25], [0.5, 0.5]], [[1.0, 0.0], [0.5, 0.5]], 0.1, lost)
    return TrainedBlock(name, 2 / 3, listening, Gates(*gates) if gates else None, ablations)


def measured(*blocks):
    from pathlib import Path

    from menet_design.verification.trained import Ablation, Trained

    ablations = (Ablation("frozen", 0.25, 0.5, 0.5), Ablation("removed", 0.0, 3628.94, 0.0))
    return lambda by=None: trained(
        Trained(DESIGN, 4, tuple(blocks), ablations), NINE, by, Path("folder/weights.pth"), "4 synthetic images"
    )


def test_trained_blocks_are_rows_of_what_was_measured():
    text = render(measured(measured_block("stage2.0", 0.125), measured_block("stage2.1", 0.375))(), "table")
    assert text.startswith("36-MENet-1×1 (g = 3): 12.5 % to 37.5 % of what a group hears\n")
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
    document = measured(measured_block("stage2.0", 0.5, gates=None, alone=False))()
    assert cells(render(document, "table"), "stage2.0") == ["stage2.0", "66.7 %", "50.0 %", "10.0 %"]
    (block,) = document.results[0]["trained"]["blocks"]
    assert (block["gates"], block["logits"]) == (None, [])
    header, row = render(document, "csv").splitlines()
    assert header.split(",")[5:] == [
        "gate_mean",
        "gate_spread",
        "gate_moving",
        "gate_saturated",
        "frozen_change",
        "removed_change",
    ]
    assert row.split(",")[5:] == [""] * 6


def test_groups_that_listen_are_rows_of_their_energy():
    text = render(measured(measured_block("stage2.1", 0.5))("group"), "table")
    first, second = (
        re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if re.search(r" [01]  +\d+\.", line)
    )
    assert (first, second) == (["stage2.1", "0", "75.0 %", "25.0 %"], ["1", "50.0 %", "50.0 %"])


def test_weights_of_a_network_without_shuffles_have_an_answer():
    for by in (None, "group"):
        text = render(measured()(by), "table")
        assert text.startswith("36-MENet-1×1 (g = 3): ")
        assert "nan" not in text
