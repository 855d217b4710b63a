"""Memory over time, drawn: the same bytes each time, in black and white, with the names of what is alive."""

import re
from functools import partial

import pytest
from drawings import capture, faults
from matplotlib.figure import Figure

from menet_design import memory, network
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain
from menet_design.report import memory_figures

FOUND = memory("352-MENet-12x1/8")


def drawn(tmp_path, *found):
    memory_figures.over_time(found, tmp_path / "memory.svg", force=True)
    return (tmp_path / "memory.svg").read_text(encoding="utf-8")


def test_it_names_what_is_alive_at_the_peak_and_the_wide_stages(tmp_path):
    text = drawn(tmp_path, FOUND, memory("ResNet-20", in_place=True))
    names = [tensor.name for tensor in FOUND.highest.alive]
    assert names == ["stage2.0.output.relu", "stage2.1.residual.expand", "stage2.1.residual.expand_norm"]
    for shown in (*names, "stage1.relu", "3.31 MB", "stage2", "stage3", "stage4"):
        assert f"{shown}</text>" in text or f"{shown} at the peak" in text
    assert "classifier</text>" not in text  # which has no room


@pytest.mark.parametrize(
    "names", [["352-MENet-12x1/8"], ["GoogLeNet"], ["228-MENet-12x1/3", "ResNet-20", "1x-MobileNetV2-224"]], ids=str
)
def test_no_word_is_cut_or_hides_another(tmp_path, monkeypatch, names):
    found = [memory(name, in_place=True) for name in names]
    draw = partial(memory_figures.over_time, found, tmp_path / "memory.svg", force=False)
    assert [faults(figure) for figure in capture(monkeypatch, draw)] == [([], [])]


def test_it_is_the_same_file_each_time_and_black_and_white(tmp_path):
    text = drawn(tmp_path, FOUND)
    assert drawn(tmp_path, FOUND) == text
    colours = set(re.findall(r"#[0-9a-f]{6}", text))
    assert {colour for colour in colours if len({colour[1:3], colour[3:5], colour[5:7]}) > 1} == set()


def test_the_outline_is_the_bytes_that_are_alive_and_bands_fill_it():
    axes = Figure().subplots()
    memory_figures._draw(axes, FOUND)
    heights = [1e6 * height for height in axes.lines[0].get_ydata()]
    assert heights == pytest.approx([moment.bytes for moment in FOUND.moments])
    tops = [band.get_paths()[0].vertices[:, 1].max() for band in axes.collections]
    assert max(tops) == pytest.approx(FOUND.peak / 1e6)
    assert len(axes.collections) == len(FOUND.highest.alive) + 1  # the last is all others


def test_names_that_begin_with_an_underscore_are_shown(tmp_path):
    builder = BlockBuilder(3, 8, 8)
    builder.relu("relu", builder.conv("conv", builder.input, 4))
    text = drawn(tmp_path, memory(chain((3, 8, 8), {"_stem": builder.block()})))
    assert "_stem.conv</text>" in text


def test_only_so_many_tensors_are_named_as_can_be_told_apart(tmp_path):
    several = memory(network("GoogLeNet"), in_place=True)
    text = drawn(tmp_path, several)
    assert sum(f"{tensor.name}</text>" in text for tensor in several.highest.alive) <= 4
