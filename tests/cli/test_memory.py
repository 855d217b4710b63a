"""The command `memory`: what it prints of the peak, of what is alive, and of parameters beside it."""

import pytest
from answers import results_of, rows_of

RESULT = {"network", "family", "dtype", "in_place", "peak", "at", "params", "scheme", "stored_bytes", "total"}
NAME = "352-MENet-12x1/8"


def test_json_has_the_peak_what_is_alive_then_and_every_layer(cli):
    (result,) = results_of(cli, f"memory {NAME}")
    assert set(result) == RESULT | {"alive", "layers"}
    assert (result["peak"], result["at"]) == (3_311_616, "stage2.1.residual.expand_norm")
    # The authors' released model has 2,272,872 parameters.
    assert (result["params"], result["stored_bytes"]) == (2_272_872, 4 * 2_272_872)
    assert result["total"] == result["peak"] + result["stored_bytes"]
    assert sum(tensor["bytes"] for tensor in result["alive"]) == result["peak"]
    assert max(layer["bytes"] for layer in result["layers"]) == result["peak"]
    assert all(type(layer["bytes"]) is int and layer["alive"] for layer in result["layers"])


def test_types_and_in_place_are_those_that_are_asked_for(cli):
    results = results_of(cli, f"memory {NAME} ShuffleNet-1x/3 --dtype int8 --in-place --scheme pattern")
    assert [(each["peak"], each["scheme"]) for each in results] == [(627_200, "pattern"), (451_584, "pattern")]
    assert {(each["dtype"], each["in_place"]) for each in results} == {("int8", True)}


def test_csv_has_a_row_for_each_network_tensor_or_layer(cli):
    (row,) = rows_of(cli, f"memory {NAME} --in-place")
    assert int(row["peak"]) == 2_508_800
    tensors = rows_of(cli, f"memory {NAME} ResNet-20 --by tensor")
    assert [int(each["bytes"]) for each in tensors if each["network"] == NAME] == [4 * 352 * 28**2] * 3
    layers = rows_of(cli, f"memory {NAME} --by layer")
    assert (layers[0]["name"], layers[0]["output"], layers[0]["bytes"]) == (
        "stage1.conv",
        "24x112x112",
        str(4 * (3 * 224**2 + 24 * 112**2)),
    )


def test_the_peak_is_marked_once_among_the_layers(cli):
    (marked,) = (line for line in cli(f"memory {NAME} --by layer").stdout.splitlines() if "← peak" in line)
    assert marked.startswith("stage2.1.residual.expand_norm ")


def test_any_network_has_it(cli, tmp_path):
    path = tmp_path / "net.py"
    path.write_text("from torch import nn\ndef Net(width=4): return nn.Sequential(nn.Conv2d(3, width, 1), nn.ReLU())\n")
    (result,) = results_of(cli, f"memory {path}:Net --input 3x8x8 --set width=5")
    assert (result["peak"], result["at"]) == (4 * (5 + 5) * 64, "1")


@pytest.mark.parametrize("options", ["", "--in-place", "--by layer", "--dtype int8"])
def test_it_is_drawn_into_a_file(cli, tmp_path, options):
    path = tmp_path / "memory.svg"
    result = cli(f"memory {NAME} ResNet-20 {options} --plot", path)
    assert (result.code, path.read_text().count("<svg")) == (0, 1)
