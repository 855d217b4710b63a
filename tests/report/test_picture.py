"""Pictures of networks: all that a unit does is drawn, every arrow leads somewhere, and every word can be read."""

import re
from collections import Counter
from functools import cache
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from matplotlib.textpath import TextPath

from menet_design import families, network
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Network, chain, grouped
from menet_design.graph.operation import Operation
from menet_design.report.picture import nodes, picture, runs, units

SVG = "{http://www.w3.org/2000/svg}"


def drawn(found):
    """The parts of a picture, the network and its units, as XML."""
    root = ElementTree.fromstring(picture(found))
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
    """Whether rectangles have more than a border in common; borders are written with six digits."""
    return a[0] < b[2] - 0.001 and b[0] < a[2] - 0.001 and a[1] < b[3] - 0.001 and b[1] < a[3] - 0.001


def contains(a, b):
    return a[0] <= b[0] and a[1] <= b[1] and a[2] >= b[2] and a[3] >= b[3]


def segments(line):
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    for (x0, y0), (x1, y1) in pairwise(points):
        yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def shifted(box, part):
    left, top = map(float, re.findall(r"[\d.]+", part.get("transform")))
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


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


@pytest.mark.parametrize("found", DRAWN.values(), ids=DRAWN)
def test_words_can_be_read_and_no_line_runs_through_a_box(found):
    root, parts = drawn(found)
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
    ]


def test_the_me_module_is_that_of_figure_3():
    _, (column, standard, downsampling) = drawn(network("228-MENet-12x1/3"))
    assert words(standard)[0] == "ME module (stage2.1)"
    assert words(downsampling)[0] == "ME module (stage3.0), downsampling"
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
    said = picture(Network(title="A & B", inputs=((8, 4, 4),), blocks=chain((8, 4, 4), {"stage1": block}).blocks))
    assert [word for word in ("BN", "ReLU", "Fully connected", "Zero channels") if f">{word}<" not in said] == []
    assert ElementTree.fromstring(said).find(f"{SVG}title").text == "A & B"


def test_the_command_writes_the_same_file_each_time(cli, tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    for path in (first, second):
        result = cli("picture 352-MENet-12x1/8 --output", path)
        assert (result.code, result.stdout, result.stderr) == (0, "", f"wrote {path}\n")
    assert first.read_bytes() == second.read_bytes()
    assert cli("picture 352-MENet-12x1/8 --output -").stdout == first.read_text(encoding="utf-8")
