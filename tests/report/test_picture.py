"""Pictures of networks: all that a unit does is drawn, every arrow leads somewhere, and every word can be read."""

import re
import string
from collections import Counter
from copy import copy
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from drawings import capture, faults, out_of_boxes
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from matplotlib.textpath import TextPath

import menet_design
from menet_design import DesignError, families, network
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Network, chain, grouped
from menet_design.graph.operation import Operation
from menet_design.report.drawing import Arrow, Box, Drawing, fold, wide
from menet_design.report.drawing import Text as Words
from menet_design.report.drawing_files import svg, write
from menet_design.report.figures import COLUMN_WIDTH
from menet_design.report.picture import COLUMN, SCREEN, picture
from menet_design.report.picture_graph import graph
from menet_design.report.picture_nodes import Node, nodes, runs, units

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*found, unit=False):
    """A picture, and its parts, the networks and their units, as XML."""
    root = ElementTree.fromstring(svg(picture(found, unit)))
    return root, [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}rect") is not None]


def words(part):
    return [text.text for text in part.iter(f"{SVG}text")]


@cache
def width_of_ten(text, bold):
    """The width of a text in DejaVu Sans of 10 pixels, wider than Helvetica and Arial."""
    path = TextPath((0, 0), text, size=10, prop={"family": "DejaVu Sans", "weight": "bold" if bold else "normal"})
    return path.get_extents().x1


def text_box(text):
    x, y, size = (float(text.get(key)) for key in ("x", "y", "font-size"))
    width = width_of_ten(text.text, bool(text.get("font-weight"))) * size / 10
    left = x - width / 2 if text.get("text-anchor") == "middle" else x
    return left, y - 0.75 * size, left + width, y + 0.2 * size


def frame(rectangle):
    x, y, width, height = (float(rectangle.get(key)) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def overlap(a, b):
    """Whether rectangles have more than a border in common; borders are written with six digits."""
    return a[0] < b[2] - 0.001 and b[0] < a[2] - 0.001 and a[1] < b[3] - 0.001 and b[1] < a[3] - 0.001


def contains(a, b):
    return a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]


def segments(line):
    return pieces([tuple(map(float, point.split(","))) for point in line.get("points").split()])


def along(a, b):
    """Whether two upright or level pieces of lines have more than a point in common."""
    ways = [(0, 1), (1, 0)]
    return any(
        a[own] == a[own + 2] == b[own] == b[own + 2] and min(a[by + 2], b[by + 2]) - max(a[by], b[by]) > 0.001
        for own, by in ways
    )


def pieces(points):
    for (x0, y0), (x1, y1) in pairwise(points):
        yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def placed(part, left=0.0, top=0.0):
    """The rectangles of a part's texts, boxes and pieces of lines, where they stand in the picture."""
    if part.get("transform"):
        x, y = map(float, re.findall(r"[\d.]+", part.get("transform")))
        left, top = left + x, top + y
    for each in part:
        kind = each.tag.removeprefix(SVG)
        found = READERS.get(kind, lambda element: ())(each)
        yield from ((kind, (x0 + left, y0 + top, x1 + left, y1 + top)) for x0, y0, x1, y1 in found)
        yield from placed(each, left, top) if kind == "g" else ()


READERS = {"text": lambda text: [text_box(text)], "rect": lambda box: [frame(box)], "polyline": segments}


@st.composite
def graphs(draw):
    """Nodes of which each but the first reads some of those before it, with words on their lines."""
    found = []
    for index in range(draw(st.integers(1, 12))):
        names = draw(st.lists(st.sampled_from([node.name for node in found]), max_size=3)) if found else []
        lines, words = (
            draw(st.sampled_from([("Add",), ("3×3 Conv", "8×8×8")])),
            draw(st.sampled_from([(), ("BN", "ReLU")])),
        )
        found.append(Node(str(index), lines, tuple(names), words))
    return found


@given(graphs(), st.sampled_from([SCREEN, COLUMN]))
@settings(max_examples=100)
def test_no_line_of_any_graph_runs_through_a_box_or_words_or_along_a_line_from_elsewhere(found, style):
    shapes = list(graph(style.title("title"), found, style).flat())
    boxes = [(each.x, each.y, each.x + each.width, each.y + each.height) for each in shapes if isinstance(each, Box)]
    texts = [
        (each.x, each.y - 0.75 * each.size, each.x + each.width, each.y)
        for each in shapes
        if isinstance(each, Words) and each.anchor == "start"
    ]
    lines = [(arrow, piece) for arrow in shapes if isinstance(arrow, Arrow) for piece in pieces(arrow.points)]
    assert [pair for pair in combinations(boxes, 2) if overlap(*pair)] == []
    assert [pair for pair in ((line, other) for _, line in lines for other in boxes + texts) if overlap(*pair)] == []
    apart = (
        (a, b)
        for (one, a), (other, b) in combinations(lines, 2)
        if one.source != other.source and one.target != other.target
    )
    assert [pair for pair in apart if along(*pair)] == []


