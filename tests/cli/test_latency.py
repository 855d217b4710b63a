"""The command `latency`: what it prints and writes of what was measured, and the figure of that."""

import json

import pytest
from answers import check_error, one_paragraph, results_of
from drawings import capture, faults, hidden_points

from menet_design import count, network
from menet_design.analysis.traffic import traffic
from menet_design.measurement import machine
from menet_design.measurement.conditions import Conditions
from menet_design.measurement.latency import Latency, Timed
from menet_design.measurement.machine import Machine
from menet_design.measurement.parts import Part
from menet_design.report import latency as report
from menet_design.report.export import render
from menet_design.report.units import milliseconds


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Peaks of small matrices and copies: how high they are is not asked here."""
    monkeypatch.setattr(machine, "_SIDE", 16)
    monkeypatch.setattr(machine, "_COPIED", 16)


NAMES = ("352-MENet-12x1/8", "96-ResNet-15", "228-MENet-12x1/3")
RUN = "latency 32-MENet-8x1/4 32-MENet-8x1/8 --resolution 32 --seconds 0"


def measured(*seconds, engine="eager"):
    """Networks that took so many seconds in each of some rounds, on a machine of 10 GMAC/s and 5 GB/s."""
    machine = Machine("x86_64, AVX2, 2 cores", "torch 2.13.0", 10e9, 5e9)
    timed = [
        Timed(traffic(network(name), fused=engine == "onnxruntime"), tuple(each))
        for name, each in zip(NAMES, seconds, strict=False)
    ]
    return Latency(Conditions(engine), machine, tuple(timed))


def printed(found):
    return one_paragraph(render(report.latency(found), "table"))


# A round is slow for both; the first always takes twice as long.
ROUNDS = [0.010 + 0.001 * index for index in range(11)]
TWICE = [2 * each for each in ROUNDS]


def test_the_first_line_says_which_is_fastest_and_by_what_factor():
    assert printed(measured(TWICE, ROUNDS)).startswith(
        "96-ResNet-15 is fastest, 15.0 ms: 352-MENet-12×1 (g = 8) takes 2.00 (2.00 to 2.00) times as long"
    )


def test_the_fastest_is_that_of_rounds_and_not_of_seconds():
    # In the last six of eleven rounds the machine was slow; of one, in the sixth only: its median is higher.
    steady = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0]
    quicker = [0.9, 0.9, 0.9, 0.9, 0.9, 3.0, 8.0, 8.0, 8.0, 8.0, 8.0]
    assert printed(measured(steady, quicker)).startswith("96-ResNet-15 and 352-MENet-12×1 (g = 8) cannot be told apart")


def test_it_says_what_cannot_be_told_apart():
    found = printed(measured(TWICE, ROUNDS, ROUNDS[::-1]))
    assert found.startswith("96-ResNet-15 and 228-MENet-12×1 (g = 3) cannot be told apart on this machine")
    assert "228-MENet-12×1 (g = 3) takes 1.00 (0.50 to 2.00) times as long" in found
    assert "≈ 1.00" in found


def test_one_alone_is_as_fast_as_it_is():
    found = printed(measured(TWICE))
    assert found.startswith("352-MENet-12×1 (g = 8): 30.0 ms in torch 2.13.0 eager, 1 thread, float32")
    assert "≈" not in found


def test_a_row_has_medians_quartiles_bytes_and_the_roofline():
    document = report.latency(measured(TWICE, ROUNDS))
    first, second = document.results[0]["networks"]
    # The 6th of 11 rounds; the quartiles are the means of the 3rd and 4th, and of the 8th and 9th.
    assert [second[key] for key in ("ms", "ms_q1", "ms_q3")] == pytest.approx([15, 12.5, 17.5])
    assert (second["rounds"], first["ratio"], first["slower"]) == (11, pytest.approx(2), True)
    moved = traffic(network(NAMES[1]))
    assert (second["macs"], second["bytes"]) == (143_987_712, moved.bytes)
    slowest = (max(each.row.macs / 10e9, each.bytes / 5e9) for each in moved.movements)
    assert second["roofline_ms"] == pytest.approx(1e3 * sum(slowest))


def test_a_result_shows_itself():
    found = measured(TWICE, ROUNDS)
    assert found.to_dict() == json.loads(json.dumps(report.latency(found).results[0]))
    assert list(found.to_frame()["network"]) == list(NAMES[:2])
    assert "<td>96-ResNet-15" in found._repr_html_()


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(0.01234, "0.0123"), (1, "1.00"), (9.994, "9.99"), (41.62, "41.6"), (999.4, "999"), (1234, "1,234")],
)
def test_milliseconds_have_three_digits(ms, shown):
    assert milliseconds(ms) == shown


def test_it_measures_what_is_named(cli):
    (result,) = results_of(cli, RUN)
    assert set(result) == {
        *("engine", "threads", "channels_last", "precision", "software", "machine", "by", "networks"),
        *("peak_macs_per_second", "peak_bytes_per_second"),
    }
    assert [each["network"] for each in result["networks"]] == ["32-MENet-8x1/4", "32-MENet-8x1/8"]
    assert [each["macs"] for each in result["networks"]] == [
        count(each["network"], resolution=32).macs for each in result["networks"]
    ]
    assert 1 in [each["ratio"] for each in result["networks"]]
    assert all(each["ms_q1"] <= each["ms"] <= each["ms_q3"] and each["rounds"] == 11 for each in result["networks"])


def test_layers_have_bytes_intensity_and_what_they_reach_of_the_roofline():
    moved = traffic(network(NAMES[0]))
    layers = tuple(Part(each.row.name, 0.002, (each,)) for each in moved.movements)
    found = Latency(Conditions(by="layer"), measured().machine, (Timed(moved, tuple(ROUNDS), layers),))
    document = report.latency(found)
    *rows, total = document.table.records
    assert (total["macs"], total["bytes"]) == (144_281_024, moved.bytes)
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    first = rows[0]  # 24 channels on 112×112 from 3 on 224×224 by 3×3 kernels, of 10 GMAC/s and 5 GB/s
    macs, elements = 27 * 24 * 112**2, 3 * 224**2 + 27 * 24 + 24 * 112**2
    assert (first["name"], first["intensity"]) == ("stage1.conv", macs / (4 * elements))
    assert first["reached"] == pytest.approx(max(macs / 10e9, 4 * elements / 5e9) / 0.002)
    (record,) = (each for each in document.records if each["name"] == "stage1.conv")
    assert (record["network"], record["engine"], record["ms"]) == (NAMES[0], "eager", 2)


NET = "from torch import nn\ndef Net(width=4): return nn.Sequential(nn.Conv2d(3, width, 1), nn.ReLU())\n"


def test_it_measures_any_network_by_layer(cli, tmp_path):
    path = tmp_path / "net.py"
    path.write_text(NET)
    run = cli(f"latency {path}:Net --input 3x8x8 --set width=5 --batch 2 --seconds 0 --by layer --format json")
    (each,) = json.loads(run.stdout)["results"][0]["networks"]
    assert {part["name"]: part["macs"] for part in each["parts"]} == {"0": 2 * 64 * 15, "1": 0, "": None}
    lines = cli(f"latency {path}:Net --input 3x8x8 --seconds 0 --by type").stdout.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("type "))
    assert {line[:10].rstrip() for line in lines[start + 1 : start + 4]} == {"1×1 conv", "activation", "functions"}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("latency 352-MENet-12x1/8 --engine tvm", "'tvm'"),
        ("latency 352-MENet-12x1/8 --threads 0", "threads 0 is not a whole number"),
        ("latency 352-MENet-12x1/8 --seconds -1", "-1 seconds are no time"),
        ("latency 352-MENet-12x1/8 --engine compiled --by layer", "compiled joins layers"),
        ("latency model.pt2", "model.pt2"),
        ("latency 230-MENet-12x1/3", "Nearest legal widths: 228, 240"),
        ("plot latency -o x.png", "Give --points measured.csv"),
        ("plot latency VGG-16 -o x.png", "latency draws what was measured"),
        ("plot latency --points {csv} --budget 3 -o x.png", "--budget is not for latency"),
    ],
)
def test_it_refuses(cli, tmp_path, command, says):
    check_error(cli(command.format(csv=tmp_path / "none.csv")), says)


HEADER = "network,macs,ms,ms_q1,ms_q3,engine\n"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "has no rows"),
        ("VGG-16,1e9,,1,2,eager\n", "row 2 of measured.csv has no ms"),
        ("VGG-16,1e9,5,1,2,eager\n", "row 2 of measured.csv: 5 is not between its quartiles"),
        ("VGG-16,-1,5,5,5,eager\n", "row 2 of measured.csv: '-1' is no amount"),
        ("VGG-16,1e9,nan,nan,nan,eager\n", "row 2 of measured.csv: 'nan' is no amount"),
    ],
)
def test_a_table_that_is_none_is_refused(cli, tmp_path, rows, says):
    (tmp_path / "measured.csv").write_text(HEADER + rows)
    check_error(cli(f"plot latency --points {tmp_path / 'measured.csv'} -o {tmp_path / 'x.png'}"), says)


def test_what_was_measured_is_drawn(cli, tmp_path, monkeypatch):
    path = tmp_path / "measured.csv"
    documents = [report.latency(measured(TWICE, ROUNDS, engine=engine)) for engine in ("eager", "onnxruntime")]
    tables = [render(document, "csv") for document in documents]
    path.write_text(tables[0] + tables[1].partition("\n")[2])
    (figure,) = capture(monkeypatch, lambda: cli(f"plot latency --points {path} -o {tmp_path / 'x.png'}"))
    (axes,) = figure.axes
    assert (faults(figure), hidden_points(axes)) == (([], []), [])
    first = axes.lines[0]
    assert list(zip(*first.get_data(), strict=True)) == [
        (pytest.approx(144.281024), pytest.approx(30)),
        (pytest.approx(143.987712), pytest.approx(15)),
    ]
    assert (axes.get_ylim()[0], axes.get_xlabel(), axes.get_ylabel()) == (0, "MFLOPs (multiply-adds)", "latency  (ms)")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["eager", "onnxruntime"]
