"""`diff` on the command line."""

import csv
import io
import json

import pytest

PAIR = "228-MENet-12x1/3 352-MENet-12x1/8"
METRICS = ("macs", "params", "activations")


def result_of(cli, command):
    document = json.loads(cli(f"diff {command} --format json").stdout)
    assert document["schema"] == "menet-design/diff/1"
    (result,) = document["results"]
    return result


def test_json_has_both_designs_layer_by_layer(cli):
    result = result_of(cli, PAIR)
    assert (result["a"], result["b"]) == tuple(PAIR.split())
    # Table I: 144 × 10⁶ each.
    assert (result["macs_a"], result["macs_b"]) == (144_092_352, 144_281_024)
    for key in (f"{metric}_{letter}" for metric in METRICS for letter in "ab"):
        assert sum(row[key] or 0 for row in result["rows"]) == result[key]
    assert result["rows"][0]["name"] == "stage1.conv"


def test_a_layer_that_one_lacks_is_null_in_json_and_empty_in_csv(cli):
    pair = "228-MENet-12x1/3 ShuffleNet-1x/3"
    rows = result_of(cli, pair)["rows"]
    records = list(csv.DictReader(io.StringIO(cli(f"diff {pair} --format csv").stdout)))
    assert [row["name"] for row in rows] == [record["name"] for record in records]
    (row,) = (row for row in rows if row["name"] == "stage2.0.fusion.merge")
    # 1×1 from 57 to 12 channels at 56×56: the bottleneck of 228/4.
    assert (row["macs_a"], row["macs_b"]) == (57 * 12 * 56 * 56, None)
    (record,) = (record for record in records if record["name"] == row["name"])
    assert (record["macs_a"], record["macs_b"]) == (str(row["macs_a"]), "")


def test_people_read_the_net_change_first_and_the_total_last(cli):
    printed = cli(f"diff {PAIR}").stdout
    first, second, _, header, *body = printed.splitlines()
    assert first == "352-MENet-12×1 (g = 8) against 228-MENet-12×1 (g = 3): +0.19 MFLOPs (+0.1 %),"
    assert second.startswith("+466,304 parameters (+25.8 %), ")  # 2,272,872 against 1,806,568
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


@pytest.mark.parametrize("form", ["markdown", "latex", "tsv"])
def test_other_formats(cli, form):
    result = cli(f"diff {PAIR} --format {form}")
    assert (result.code, result.stderr) == (0, "")
    assert "stage2" in result.stdout


def test_options_are_those_of_both(cli):
    result = cli("diff 228-MENet-12x1 352-MENet-12x1 --groups 1 --resolution 64 --classes 10")
    assert result.stdout.count("64×64, 10 classes") == 2
    (hint,) = (line for line in result.stdout.splitlines() if line.startswith("layer by layer: menet-design "))
    assert cli(hint.split("menet-design ")[1]).code == 0


def test_wrong_use_is_one_line(cli):
    for command in ("diff 228-MENet-12x1/3", "diff 230-MENet-12x1/3 VGG-16", "diff VGG-16 VGG-99"):
        result = cli(command)
        assert (result.code, result.stdout) == (2, "")
        assert result.stderr.count("\n") == 1