# Two inputs, of which one skips a block, and a block that two others read.
LARGE, SMALL = (4, 8, 6), (4, 4, 3)
FORKED = (
    Operation("stem.left", "conv", ("input",), ((4, 8, 6),), LARGE, "", (1, 1), (1, 1), 2),
    Operation("stem.add", "add", ("stem.left", "input1"), (LARGE, LARGE), LARGE),
    Operation("mid.conv", "conv", ("stem.add",), (LARGE,), SMALL, "", (3, 3), (2, 2), 4),
    Operation("side.pool", "pool", ("stem.add",), (LARGE,), SMALL, "average", (2, 2), (2, 2)),
    Operation("tail.concat", "concat", ("mid.conv", "side.pool"), (SMALL, SMALL), (8, 4, 3)),
)
DAG = Network(
    blocks=grouped(FORKED, lambda name: name.partition(".")[0]),
    inputs=(LARGE, LARGE),
    outputs=("tail.concat",),
    title="forked",
)
DRAWN = {design.name: network(design) for design, _ in families.published()} | {"DAG": DAG}


FORMS = {
    **{name: ([found], False) for name, found in DRAWN.items()},
    **{f"unit of {name}": ([found], True) for name, found in list(DRAWN.items())[::4]},
    "several": (list(DRAWN.values())[::12], False),
    "units of several": (list(DRAWN.values())[::12], True),
}


@pytest.mark.parametrize(("found", "unit"), FORMS.values(), ids=FORMS)
def test_words_can_be_read_and_no_line_runs_through_a_box(found, unit):
    root, _ = drawn(*found, unit=unit)
    whole = 0, 0, float(root.get("width")), float(root.get("height"))
    root.remove(root.find(f"{SVG}rect"))  # the page
    by_kind = {kind: [box for own, box in placed(root) if own == kind] for kind in READERS}
    texts, boxes, lines = by_kind.values()
    assert [pair for each in (texts, boxes) for pair in combinations(each, 2) if overlap(*pair)] == []
    assert all(contains(box, text) for text in texts for box in boxes if overlap(text, box))
    assert [pair for pair in ((line, other) for line in lines for other in texts + boxes) if overlap(*pair)] == []
    assert all(contains(whole, box) for box in texts + boxes + lines)
    assert whole[2] <= (COLUMN_WIDTH * 96 if unit else 1400)


READ = {
    "a network": "228-MENet-12x1/3",
    "branches": "GoogLeNet",
    "several": "228-MENet-12x1/3 ResNet-20",
    "a unit": "352-MENet-12x1/8 --unit",
    "units": "1x-MobileNetV2-224 ShuffleNet-1x/3 GoogLeNet EffNet-CIFAR10 --unit",
}


@pytest.mark.parametrize("command", READ.values(), ids=READ)
def test_pixels_of_words_are_cut_by_nothing_and_hide_no_other(cli, tmp_path, monkeypatch, command):
    path = tmp_path / "figure.png"
    (figure,) = capture(monkeypatch, lambda: cli(f"picture {command} --output", path), dpi=200)
    assert faults(figure) == ([], [])
    assert out_of_boxes(figure) == []
    assert (figure.get_figwidth() <= COLUMN_WIDTH) == ("--unit" in command)
    assert min(text.get_fontsize() for text in figure.findobj(Text)) > 6


def test_what_cannot_be_read_is_found(tmp_path, monkeypatch):
    shapes = Box(10, 10, 30, 20), Words(12, 25, "too long", 11), Words(14, 27, "over it", 11), Words(70, 30, "cut", 11)
    (figure,) = capture(monkeypatch, lambda: write(Drawing(shapes, 80, 40), tmp_path / "a.png", force=False))
    cut, both = faults(figure)
    assert (set(cut), set(both)) == ({"cut", "ink at the edge"}, {("too long", "over it"), "ink on ink"})
    assert out_of_boxes(figure) == ["too long", "over it"]


WORDS = {
    "norm": "BN", "relu": "ReLU", "relu6": "ReLU6", "leaky relu": "Leaky", "sigmoid": "Sigmoid", "shuffle": "shuffle",
    "product": "Product", "add": "Add", "concat": "Concat", "pad": "Zero",
}  # fmt: skip


def arrows(part):
    return [(line.get("data-from"), line.get("data-to")) for line in part.iter(f"{SVG}polyline")]


