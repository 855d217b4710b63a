"""A network and its unit drawn as SVG, in the manner of Fig. 3 of the MENet paper.

Left, the network as a column of blocks, alike ones once; right, its units as graphs of their operations. Batch norms
and activations are words on the lines. The same network is always the same text.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from textwrap import wrap
from typing import NamedTuple
from xml.sax.saxutils import escape

from menet_design.analysis.layout import by, strided
from menet_design.graph.network import Block, Network, input_name
from menet_design.graph.operation import Operation, Rules
from menet_design.report.units import shape

OUTPUT = "output of the block"
_BIG, _SMALL = 11, 9  # font sizes, in pixels like all lengths here
_BOX_HEIGHT, _CHANNEL, _GAP, _MARGIN, _TITLE, _LINE = 34, 38, 36, 16, 24, 14

# SVG, width and height.
Drawing = tuple[str, float, float]


@dataclass(frozen=True)
class Node:
    """A box of a graph: its lines, the nodes that it reads, and the words on the line that leaves it."""

    name: str
    lines: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    caption: str = ""

    @property
    def height(self) -> float:
        """In pixels."""
        return _BOX_HEIGHT + _LINE * (len(self.lines) - 2.0)


_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" \
font-family="Helvetica, Arial, sans-serif">
<title>{title}</title>
<defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0,0 L6,3 L0,6 z"/></marker></defs>
<style>rect, polyline {{ fill: none; stroke: black }} text {{ fill: black }}</style>
<rect width="100%" height="100%" style="fill: white; stroke: none"/>
{drawn}
</svg>
"""


def picture(network: Network) -> str:
    """The SVG of a network, with the assumptions that it was built by."""
    drawn, x, bottom = [], float(_MARGIN), 0.0
    for text, width, height in (_column(network), *map(_unit, units(network))):
        drawn.append(f'<g transform="translate({x:g} {_MARGIN})">\n{text}\n</g>')
        x, bottom = x + width + _GAP, max(bottom, height)
    bottom += 2 * _MARGIN
    letters = int((x - _GAP - _MARGIN) / _wide("x", _SMALL))
    lines = [line for assumption in network.assumptions for line in wrap(f"assumption: {assumption}", letters)]
    drawn += [_text(_MARGIN, bottom + _LINE * index, line, _SMALL, "start") for index, line in enumerate(lines)]
    width, height, title = x - _GAP + _MARGIN, bottom + _LINE * len(lines), escape(network.title)
    return _SVG.format(width=width, height=height, title=title, drawn="\n".join(drawn))


def units(network: Network) -> list[Block]:
    """The blocks worth drawing: of each named unit the most frequent form, and that of those that downsample.

    Where no block has a name, the most frequent form of all that do not classify.
    """
    forms = ((block.unit, down) for block in network.units for down in (False, True))
    alike: dict[tuple[str, bool], list[Block]] = {form: [] for form in forms}
    for block in network.units:
        alike[block.unit, bool(block.unit) and block.is_strided].append(block)
    return [_most_frequent(blocks) for blocks in alike.values() if blocks]


def _most_frequent(blocks: Sequence[Block]) -> Block:
    """The first block of the form that most of them have, whatever their sizes."""
    forms = [tuple((op.name, op.inputs, label(op).partition(", g")[0]) for op in block.operations) for block in blocks]
    return blocks[forms.index(Counter(forms).most_common(1)[0][0])]


def label(op: Operation) -> str:
    """What an operation is, as the paper's figures write it: "3×3 DWConv, /2"."""
    word = _WORDS.of(op)
    if op.kind == "conv":
        word = "DWConv" if op.is_depthwise else f"GConv, g = {op.groups}" if op.groups > 1 else word
    return f"{by(op.kernel)} {word}{strided(op.stride)}" if op.kernel else word


_WORDS: Rules[str] = Rules(
    "words in a picture",
    {
        "conv": "Conv",
        "linear": "Fully connected",
        ("norm", "batch"): "BN",
        ("norm", "instance"): "IN",
        ("norm", "group"): "GN",
        ("norm", "layer"): "LN",
        ("norm", "rms"): "RMSNorm",
        ("activation", "relu"): "ReLU",
        ("activation", "relu6"): "ReLU6",
        ("activation", "leaky relu"): "Leaky ReLU",
        ("activation", "prelu"): "PReLU",
        ("activation", "elu"): "ELU",
        ("activation", "sigmoid"): "Sigmoid",
        ("activation", "hard sigmoid"): "Hard sigmoid",
        ("activation", "silu"): "SiLU",
        ("activation", "hard swish"): "Hard swish",
        ("activation", "gelu"): "GELU",
        ("activation", "mish"): "Mish",
        ("activation", "softplus"): "Softplus",
        ("activation", "tanh"): "Tanh",
        ("activation", "hard tanh"): "Hard tanh",
        ("activation", "softmax"): "Softmax",
        ("pool", "max"): "MaxPool",
        ("pool", "average"): "AvgPool",
        ("pool", "adaptive max"): "Adaptive MaxPool",
        ("pool", "adaptive average"): "Adaptive AvgPool",
        "matmul": "Matrix product",
        "attention": "Attention",
        "embedding": "Embedding",
        "reduce": "Mean",
        "upsample": "Upsample",
        "slice": "Slice",
        "select": "Channels",
        "elementwise": "Element-wise",
        "constant": "Constant",
        "shuffle": "Channel shuffle",
        "product": "Product",
        "add": "Add",
        "concat": "Concat",
        "pad": "Zero channels",
    },
)


