"""Architecture tables against Table I of the paper, cell by cell."""

import pytest
from paper import TABLE_I

from menet_design import count, parse
from menet_design.analysis.layout import layout
from menet_design.errors import DesignError
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import chain


def lay_out(*sources):
    return layout([count(source) for source in sources])


@pytest.fixture(scope="module")
def table_1():
    return lay_out("228-MENet-12x1/3", "256-MENet-12x1/4", "352-MENet-12x1/8")


def test_every_cell_equals_the_papers(table_1):
    lines = [(line.stage, line.size, list(line.cells), line.is_shared) for line in table_1.lines]
    assert lines == [
        (stage, size, cells if len(cells) == 3 else cells * 3, len(cells) == 1) for stage, size, cells in TABLE_I
    ]


def test_the_columns_and_their_flops(table_1):
    assert table_1.titles == ("228-MENet-12×1 (g = 3)", "256-MENet-12×1 (g = 4)", "352-MENet-12×1 (g = 8)")
    assert table_1.names == ("228-MENet-12x1/3", "256-MENet-12x1/4", "352-MENet-12x1/8")
    assert [macs // 10**6 for macs in table_1.macs] == [144, 140, 144]  # last row: 144, 140 and 144 × 10⁶


def test_networks_of_several_resolutions_stems_and_classes_show_where_they_differ():
    # 192 halves to 96, then 24, 12, 6 after the four others and the three stages.
    design = parse("228-MENet-12x1/3")
    sizes = [line.size for line in lay_out(design, design.but(resolution=192)).lines if line.size]
    assert sizes == ["224×224, 192×192", "112×112, 96×96", "28×28, 24×24", "14×14, 12×12", "7×7, 6×6", "1×1"]
    lines = lay_out(design, design.but(stem=48, classes=10)).lines
    assert lines[1].cells == ("3×3 conv, 24, /2", "3×3 conv, 48, /2")
    assert lines[-1].cells[1] == "global average pool, 10-d fc, softmax"
    with pytest.raises(DesignError, match="VGG-16 are not laid out in the same lines"):
        lay_out(design, "VGG-16")


def test_a_convolution_is_called_by_its_groups_and_its_windows():
    # A single channel read by a single one is no depthwise convolution.
    builder = BlockBuilder(1, 9, 16)
    x = builder.conv("single", builder.input, 1, (1, 3), (1, 2))
    x = builder.conv("depthwise", builder.conv("wide", x, 4), 4, 3, 2, groups=4)
    builder.conv("grouped", builder.pool("pool", x, "average", 2, (2, 1)), 6, groups=2)
    lines = lay_out(chain((1, 9, 16), {"stage1": builder.block(), "tail": builder.block("unit")})).lines
    assert [(line.stage, line.size, *line.cells) for line in lines] == [
        ("", "9×16", "Image"),
        ("Stage 1", "9×8", "1×3 conv, 1, /1×2"),
        ("", "", "1×1 conv, 4"),
        ("", "", "3×3 dw conv, 4, /2"),
        ("", "", "2×2 average pool, /2×1"),
        ("", "", "1×1 conv, 6, g = 2"),
        ("Tail", "2×3", "unit, 6, /2"),
    ]