@pytest.mark.parametrize(
    "found", [*(next(iter(families.family(name).published)) for name in families.FAMILIES), DAG], ids=str
)
def test_every_operation_is_drawn_and_every_arrow_has_its_ends(found):
    found = network(found)
    _, (column, *parts) = drawn(found)
    assert arrows(column) == [(source, node.name) for node in runs(found) for source in node.inputs]
    for block, part in zip(units(found), parts, strict=True):
        boxes = nodes(block)
        assert arrows(part) == [(source, node.name) for node in boxes for source in node.inputs]
        assert {end for arrow in arrows(part) for end in arrow} == {node.name for node in boxes}
        said = Counter(" ".join(words(part)[1:]).replace("Leaky ReLU", "Leaky").split())
        kinds = Counter(op.variant if op.kind in ("pool", "activation") else op.kind for op in block.operations)
        assert {kind: said[word] for kind, word in WORDS.items()} == {kind: kinds[kind] for kind in WORDS}
        windows = sum(bool(re.match(r"(D?W?G?Conv|\w+Pool),?$", word)) for word in said.elements())
        assert windows == kinds["conv"] + kinds["max"] + kinds["average"]


def test_two_inputs_and_a_fork_are_arrows_of_their_own():
    _, (column, *_) = drawn(DAG)
    assert arrows(column) == [
        ("input", "stem.add"),
        ("input1", "stem.add"),
        ("stem.add", "mid.conv"),
        ("stem.add", "side.pool"),
        ("mid.conv", "tail.concat"),
        ("side.pool", "tail.concat"),
        ("tail.concat", "output 0"),
    ]


def test_the_me_module_is_that_of_figure_3():
    _, (column, standard, downsampling) = drawn(network("228-MENet-12x1/3"))
    assert words(standard)[0] == "ME module (stage2.1)"
    assert words(downsampling)[0] == "ME module, /2 (stage3.0)"
    assert {"1×1 GConv, g = 3", "Channel shuffle", "3×3 DWConv", "BN Sigmoid", "Product", "Add"} <= {*words(standard)}
    assert {"3×3 DWConv, /2", "3×3 Conv, /2", "3×3 AvgPool, /2", "Concat"} <= {*words(downsampling)}
    assert {"ME module ×7", "stage3.1 to stage3.7", "228×28×28", "3×224×224", "1000×1×1"} <= {*words(column)}


def test_what_two_operations_read_before_its_norm_keeps_the_norm_in_a_box():
    builder = BlockBuilder(8, 4, 4)
    x = builder.conv("conv", builder.input, 8)
    shared = builder.relu("relu", builder.norm("norm", x))
    builder.pad("pad", builder.linear("fc", builder.add("add", shared, x), 4), 6)
    block = builder.block()
    assert [node.name for node in nodes(block)][:4] == ["input", "conv", "norm", "add"]
    blocks = chain((8, 4, 4), {"stage1": block}).blocks
    said = svg(picture([Network(title="A & B", inputs=((8, 4, 4),), blocks=blocks)]))
    assert [word for word in ("BN", "ReLU", "Fully connected", "Zero channels") if f">{word}<" not in said] == []
    assert ElementTree.fromstring(said).find(f"{SVG}title").text == "A & B"


def test_products_and_norms_alone_and_names_of_strangers_are_drawn():
    shape = (8, 4, 4)
    product = Operation("a.\x01", "matmul", ("input", "input"), (shape, shape), shape, kernel=(8,))
    norm = Operation("b.norm", "norm", ("a.\x01",), (shape,), shape, "layer")
    blocks = grouped((product, norm), lambda name: name.partition(".")[0])
    _, (column, unit) = drawn(Network(title="\x02", inputs=(shape,), blocks=blocks))
    assert words(column) == ["\\x02", "Image", "8×4×4", "Matrix product", "a", "8×4×4", "LN", "b", "8×4×4", "Output"]
    assert words(unit)[1:] == ["Input", "8×4×4", "Matrix product", "8×4×4", "Output", "8×4×4"]


def test_every_output_has_an_arrow():
    several = replace(DAG, outputs=("mid.conv", "tail.concat"))
    _, (column, *_) = drawn(several)
    assert arrows(column)[-2:] == [("mid.conv", "output 0"), ("tail.concat", "output 1")]
    assert words(column)[-2:] == ["Output 1", "Output 2"]


def test_blocks_of_which_one_is_an_output_are_not_drawn_as_one():
    builder = BlockBuilder(8, 4, 4)
    builder.conv("conv", builder.input, 8)
    found = chain((8, 4, 4), {"stage1": [builder.block("unit")] * 3})
    assert len(runs(found)) == 3
    assert len(runs(replace(found, outputs=("stage1.1.conv", "stage1.2.conv")))) == 5