def nodes(block: Block) -> list[Node]:
    """The nodes of a block, in the order of execution, its inputs and its output included.

    A norm or an activation is a word on the line that leaves what it reads, unless something else reads that too.
    """
    readers = Counter(name for op in block.operations for name in op.inputs)
    found = [Node(input_name(index), ("Input", shape(read))) for index, read in enumerate(block.read)]
    stands_for = {node.name: node.name for node in found}
    captions: dict[str, list[str]] = {}
    for op in block.operations:
        if op.kind in ("norm", "activation") and readers[op.inputs[0]] == 1:
            stands_for[op.name] = stands_for[op.inputs[0]]
            captions.setdefault(stands_for[op.name], []).append(label(op))
        else:
            stands_for[op.name] = op.name
            found.append(Node(op.name, (label(op), shape(op.output)), tuple(stands_for[name] for name in op.inputs)))
    found.append(Node(OUTPUT, ("Output", shape(block.last.output)), (stands_for[block.last.name],)))
    return [replace(node, caption=" ".join(captions.get(node.name, ()))) for node in found]


def runs(network: Network) -> list[Node]:
    """The inputs of a network, and its blocks in the order of execution, those that are alike and in a row once."""
    found = [
        Node(input_name(index), ("Image" if len(read) == 3 else "Input",), caption=shape(read))
        for index, read in enumerate(network.inputs)
    ]
    stands_for = {node.name: node.name for node in found}
    for run in _alike(network.blocks):
        end, read = run[-1], dict.fromkeys(stands_for[name] for name in run[0].inputs)
        found.append(Node(end.output_name, _named(run), tuple(read), shape(end.last.output)))
        stands_for |= {block.full_name(op.name): end.output_name for block in run for op in block.operations}
    return found


def _alike(blocks: Sequence[Block]) -> list[list[Block]]:
    """The blocks in runs of those that do the same, each with what the one before makes, which nothing else reads."""
    readers = Counter(name for block in blocks for name in block.inputs)
    found = [[blocks[0]]]
    for before, block in pairwise(blocks):
        reads = sum(readers[before.full_name(op.name)] for op in before.operations)
        if before.operations == block.operations and block.inputs == (before.output_name,) and reads == 1:
            found[-1].append(block)
        else:
            found.append([block])
    return found


def _named(run: Sequence[Block]) -> tuple[str, ...]:
    """What stands in the box of a run of like blocks: the unit, or the operations of a block without one."""
    first, times = run[0], f" ×{len(run)}" if len(run) > 1 else ""
    names = first.name if not times else f"{first.name} to {run[-1].name}"
    if first.unit:
        return f"{first.unit}{', /2' if first.is_strided else ''}{times}", names
    layers = [label(op) for op in first.operations if op.kind not in ("norm", "activation")]
    layers = [f"{line} ×{len(list(same))}".removesuffix(" ×1") for line, same in groupby(layers)]
    return (*layers, f"{names}{times}")


def places(found: Sequence[Node]) -> dict[str, tuple[int, list[int]]]:
    """Where each node goes: its row by the longest path from an input, and the columns of the lines from its inputs.

    The first of these is its own. A line runs down in its source's column if that is free, otherwise in the first free
    one on its right.
    """
    placed: dict[str, tuple[int, list[int]]] = {}
    taken: set[tuple[int, int]] = set()
    for node in found:
        row = 1 + max((placed[name][0] for name in node.inputs), default=-1)
        # Down to the node's row: the first input's line ends there in the node, any other goes across to it.
        ways = [(range(placed[name][0] + 1, row + 1), placed[name][1][0]) for name in node.inputs]
        placed[node.name] = row, [_free(rows, column, taken) for rows, column in ways or [(range(1), 0)]]
    return placed


def _free(rows: range, column: int, taken: set[tuple[int, int]]) -> int:
    """The first column, from one on, that is free in some rows; it is taken now."""
    while any((row, column) in taken for row in rows):
        column += 1
    taken.update((row, column) for row in rows)
    return column


