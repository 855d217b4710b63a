"""`explain`, and `reconcile --figure`, on the command line."""

from pathlib import Path

import pytest
from answers import check_error, results_of, rows_of

SLIM = Path(__file__).parents[1] / "papers/slim_mobilenet_v1.csv"


def test_explain_as_json(cli):
    (result,) = results_of(cli, "explain 148.93M 228-MENet-12x1/3")
    assert list(result) == ["network", "figure", "rules", "nearest"]
    (rule,) = result["rules"]
    keys = ["rule", "quantity", "convention", "part", "factor", "sides", "total", "shortened", "deviation"]
    assert list(rule) == keys
    assert (rule["convention"], rule["total"], rule["shortened"]) == ("imgclsmob", 148_926_124, "rounded")
    assert [list(each) for each in result["nearest"]] == [keys] * 5


def test_rules_and_misses_as_csv(cli):
    rows = rows_of(cli, "explain 0.149G 228-MENet-12x1/3")
    assert [row["rule"] for row in rows if row["shortened"]] == [
        "half of deepspeed",
        "imgclsmob",
        "half of torchstat-madd",
    ]
    assert {row["network"] for row in rows} == {"228-MENet-12x1/3"}


def test_reconcile_explains_a_figure_too(cli):
    asked = cli("reconcile 228-MENet-12x1/3 --figure 152.93M")
    assert asked.stdout == cli("explain 152.93M 228-MENet-12x1/3").stdout
    assert "half of imgclsmob-flops" in asked.stdout


def test_options_go_with_the_network(cli):
    (result,) = results_of(cli, "explain 418M MobileNet --resolution 192")
    assert (result["network"], result["rules"][0]["sides"]) == ("1x-MobileNet-192", "")


def test_a_network_of_a_file_is_explained(cli, tmp_path):
    path = tmp_path / "net.py"
    path.write_text("from torch import nn\n\n\ndef Net(width=8):\n    return nn.Conv2d(3, width, 3, bias=False)\n")
    # 3×3 from 3 to 16 channels on 8×8, which leaves 6×6.
    (result,) = results_of(cli, "explain 15552 SOURCE --input 3x8x8 --set width=16".replace("SOURCE", f"{path}:Net"))
    assert result["rules"][0]["rule"] == "multiply-adds"


def test_a_table_as_json_and_text(cli):
    results = results_of(cli, f"explain --table {SLIM}")
    assert list(results[0]) == ["network", "figure", "rule", "holds", "total", "deviation"]
    assert next(each["network"] for each in results if each["rule"] is None) == "0.25x-MobileNet-192"
    printed = cli(f"explain --table {SLIM}").stdout
    assert printed.startswith("slim_mobilenet_v1.csv: 19 of 32 figures come out by the rule of most rows\n")
    assert "\n0.75x-MobileNet-224     317 M MACs  317.2719     3                ←\n" in printed
    assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("explain", "a figure and a network are needed. Write explain 148.93M 228-MENet-12x1/3"),
        ("explain 148.93M", "a figure and a network are needed"),
        ("explain abc VGG-16", "'abc' is not a printed figure above zero. Write 148.93M"),
        ("explain 1M nonet", "'nonet' names no network"),
        ("explain 1M VGG-16 --table x.csv", "--table explains a whole table"),
        ("explain --table none.csv", "cannot read none.csv: No such file"),
        ("reconcile VGG-16 GoogLeNet --figure 1M", "--figure is printed of one network"),
    ],
)
def test_what_cannot_be_explained(cli, command, says):
    check_error(cli(command), says)
