"""Pictures of networks: all that a unit does is drawn, every arrow leads somewhere, and every word can be read."""

import re
from collections import Counter
from functools import cache
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from matplotlib.textpath import TextPath

from menet_design import parse, zoo
from menet_design.analysis.cost import count
from menet_design.architectures.network import Graph, Network
from menet_design.report.picture import nodes, picture, units

SVG = "{http://www.w3.org/2000/svg}"


def drawn(design):
    """The parts of a picture, the network and its units, as XML."""
    root = ElementTree.fromstring(picture(design.title, count(design).network, design.resolution, design.readings))
    return root, root.findall(f"{SVG}g")


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
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def contains(a, b):
    return a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]


def segments(line):
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    for (x0, y0), (x1, y1) in pairwise(points):
        yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def shifted(box, part):
    left, top = map(float, re.findall(r"[\d.]+", part.get("transform")))
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


PUBLISHED = [pytest.param(design, id=design.name) for design, _ in zoo.published()]


@pytest.mark.parametrize("design", PUBLISHED)
def test_words_can_be_read_and_no_line_runs_through_a_box(design):
    root, parts = drawn(design)
    assert len(parts) in (2, 3)
    whole = 0, 0, float(root.get("width")), float(root.get("height"))
    placed = []
    for part in parts:
        texts = [text_box(text) for text in part.iter(f"{SVG}text")]
        boxes = [frame(rectangle) for rectangle in part.iter(f"{SVG}rect")]
        lines = [piece for line in part.iter(f"{SVG}polyline") for piece in segments(line)]
        assert [pair for pair in combinations(boxes, 2) if overlap(*pair)] == []
        assert all(contains(box, text) for text in texts for box in boxes if overlap(text, box))
        assert [pair for pair in ((piece, other) for piece in lines for other in texts + boxes) if overlap(*pair)] == []
        placed += [shifted(box, part) for box in texts]
    assert [pair for pair in combinations(placed, 2) if overlap(*pair)] == []
    assert all(contains(whole, box) for box in placed)


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_every_operation_is_drawn_and_every_arrow_has_its_ends(family):
    design = next(iter(zoo.family(family).published))
    network = count(design).network
    _, (_, *parts) = drawn(design)
    for block, part in zip(units(network), parts, strict=True):
        found = nodes(block, (block.in_channels, 1, 1))
        names = {node.name for node in found}
        arrows = [(line.get("data-from"), line.get("data-to")) for line in part.iter(f"{SVG}polyline")]
        assert arrows == [(source, node.name) for node in found for source in node.inputs]
        assert {end for arrow in arrows for end in arrow} == names
        said = Counter(" ".join(words(part)[1:]).replace("Leaky ReLU", "Leaky").split())
        kinds = Counter(op.variant if op.kind in ("pool", "activation") else op.kind for op in block.operations)
        for kind, word in (
            ("norm", "BN"), ("relu", "ReLU"), ("leaky relu", "Leaky"), ("sigmoid", "Sigmoid"), ("shuffle", "shuffle"),
            ("product", "Product"), ("add", "Add"), ("concat", "Concat"),
        ):  # fmt: skip
            assert said[word] == kinds[kind]
        assert sum(bool(re.match(r"(D?W?G?Conv|\w+Pool),?$", word)) for word in said.elements()) == (
            kinds["conv"] + kinds["max"] + kinds["average"]
        )


def test_the_me_module_is_that_of_figure_3():
    _, (column, standard, downsampling) = drawn(parse("228-MENet-12x1/3"))
    assert words(standard)[0] == "ME module (stage2.1)"
    assert words(downsampling)[0] == "ME module (stage3.0), downsampling"
    assert {"1×1 GConv, g = 3", "Channel shuffle", "3×3 DWConv", "BN Sigmoid", "Product", "Add"} <= {*words(standard)}
    assert {"3×3 DWConv, /2", "3×3 Conv, /2", "3×3 AvgPool, /2", "Concat"} <= {*words(downsampling)}
    assert {"ME module ×7", "stage3.1 to stage3.7", "228×28×28", "3×224×224", "1000×1×1"} <= {*words(column)}


def test_what_two_operations_read_before_its_norm_keeps_the_norm_in_a_box():
    graph = Graph(8, 4, 4)
    x = graph.conv("conv", graph.input, 8)
    shared = graph.relu("relu", graph.norm("norm", x))
    graph.pad("pad", graph.linear("fc", graph.add("add", shared, x), 4), 6)
    block = graph.block("stage1")
    assert [node.name for node in nodes(block, (8, 4, 4))][:4] == ["input", "conv", "norm", "add"]
    said = picture("A & B", Network((block,)), 4)
    assert [word for word in ("BN", "ReLU", "Fully connected", "Zero channels") if f">{word}<" not in said] == []
    assert ElementTree.fromstring(said).find(f"{SVG}title").text == "A & B"


def test_the_command_writes_the_same_file_each_time(cli, tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    for path in (first, second):
        result = cli("picture 352-MENet-12x1/8 --output", path)
        assert (result.code, result.stdout, result.stderr) == (0, "", f"wrote {path}\n")
    assert first.read_bytes() == second.read_bytes()
    assert cli("picture 352-MENet-12x1/8 --output -").stdout == first.read_text(encoding="utf-8")


def test_wrong_use_is_one_line(cli, tmp_path):
    kept = tmp_path / "kept.svg"
    kept.write_text("mine")
    for arguments, said in (
        (("picture 228-MENet-12x1/3",), "--output"),
        (("picture 228-MENet-12x1/3 --output", tmp_path / "a.png"), ".svg"),
        (("picture 228-MENet-12x1/3 --output", kept), "--force"),
        (("picture 229-MENet-12x1/3 --output", tmp_path / "a.svg"), "228"),
    ):
        result = cli(*arguments)
        assert (result.code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert said in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kept.svg"]
    assert kept.read_text() == "mine"