class _Scale(NamedTuple):
    """The width of boxes, from column to column, and the height between rows."""

    wide: float
    pitch: float
    channel: float


class _Box(NamedTuple):
    """Where a node is drawn, and where the line from each of its inputs runs down, the first into its middle."""

    node: Node
    top: float
    bottom: float
    lanes: list[float]

    @property
    def x(self) -> float:
        """Its middle."""
        return self.lanes[0]


def _unit(block: Block) -> Drawing:
    """The graph of a block."""
    found = nodes(block)
    kind = ", downsampling" if block.unit and block.is_strided else ""
    wide = max(max(_wide(name, _BIG), _wide(size, _SMALL)) for name, size in (node.lines for node in found)) + 12
    return _graph(f"{block.unit or 'Block'} ({block.name}){kind}", found, _spread(found, wide))


def _column(network: Network) -> Drawing:
    """The blocks of a network from top to bottom."""
    found = runs(network)
    wide = max(_wide(line, _BIG) for node in found for line in node.lines) + 12
    is_chain = not any(column for _, columns in places(found).values() for column in columns)
    return _graph(network.title, found, _Scale(wide, wide, _CHANNEL - 12) if is_chain else _spread(found, wide))


def _spread(found: Sequence[Node], wide: float) -> _Scale:
    """From column to column there is room for the words on the lines."""
    room = 2 * max(_wide(node.caption, _SMALL) + 8 for node in found)
    return _Scale(wide, max(wide, room) + _GAP / 2, _CHANNEL)


def _graph(title: str, found: Sequence[Node], scale: _Scale) -> Drawing:
    """Nodes in their places under a title, and the lines between them."""
    boxes = _boxes(found, scale)
    drawn = [_text(0, 12, title, _BIG, "start", bold=True)]
    drawn += [line for box in boxes.values() for line in _arrows(box, boxes, scale)]
    drawn += [line for box in boxes.values() for line in _drawn(box, scale.wide)]
    rights = (
        max(box.x + scale.pitch / 2, box.x + 5 + _wide(box.node.caption, _SMALL), *box.lanes) for box in boxes.values()
    )
    height = max(box.bottom + (16 if box.node.caption else 0) for box in boxes.values())
    return "\n".join(drawn), max(_wide(title, _BIG, bold=True), *rights), height


def _boxes(found: Sequence[Node], scale: _Scale) -> dict[str, _Box]:
    """The boxes of nodes in their places, by name; a row is as high as its highest box."""
    placed = [(node, *place) for node, place in zip(found, places(found).values(), strict=True)]
    rows = range(1 + max(row for _, row, _ in placed))
    heights = (max(node.height for node, own, _ in placed if own == row) for row in rows)
    tops = list(accumulate((height + scale.channel for height in heights), initial=float(_TITLE)))
    return {
        node.name: _Box(node, tops[row], tops[row] + node.height, [scale.pitch * (column + 0.5) for column in columns])
        for node, row, columns in placed
    }


def _arrows(box: _Box, boxes: Mapping[str, _Box], scale: _Scale) -> Iterator[str]:
    """The arrows into a box: the first from above, the others into its side."""
    for index, (name, x) in enumerate(zip(box.node.inputs, box.lanes, strict=False)):
        start = boxes[name]
        points = [(start.x, start.bottom)]
        if x != start.x:
            turn = start.bottom + scale.channel / 2
            points += [(start.x, turn), (x, turn)]
        if index == 0 or x == box.x:
            points.append((box.x, box.top))
        else:
            y, side = (box.top + box.bottom) / 2, scale.wide / 2
            points += [(x, y), (box.x + (side if x > box.x else -side), y)]
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        ends = f'data-from="{escape(name)}" data-to="{escape(box.node.name)}"'
        yield f'<polyline points="{path}" marker-end="url(#tip)" {ends}/>'


def _drawn(box: _Box, wide: float) -> Iterator[str]:
    """A box with its lines, the last of them small where there are several, and the words below it."""
    left, height, lines = box.x - wide / 2, box.bottom - box.top, box.node.lines
    yield f'<rect x="{left:g}" y="{box.top:g}" width="{wide:g}" height="{height:g}"/>'
    for index, line in enumerate(lines):
        size = _SMALL if 0 < index == len(lines) - 1 else _BIG
        yield _text(box.x, box.top + _LINE * (index + 1), line, size, "middle")
    if box.node.caption:
        yield _text(box.x + 5, box.bottom + 12, box.node.caption, _SMALL, "start")


def _text(x: float, y: float, words: str, size: int, anchor: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _wide(words: str, size: int, bold: bool = False) -> float:
    """No less than the width of a text in any common sans-serif."""
    return len(words) * size * (0.7 if bold else 0.62)
