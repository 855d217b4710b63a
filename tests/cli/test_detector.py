"""The command `detector`: what it prints, in every format."""

from answers import one_paragraph, results_of, rows_of

COMMAND = "detector faster-rcnn 352-MENet-12x1/8"
SEVERAL = "detector faster-rcnn 352-MENet-12x1/8 ShuffleNet-1x/3 0.5MobileNet-224"


def test_json_has_the_parts_and_every_number_that_is_taken(cli):
    (result,) = results_of(cli, COMMAND)
    taken = {key: result[key] for key in ("detector", "image", "proposals", "roi", "rpn", "anchors", "classes")}
    assert taken == {
        "detector": "faster-rcnn",
        "image": [600, 1000],
        "proposals": 300,
        "roi": [14, 14],
        "rpn": 512,
        "anchors": 9,
        "classes": 20,
    }
    assert (result["base"], result["subnet"]) == (["stage1", "stage2", "stage3"], ["stage4"])
    assert (result["replaced"], result["unstrided"]) == (False, True)
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
    for said in ("600×1000 (--image)", "on RoIs 14×14", "512 channels (--rpn)", "9 anchors", "20 classes"):
        assert said in one_paragraph(shown)
    assert max(map(len, (shown + cli(COMMAND).stdout).splitlines())) <= 80


def test_csv_has_a_row_for_each_part(cli):
    rows = rows_of(cli, SEVERAL)
    expected = [
        (each["network"], part["name"], part["macs"]) for each in results_of(cli, SEVERAL) for part in each["parts"]
    ]
    assert [(row["network"], row["part"], int(row["macs"])) for row in rows] == expected
    assert {row["image"] for row in rows} == {"600x1000"}


NET = """
from torch import nn
def net(width=8):
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(width, 2 * width, 3, padding=1),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2 * width * 64, 10), nn.Linear(10, 5),
    )
def pooled(width=8):
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1), nn.Conv2d(width, 16, 3, stride=2, padding=1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 5),
    )
"""


def test_a_network_of_others_with_its_arguments(cli, tmp_path):
    (tmp_path / "net.py").write_text(NET)
    source = tmp_path / "net.py"
    options = "--input 3x32x32 --set width=4 --image 64x96 --proposals 10"
    (result,) = results_of(cli, f"detector faster-rcnn {source}:pooled {options}")
    base, _, subnet, _ = result["parts"]
    # 3 to 4 channels at 64·96 positions; 4 to 16 channels, from RoIs of 32·32 to 16·16 positions.
    assert (base["macs"], subnet["macs"]) == (64 * 96 * 9 * 3 * 4, 10 * 16 * 16 * 9 * 4 * 16)
    refused = cli(f"detector faster-rcnn {source}:net {options}")
    assert (refused.code, refused.stderr.count("\n")) == (2, 1)  # its classifier takes no other image


def test_each_remark_names_its_networks(cli):
    shown = one_paragraph(cli("detector faster-rcnn VGG-16 ResNet-20 GoogLeNet").stdout)
    assert "VGG-16: Faster R-CNN (arXiv 1506.01497) says" in shown
    assert "ResNet-20, GoogLeNet: Split as ResNets are (arXiv 1512.03385, Appendix A)" in shown
    assert "1512.03385" not in cli("detector faster-rcnn ResNet-20 --subnet stage3").stdout


def test_shapes_of_other_images_and_regions(cli):
    (result,) = results_of(cli, "detector faster-rcnn VGG-16 --roi 3x5 --image 320")
    assert (result["image"], result["roi"], result["replaced"]) == ([320, 320], [3, 5], True)
    # The first fully connected layer takes 512 channels of RoIs, of which there are 300.
    assert result["parts"][2]["macs"] == 300 * (512 * 15 * 4096 + 4096**2)
