"""A network and its unit drawn as SVG, in the manner of Fig. 3 of the MENet paper.

Left, the network as a column of blocks, alike ones once; right, its units as graphs of their operations. Batch norms
and activations are words on the lines. The same network is always the same text.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from textwrap import wrap
from typing import NamedTuple
from xml.sax.saxutils import escape

from menet_design.architectures.network import INPUT, Block, Network, Operation
from menet_design.design import Reading
from menet_design.report.units import shape

OUTPUT = "output of the block"
_BIG, _SMALL = 11, 9  # font sizes, in pixels like all lengths here
_WORDS = {"relu": "ReLU", "leaky relu": "Leaky ReLU", "sigmoid": "Sigmoid", "max": "MaxPool", "average": "AvgPool"}
_KINDS = {"shuffle": "Channel shuffle", "product": "Product", "add": "Add", "concat": "Concat", "pad": "Zero channels"}
_BOX_HEIGHT, _CHANNEL, _GAP, _MARGIN, _TITLE, _LINE = 34, 38, 36, 16, 24, 14

Point = tuple[float, float]


class Node(NamedTuple):
    """An operation that is drawn, the nodes that it reads, and the words on the line that leaves it."""

    operation: Operation
    inputs: tuple[str, ...]
    caption: str

    @property
    def name(self) -> str:
        """The name of its operation in the block."""
        return self.operation.name


class Place(NamedTuple):
    """A node's row and column, and the column in which the line from each of its inputs runs down."""

    row: int
    column: int
    lanes: tuple[int, ...]


def picture(title: str, network: Network, resolution: int, readings: Sequence[Reading] = ()) -> str:
    """The SVG of a network for images of so many pixels height and width, with the readings that it was built by."""
    before = [(network.blocks[0].in_channels, resolution, resolution), *(each.last.output for each in network.blocks)]
    read = dict(zip((block.name for block in network.blocks), before, strict=False))
    parts = [_column(title, network, before[0])]
    parts += [_unit(block, read[block.name]) for block in units(network)]
    drawn, x, bottom = [], float(_MARGIN), 0.0
    for text, width, height in parts:
        drawn.append(f'<g transform="translate({x:g} {_MARGIN})">\n{text}\n</g>')
        x, bottom = x + width + _GAP, max(bottom, height)
    bottom += 2 * _MARGIN
    letters = int((x - _GAP - _MARGIN) / _wide("x", _SMALL))
    lines = [line for reading in readings for line in wrap(f"reading: {reading}", letters)]
    drawn += [_text((_MARGIN, bottom + _LINE * index), line, _SMALL, "start") for index, line in enumerate(lines)]
    return _document(title, x - _GAP + _MARGIN, bottom + _LINE * len(lines), drawn)


def units(network: Network) -> list[Block]:
    """The blocks worth drawing: of each named unit the most frequent form, and that of those that downsample.

    Where no block has a name, the most frequent form of all that do not classify.
    """
    named = [block for block in network.blocks if block.unit]
    if not named:
        return [_most_frequent([block for block in network.blocks if block.last.kind != "linear"])]
    kinds = dict.fromkeys((block.unit, strided) for block in named for strided in (False, True))
    alike = ([block for block in named if (block.unit, is_strided(block)) == kind] for kind in kinds)
    return [_most_frequent(blocks) for blocks in alike if blocks]


def is_strided(block: Block) -> bool:
    """Whether a block makes maps smaller."""
    return any(max(op.stride) > 1 for op in block.operations)


def _most_frequent(blocks: Sequence[Block]) -> Block:
    """The first block of the form that most of them have, whatever their sizes."""
    forms = [tuple((op.name, op.inputs, label(op).partition(", g")[0]) for op in block.operations) for block in blocks]
    return blocks[forms.index(Counter(forms).most_common(1)[0][0])]


def label(op: Operation) -> str:
    """What an operation is, as the paper's figures write it: "3×3 DWConv, /2"."""
    if op.kind == "conv":
        kind = "DWConv" if op.is_depthwise else "GConv" if op.groups > 1 else "Conv"
        groups = f", g = {op.groups}" if kind == "GConv" else ""
        return f"{_window(op)} {kind}{groups}{_stride(op)}"
    if op.kind == "pool":
        return f"{_window(op)} {_WORDS[op.variant]}{_stride(op)}"
    known = {"norm": "BN", "linear": "Fully connected", "activation": _WORDS.get(op.variant, op.variant)}
    return (known | _KINDS).get(op.kind, op.kind.capitalize())


