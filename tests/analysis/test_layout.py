"""Architecture tables against Table I of the paper, cell by cell."""

import pytest
from paper import TABLE_I

from menet_design.analysis.cost import count
from menet_design.analysis.layout import layout
from menet_design.search.naming import parse


def lay_out(*designs):
    return layout([count(design) for design in designs])


@pytest.fixture(scope="module")
def table_1():
    return lay_out(*map(parse, ("228-MENet-12x1/3", "256-MENet-12x1/4", "352-MENet-12x1/8")))


@pytest.mark.parametrize("row", range(len(TABLE_I)))
def test_every_cell_equals_the_papers(table_1, row):
    stage, size, cells = TABLE_I[row]
    line = table_1.lines[row]
    assert (line.stage, line.size) == (stage, size)
    assert list(line.cells) == (cells if len(cells) == 3 else cells * 3)
    assert line.is_shared == (len(cells) == 1)


def test_there_are_no_more_lines(table_1):
    assert len(table_1.lines) == len(TABLE_I)


def test_the_columns_and_their_flops(table_1):
    assert table_1.titles == ("228-MENet-12×1 (g = 3)", "256-MENet-12×1 (g = 4)", "352-MENet-12×1 (g = 8)")
    assert table_1.names == ("228-MENet-12x1/3", "256-MENet-12x1/4", "352-MENet-12x1/8")
    assert [macs // 10**6 for macs in table_1.macs] == [144, 140, 144]  # last row: 144, 140 and 144 × 10⁶


def test_one_design_shares_all_its_lines():
    assert all(line.is_shared for line in lay_out(parse("228-MENet-12x1/3")).lines)


def test_designs_of_several_resolutions_show_all_sizes():
    # 192 halves to 96, then 24, 12, 6 after the four others and the three stages.
    design = parse("228-MENet-12x1/3")
    sizes = [line.size for line in lay_out(design, design.but(resolution=192)).lines if line.size]
    assert sizes == ["224×224, 192×192", "112×112, 96×96", "28×28, 24×24", "14×14, 12×12", "7×7, 6×6", "1×1"]


def test_stems_and_classes_show_where_they_differ():
    lines = lay_out(parse("228-MENet-12x1/3"), parse("228-MENet-12x1/3", stem=48, classes=10)).lines
    assert lines[1].cells == ("3×3 conv, 24, /2", "3×3 conv, 48, /2")
    assert lines[-1].cells[1] == "global average pool, 10-d fc, softmax"


def test_a_convolution_of_one_channel_is_no_depthwise_one():
    # 1-VGG-16 has 1 channel in stage 1: its convolutions read 3 channels and 1.
    lines = lay_out(parse("1-VGG-16")).lines
    assert [line.cells[0] for line in lines[1:3]] == ["3×3 conv, 1", "3×3 conv, 1"]


def test_a_depthwise_convolution_is_called_so():
    cells = [line.cells[0] for line in lay_out(parse("20-EffNet-MobileNet")).lines]
    assert "3×3 dw conv, 20, /2" in cells
    assert "1×1 conv, 40" in cells
