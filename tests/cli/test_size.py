"""The command `size`: what it prints of sizes, and how far they are from the printed ones."""

import pytest
from answers import results_of, rows_of


def test_json_has_a_result_for_each_design_and_scheme(cli):
    results = results_of(cli, "size SEP-Net ResNet-20")
    schemes = ["float32", "float16", "int8", "pattern", "pattern+int8"]
    assert [(each["network"], each["scheme"]) for each in results] == [
        (name, scheme) for name in ("SEP-Net", "ResNet-20") for scheme in schemes
    ]
    for each in results:
        assert each["bits"] == sum(part["numbers"] * part["bits_each"] for part in each["parts"])
        assert each["bits"] == 8 * each["bytes"]
        assert type(each["bits"]) is int


def test_a_byte_that_is_not_full_is_one(cli):
    (result,) = results_of(cli, "size 17-ResNet-20 --scheme pattern --only stage1.conv")
    assert (result["bits"] % 8, result["bytes"]) == (3, result["bits"] // 8 + 1)


def test_the_distance_to_the_printed_size_is_computed(cli):
    results = results_of(cli, "size SEP-Net")
    printed = [each["printed_megabytes"] for each in results]
    assert printed == [5.2, None, None, 4.2, 1.3]  # arXiv 1706.03912
    shown = cli("size SEP-Net").stdout
    for each in results:
        expected = each["printed_megabytes"] and each["bytes"] / (each["printed_megabytes"] * 1e6) - 1
        assert each["deviation"] == (expected if expected is None else pytest.approx(expected))
        assert expected is None or f"({100 * each['deviation']:+.1f} %)".replace("-", "−") in shown


def test_a_width_that_is_not_published_has_no_printed_size(cli):
    assert {each["deviation"] for each in results_of(cli, "size 32-SEP-Net")} == {None}
    assert "printed" not in cli("size 32-SEP-Net").stdout


def test_csv_has_a_row_for_each_design_and_scheme(cli):
    rows = rows_of(cli, "size ResNet-20-B GoogLeNet --scheme float32")
    # The parameters of pytorchcv's ResNet-20, and of GoogLeNet with its biases.
    expected = {"ResNet-20-B": 4 * 272_474, "GoogLeNet": 4 * 6_998_552}
    assert {row["network"]: int(row["bytes"]) for row in rows} == expected


def test_the_share_of_binarized_weights_is_said_where_there_is_one(cli):
    shown = cli("size ResNet-20-3x3 --only '*.residual.*'").stdout
    assert "\nbinarized: 267,264 of 290,736 convolution weights\n" in shown
    assert "binarized" not in cli("size ResNet-20-3x3 --scheme int8").stdout


def test_what_the_authors_of_sepnet_binarized_is_said_and_can_be_asked_for(cli):
    for name, weights, kept in (("GoogLeNet", "3,585,792", "3,404,480"), ("ResNet-20-3x3", "267,264", "24,112")):
        printed = cli(f"size {name} --scheme pattern").stdout
        assert f"{weights} of" in printed
        assert f"{kept} of" in printed
        (command,) = (line.partition(": ")[2] for line in printed.splitlines() if line.startswith("size it so"))
        asked = cli(command.removeprefix("menet-design ")).stdout
        assert f"binarized: {weights} of" in asked
        assert "SEP-Net's authors" not in asked
    assert "SEP-Net's authors" not in cli("size ResNet-20-3x3 --scheme int8").stdout