def _window(op: Operation) -> str:
    return f"{op.kernel[0]}×{op.kernel[1]}"


def _stride(op: Operation) -> str:
    high, wide = op.stride
    return "" if high == wide == 1 else f", /{high}" if high == wide else f", /{high}×{wide}"


def nodes(block: Block, read: tuple[int, int, int]) -> list[Node]:
    """The nodes of a block that reads a map of this shape, in the order of execution, its input and output included.

    A norm or an activation is a word on the line that leaves what it reads, unless something else reads that too.
    """
    ends = Operation(INPUT, INPUT, (), *read), Operation(OUTPUT, "output", (block.last.name,), *block.last.output)
    operations = (ends[0], *block.operations, ends[1])
    readers = Counter(name for op in operations for name in op.inputs)
    stands_for: dict[str, str] = {}
    captions: dict[str, list[str]] = {}
    for op in operations:
        if op.kind in ("norm", "activation") and readers[op.inputs[0]] == 1:
            stands_for[op.name] = stands_for[op.inputs[0]]
            captions[stands_for[op.name]].append(label(op))
        else:
            stands_for[op.name], captions[op.name] = op.name, []
    return [
        Node(op, tuple(stands_for[name] for name in op.inputs), " ".join(captions[op.name]))
        for op in operations
        if op.name in captions
    ]


def places(found: Sequence[Node]) -> dict[str, Place]:
    """Where each node goes: its row by the longest path from the input, its column that of its first input.

    A line runs down in its source's column if that is free, otherwise in the first free one on its right.
    """
    placed: dict[str, Place] = {}
    taken: set[tuple[int, int]] = {(0, 0)}
    for node in found:
        row = 1 + max((placed[name].row for name in node.inputs), default=-1)
        lanes: list[int] = []
        for name in node.inputs:
            # Down to the node's row: the first input's line ends there in the node, any other goes across to it.
            rows, lane = range(placed[name].row + 1, row + 1), placed[name].column
            while any((each, lane) in taken for each in rows):
                lane += 1
            taken.update((each, lane) for each in rows)
            lanes.append(lane)
        placed[node.name] = Place(row, lanes[0] if lanes else 0, tuple(lanes))
    return placed


def _unit(block: Block, read: tuple[int, int, int]) -> tuple[str, float, float]:
    """The graph of a block: SVG, width and height."""
    found = nodes(block, read)
    placed = places(found)
    kind = ", downsampling" if block.unit and is_strided(block) else ""
    title = f"{block.unit or 'Block'} ({block.name}){kind}"
    texts = [(label(node.operation), shape(node.operation.output)) for node in found]
    wide = max(max(_wide(name, _BIG), _wide(size, _SMALL)) for name, size in texts) + 12
    pitch = max(wide, 2 * max(_wide(node.caption, _SMALL) + 8 for node in found)) + _GAP / 2
    centre = {name: _centre(place.row, place.column, pitch) for name, place in placed.items()}
    drawn = [_text((0, 12), title, _BIG, "start", bold=True)]
    for node in found:
        drawn += _lines(node, placed, centre, wide, pitch)
    for node, lines in zip(found, texts, strict=True):
        x, y = centre[node.name]
        drawn += _box((x, y), wide, lines)
        if node.caption:
            drawn.append(_text((x + 5, y + _BOX_HEIGHT / 2 + 12), node.caption, _SMALL, "start"))
    boxes_end = max(place.column for place in placed.values()) * pitch + pitch
    lines_end = max(max(place.lanes, default=0) for place in placed.values()) * pitch + pitch / 2
    height = max(y for _, y in centre.values()) + _BOX_HEIGHT / 2
    return "\n".join(drawn), max(boxes_end, lines_end, _wide(title, _BIG, bold=True)), height


def _centre(row: int, column: int, pitch: float) -> Point:
    return pitch * (column + 0.5), _TITLE + _BOX_HEIGHT / 2 + row * (_BOX_HEIGHT + _CHANNEL)


