"""`reconcile` and `--convention` on the command line."""

import re

import pytest
from answers import results_of, rows_of

# What the counters report of the executed 228-MENet-12×1 (g = 3), of 144,092,352 multiply-adds. imgclsmob printed
# 148.93M, and in 2019 half of 305.87M.
MACS = 144_092_352
REPORTED = {
    "fvcore": 150_931_968,
    "ptflops_pytorch": 155_012_512,
    "ptflops_aten": 144_093_352,
    "thop": 157_858_344,
    "torchinfo": 144_121_480,
    "deepspeed": 298_414_728,
    "calflops": 298_414_728,
    "torch": 2 * MACS,
    "imgclsmob": 148_926_124,
    "imgclsmob_flops": 305_866_692,
}


def test_reconcile_as_json(cli):
    (result,) = results_of(cli, "reconcile 228-MENet-12x1/3")
    assert list(result) == ["network", "macs", "counters", "steps"]
    assert (result["network"], result["macs"]) == ("228-MENet-12x1/3", MACS)
    assert list(result["counters"].items()) == list(REPORTED.items())
    assert {"counter": "fvcore", "step": "batch norm, 2 an element", "amount": 6_839_616} in result["steps"]
    assert all(list(step) == ["counter", "step", "amount"] for step in result["steps"])
    assert all(type(step["amount"]) is int for step in result["steps"])


def test_steps_in_csv_lead_to_the_totals(cli):
    rows = rows_of(cli, "reconcile 228-MENet-12x1/3")
    for name, total in REPORTED.items():
        steps = [row for row in rows if row["counter"] == name]
        assert {int(row["total"]) for row in steps} == {total}
        assert MACS + sum(int(row["amount"]) for row in steps) == total


def test_the_waterfall_adds_up_as_printed(cli):
    lines = cli("reconcile 228-MENet-12x1/3").stdout.splitlines()
    body = lines[lines.index(next(line for line in lines if line.startswith("paper"))) + 1 :]
    found, steps = [], []
    for line in body[: body.index("")]:
        amount = int(re.search(r"-?[\d,]+$", line)[0].replace(",", ""))
        if line.startswith("  + "):
            steps[-1] += amount
        else:
            found.append(amount)
            steps.append(MACS)
    assert found == steps
    assert found == list(dict.fromkeys(REPORTED.values()))  # DeepSpeed and calflops stand on one line


def test_several_designs_stand_side_by_side(cli):
    printed = cli("reconcile 228-MENet-12x1/3 352-MENet-12x1/8").stdout
    assert re.search(r"^paper +144,092,352 +144,281,024$", printed, re.MULTILINE)
    assert re.search(r"^thop +157,858,344 +164,573,136$", printed, re.MULTILINE)


@pytest.mark.parametrize("name", REPORTED)
def test_flops_counts_by_a_convention(cli, name):
    for written in (name, name.replace("_", "-")):
        (result,) = results_of(cli, f"flops 228-MENet-12x1/3 --convention {written}")
        assert (result["macs"], result["convention"]) == (REPORTED[name], name)
        assert sum(row["macs"] for row in result["rows"]) == REPORTED[name]


def test_the_papers_convention_may_be_named(cli):
    named, unnamed = (cli(f"flops 228-MENet-12x1/3{option}").stdout for option in (" --convention paper", ""))
    assert named == unnamed


@pytest.mark.parametrize("command", ["flops 228-MENet-12x1/3", "budget 158 -g 3", "flops 228-MENet-12x1/3 --by layer"])
def test_what_is_printed_names_the_convention_and_leads_to_its_steps(cli, command):
    printed = cli(f"{command} --convention thop").stdout
    assert "as thop counts: multiply-adds, 4 a batch-norm element, average-pool outputs" in printed
    assert "menet-design reconcile 228-MENet-12x1/3" in printed
    assert "as in the MENet paper" not in printed


def test_a_budget_is_solved_by_a_convention_and_proven_by_the_papers(cli):
    (result,) = results_of(cli, "budget 11.5 --groups 3 --resolution 64 --convention fvcore --verify")
    assert result["choice"]["convention"] == "fvcore"
    assert result["choice"]["macs"] > result["proof"]["closed_form"]
    assert result["proof"]["agrees"] is True