def test_networks_stand_side_by_side_under_their_titles_and_their_units_below():
    names = ("228-MENet-12x1/3", "352-MENet-12x1/8")
    root, parts = drawn(*map(network, names))
    titles = ["228-MENet-12×1 (g = 3)", "352-MENet-12×1 (g = 8)"]
    assert [words(part)[0] for part in parts] == [*titles, *["ME module (stage2.1)", "ME module, /2 (stage3.0)"] * 2]
    assert [text for text in words(root) if text in titles] == titles * 2
    assert [words(part)[0] for part in drawn(network(names[0]), unit=True)[1]] == [
        words(part)[0] for part in parts[2:4]
    ]


def test_a_unit_has_the_numbers_of_its_design():
    """Section III-C: a bottleneck of w/4 channels, a fusion branch of k; twice the channels on half the map."""
    _, (standard, downsampling) = drawn(network("352-MENet-12x1/8"), unit=True)
    assert {"g = 8", "88×28×28", "12×28×28", "352×28×28", "Sigmoid", "ReLU"} <= {*words(standard)}
    assert {"g = 8", "176×14×14", "12×14×14", "704×14×14", "/2"} <= {*words(downsampling)}


@pytest.mark.parametrize("unit", [False, True])
def test_what_fig_2_adds_is_grey(unit):
    """Merging, and the two steps of evolution: 1×1 to k channels, 3×3, and 1×1 back to the bottleneck's w/4."""
    root, parts = drawn(network("352-MENet-12x1/8"), network("ShuffleNet-1x/3"), unit=unit)
    grey = [[frame(box) for box in part.iter(f"{SVG}rect") if box.get("class")] for part in parts]
    assert [len(boxes) for boxes in grey if boxes] == [3, 3]
    standard = 0 if unit else 2
    texts = [(text.text, text_box(text)) for text in parts[standard].iter(f"{SVG}text")]
    inside = [text for text, own in texts if any(contains(box, own) for box in grey[standard])]
    assert inside == ["1×1 Conv", "12×28×28", "3×3 Conv", "12×28×28", "1×1 Conv", "88×28×28"]
    assert words(root).count("grey: fusion branch (merge, evolve, match)") == 1


def test_assumptions_are_said_of_the_networks_that_have_them():
    names = ("ResNet-20", "228-MENet-12x1/3", "GoogLeNet")
    said = " ".join(words(drawn(*map(network, names))[0]))
    assert [said.count(f"assumption of {name}: ") for name in ("ResNet-20", "GoogLeNet")] == [2, 3]
    assert "assumption: units = basic" in " ".join(words(drawn(network("ResNet-20"))[0]))


@given(
    st.text(st.sampled_from(string.printable[:95] + "×·−…²³α"), max_size=20).map(lambda text: f"a{text}"), st.booleans()
)
@settings(max_examples=40)
def test_a_text_is_no_wider_than_it_is_taken_for(text, bold):
    assert width_of_ten(text, bold) <= wide(text, 10, bold)


@given(st.text("ab ,=", max_size=40), st.integers(0, 100))
def test_a_folded_text_is_the_same_text_and_no_wider_than_its_words(text, width):
    lines = fold(text, 10, width)
    assert " ".join(lines) == text
    assert all(wide(line, 10) <= width or " " not in line for line in lines)


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<svg"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")])
def test_the_ending_says_the_format_and_the_file_is_the_same_each_time(cli, tmp_path, ending, start):
    first, second = tmp_path / f"first.{ending}", tmp_path / f"second.{ending}"
    result = cli("picture 352-MENet-12x1/8 --unit --output", first)
    assert (result.code, result.stdout, result.stderr) == (0, "", f"wrote {first}\n")
    menet_design.picture("352-MENet-12x1/8", unit=True).save(second)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(start)


def test_a_file_is_not_replaced_and_other_endings_are_refused(tmp_path):
    picture = menet_design.picture(["ResNet-20", "VGG-16"])
    picture.save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == picture
    for name, says in {
        "a.svg": "exists. Give another name",
        "a.gif": "Known endings: .pdf, .svg, .eps, .png",
    }.items():
        with pytest.raises(DesignError, match=says):
            picture.save(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]
    assert copy(picture)._repr_svg_() == picture


def test_a_picture_too_large_for_dots_is_refused_before_it_is_drawn(tmp_path):
    with pytest.raises(DesignError, match=r"100×1000 inches is too large for dots\. Write \.svg or \.pdf"):
        write(Drawing((), 9600, 96000), tmp_path / "a.png", force=False)


def test_standard_output_gets_svg(cli, tmp_path):
    assert cli("picture 352-MENet-12x1/8 VGG-16 --output", tmp_path / "a.svg").code == 0
    assert cli("picture 352-MENet-12x1/8 VGG-16 --output -").stdout == (tmp_path / "a.svg").read_text(encoding="utf-8")