def _lines(node: Node, placed: dict[str, Place], centre: dict[str, Point], wide: float, pitch: float) -> Iterable[str]:
    """The arrows into a node: the first from above, the others into its side."""
    x, y = centre[node.name]
    for index, (name, lane) in enumerate(zip(node.inputs, placed[node.name].lanes, strict=True)):
        from_x, from_y = centre[name]
        lane_x = pitch * (lane + 0.5)
        turn = from_y + _BOX_HEIGHT / 2 + _CHANNEL / 2
        points = [(from_x, from_y + _BOX_HEIGHT / 2)]
        if lane_x != from_x:
            points += [(from_x, turn), (lane_x, turn)]
        if index == 0 or lane_x == x:
            points += [(x, y - _BOX_HEIGHT / 2)]
        else:
            points += [(lane_x, y), (x + (wide / 2 if lane_x > x else -wide / 2), y)]
        yield _arrow(points, name, node.name)


def _column(title: str, network: Network, image: tuple[int, int, int]) -> tuple[str, float, float]:
    """The blocks of a network from top to bottom: SVG, width and height."""
    texts = [("Image",), *(_run(list(run)) for _, run in groupby(network.blocks, key=lambda each: each.operations))]
    lasts = [list(run)[-1] for _, run in groupby(network.blocks, key=lambda each: each.operations)]
    sizes = [shape(image), *(shape(block.last.output) for block in lasts)]
    wide = max(_wide(line, _BIG) for lines in texts for line in lines) + 12
    heights = [_height(lines) for lines in texts]
    x, y, drawn = wide / 2, float(_TITLE), [_text((0, 12), title, _BIG, "start", bold=True)]
    names = ["image", *(block.name for block in lasts)]
    for index, (lines, size, height) in enumerate(zip(texts, sizes, heights, strict=True)):
        drawn += _box((x, y + height / 2), wide, lines, height)
        y += height
        drawn.append(_text((x + 5, y + 12), size, _SMALL, "start"))
        if index + 1 < len(texts):
            drawn.append(_arrow([(x, y), (x, y + _CHANNEL - 12)], *names[index : index + 2]))
            y += _CHANNEL - 12
    width = max(wide, x + 5 + max(_wide(size, _SMALL) for size in sizes), _wide(title, _BIG, bold=True))
    return "\n".join(drawn), width, y + 16


def _run(blocks: Sequence[Block]) -> tuple[str, ...]:
    """What stands in the box of a run of like blocks: the unit, or the operations of a block without one."""
    first, times = blocks[0], f" ×{len(blocks)}" if len(blocks) > 1 else ""
    names = first.name if not times else f"{first.name} to {blocks[-1].name}"
    if first.unit:
        return f"{first.unit}{', /2' if is_strided(first) else ''}{times}", names
    layers = [label(op) for op in first.operations if op.kind not in ("norm", "activation")]
    layers = [f"{line} ×{len(list(same))}".removesuffix(" ×1") for line, same in groupby(layers)]
    return (*layers, f"{names}{times}")


def _height(lines: Sequence[str]) -> float:
    return _BOX_HEIGHT + 14.0 * (len(lines) - 2)


def _box(centre: Point, wide: float, lines: Sequence[str], height: float = _BOX_HEIGHT) -> Iterable[str]:
    """A box with its lines, the last of them small where there are several."""
    x, y = centre
    yield f'<rect x="{x - wide / 2:g}" y="{y - height / 2:g}" width="{wide:g}" height="{height:g}"/>'
    top = y - 7 * (len(lines) - 1) + 4
    for index, line in enumerate(lines):
        size = _SMALL if 0 < index == len(lines) - 1 else _BIG
        yield _text((x, top + 14 * index), line, size, "middle")


def _arrow(points: Sequence[Point], source: str, target: str) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    ends = f'data-from="{escape(source)}" data-to="{escape(target)}"'
    return f'<polyline points="{path}" marker-end="url(#tip)" {ends}/>'


def _text(at: Point, words: str, size: int, anchor: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _wide(words: str, size: int, bold: bool = False) -> float:
    """No less than the width of a text in any common sans-serif."""
    return len(words) * size * (0.7 if bold else 0.62)


def _document(title: str, width: float, height: float, drawn: Iterable[str]) -> str:
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    tip = '<marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="7" markerHeight="7" orient="auto">'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Helvetica, Arial, sans-serif">',
            f"<title>{escape(title)}</title>",
            f'<defs>{tip}<path d="M0,0 L6,3 L0,6 z"/></marker></defs>',
            "<style>rect, polyline { fill: none; stroke: black } text { fill: black }</style>",
            '<rect width="100%" height="100%" style="fill: white; stroke: none"/>',
            *drawn,
            "</svg>\n",
        )
    )
