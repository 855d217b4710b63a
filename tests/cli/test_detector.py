"""The command `flops --detector`: what it prints, in every format."""

from answers import one_paragraph, results_of, rows_of

COMMAND = "flops 352-MENet-12x1/8 --detector faster-rcnn"
SEVERAL = "flops 352-MENet-12x1/8 ShuffleNet-1x/3 0.5MobileNet-224 --detector faster-rcnn"


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
    for said in ("600×1000 (--image)", "RoIs 14×14 (--roi)", "512 channels (--rpn)", "9 anchors", "20 classes"):
        assert said in one_paragraph(shown)
    assert max(map(len, (shown + cli(COMMAND).stdout).splitlines())) <= 80


def test_csv_has_a_row_for_each_part(cli):
    rows = rows_of(cli, SEVERAL)
    expected = [
        (each["network"], part["name"], part["macs"]) for each in results_of(cli, SEVERAL) for part in each["parts"]
    ]
    assert [(row["network"], row["part"], int(row["macs"])) for row in rows] == expected
    assert {row["image"] for row in rows} == {"600x1000"}
