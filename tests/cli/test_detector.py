"""The command `flops --detector`: what it prints, in every format, and what it refuses."""

import csv
import io
import json

import pytest

COMMAND = "flops 352-MENet-12x1/8 --detector faster-rcnn"
SEVERAL = "flops 352-MENet-12x1/8 ShuffleNet-1x/3 0.5MobileNet-224 --detector faster-rcnn"


def results_of(cli, command):
    printed = cli(f"{command} --format json")
    assert (printed.code, printed.stderr) == (0, "")
    document = json.loads(printed.stdout)
    assert document["schema"] == "menet-design/flops/1"
    return document["results"]


def test_json_has_the_parts_and_every_number_that_is_taken(cli):
    (result,) = results_of(cli, COMMAND)
    taken = {key: result[key] for key in ("detector", "image", "proposals", "roi", "rpn", "anchors", "classes")}
    assert taken == {
        "detector": "faster-rcnn",
        "image": [600, 1000],
        "proposals": 300,
        "roi": 14,
        "rpn": 512,
        "anchors": 9,
        "classes": 20,
    }
    assert [part["name"] for part in result["parts"]] == ["base", "RPN", "subnet", "head"]
    assert [part["runs"] for part in result["parts"]] == [1, 1, 300, 300]
    for amount in ("macs", "params"):
        assert result[amount] == sum(part[amount] for part in result["parts"])


def test_options_reach_the_count(cli):
    options = "--image 320x480 --proposals 10 --roi 7 --rpn 256 --anchors 3 --classes 80"
    (result,) = results_of(cli, f"{COMMAND} {options}")
    rpn, head = result["parts"][1], result["parts"][3]
    assert rpn["macs"] == 20 * 30 * (9 * 704 * 256 + 256 * 18)
    assert head["macs"] == 10 * 1408 * 81 * 5


def test_defaults_are_stated_in_lines_of_80_columns(cli):
    shown = cli(SEVERAL).stdout
    stated = " ".join(shown.split())
    for said in ("600×1000 (--image)", "RoIs 14×14 (--roi)", "512 channels (--rpn)", "9 anchors", "20 classes"):
        assert said in stated
    assert max(map(len, shown.splitlines())) <= 80
    assert max(map(len, cli(COMMAND).stdout.splitlines())) <= 80


def test_csv_has_a_row_for_each_part(cli):
    rows = list(csv.DictReader(io.StringIO(cli(f"{SEVERAL} --format csv").stdout)))
    results = results_of(cli, SEVERAL)
    expected = [(each["network"], part["name"], part["macs"]) for each in results for part in each["parts"]]
    assert [(row["network"], row["part"], int(row["macs"])) for row in rows] == expected
    assert {row["image"] for row in rows} == {"600x1000"}


@pytest.mark.parametrize("form", ["markdown", "latex", "tsv"])
def test_every_format_has_every_part(cli, form):
    printed = cli(f"{COMMAND} --format {form}")
    assert printed.code == 0
    assert all(part in printed.stdout for part in ("base", "RPN", "subnet", "head"))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("flops VGG-16 --detector faster-rcnn", "the paper has no detector on VGG-16"),
        ("flops VGG-16 --detector ssd", "'faster-rcnn'"),
        ("flops ShuffleNet-1x/3 --roi 7", "--roi means nothing without --detector"),
        (f"{COMMAND} --by layer", "--by means nothing with --detector"),
        (f"{COMMAND} --resolution 192", "Give --image, as 600x1000"),
        (f"{COMMAND} --image 600", "image '600' is no height and width. Write 600x1000"),
        (f"{COMMAND} --image 20x1000", "Nearest legal image height: 32"),
    ],
)
def test_wrong_use_is_one_line(cli, command, said):
    result = cli(command)
    assert (result.code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert said in line
