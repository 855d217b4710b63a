"""`diff` on the command line."""

import pytest
from answers import results_of, rows_of

PAIR = "228-MENet-12x1/3 352-MENet-12x1/8"
METRICS = ("macs", "params", "activations")


def test_json_has_both_designs_layer_by_layer(cli):
    (result,) = results_of(cli, f"diff {PAIR}")
    assert (result["a"], result["b"]) == tuple(PAIR.split())
    # Table I: 144 × 10⁶ each.
    assert (result["macs_a"], result["macs_b"]) == (144_092_352, 144_281_024)
    for key in (f"{metric}_{letter}" for metric in METRICS for letter in "ab"):
        assert sum(row[key] or 0 for row in result["rows"]) == result[key]
    assert (result["memory_a"], result["memory_b"]) == (2_408_448, 3_311_616)
    assert result["rows"][0]["name"] == "stage1.conv"


def test_what_either_takes_for_granted_is_said_of_it(cli):
    (result,) = results_of(cli, "diff 228-MENet-12x1/3 ResNet-20")
    assert "assumptions_a" not in result
    assert [each["question"] for each in result["assumptions_b"]] == ["units", "shortcuts"]


def test_a_layer_that_one_lacks_is_null_in_json_and_empty_in_csv(cli):
    pair = "228-MENet-12x1/3 ShuffleNet-1x/3"
    rows, records = results_of(cli, f"diff {pair}")[0]["rows"], rows_of(cli, f"diff {pair}")
    assert [row["name"] for row in rows] == [record["name"] for record in records]
    index = [row["name"] for row in rows].index("stage2.0.fusion.merge")
    # 1×1 from 57 to 12 channels at 56×56: the bottleneck of 228/4.
    macs = 57 * 12 * 56 * 56
    assert (rows[index]["macs_a"], rows[index]["macs_b"]) == (macs, None)
    assert (records[index]["macs_a"], records[index]["macs_b"]) == (str(macs), "")


def test_people_read_the_net_change_first_and_the_total_last(cli):
    printed = cli(f"diff {PAIR}").stdout
    first, second, third, _, header, *body = printed.splitlines()
    assert first == "352-MENet-12×1 (g = 8) against 228-MENet-12×1 (g = 3): +0.19 MFLOPs (+0.1 %),"
    assert second.startswith("+466,304 parameters (+25.8 %), ")  # 2,272,872 against 1,806,568
    assert third == "+903,168 bytes of peak memory (+37.5 %)"  # 3 times 352 on 28×28, 2 times 24 on 112×112
    assert header.split("  ")[0] == "stage"
    assert body[body.index("") - 1].split()[:5] == ["total", "144.09", "144.28", "+188,672", "+466,304"]


@pytest.mark.parametrize(
    ("pair", "by", "marks"),
    [
        ("228-MENet-12x1/3 0.5x-MobileNet-224", "layer", "AB"),
        ("228-MENet-12x1/3 VGG-16", "block", "AB"),
        ("228-MENet-12x1/3 VGG-16", "stage", "B"),  # stage5
        ("228-MENet-12x1/3 ShuffleNet-1x/3", "branch", "A"),  # fusion
        ("0.5x-MobileNet-224 228-MENet-12x1/3", "operation", "B"),  # shuffle
    ],
)
def test_every_grouping_fits_into_80_columns_and_marks_what_one_lacks(cli, pair, by, marks):
    printed = cli(f"diff {pair} --by {by}").stdout
    assert [line for line in printed.splitlines() if len(line) > 80 and ": menet-design " not in line] == []
    assert "".join(mark for mark in "AB" if f"  {mark}\n" in printed) == marks


def test_options_are_those_of_both(cli):
    result = cli("diff 228-MENet-12x1 352-MENet-12x1 --groups 1 --resolution 64 --classes 10")
    assert [line[:2] for line in result.stdout.splitlines() if line.endswith(", 64×64, 10 classes")] == ["A:", "B:"]
    (hint,) = (line for line in result.stdout.splitlines() if line.startswith("layer by layer: menet-design "))
    assert cli(hint.split("menet-design ")[1]).code == 0
