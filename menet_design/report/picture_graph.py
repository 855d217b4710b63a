"""Where the nodes of a graph are drawn, and the arrows between them: rows from top to bottom, in columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from menet_design.errors import printable
from menet_design.report.drawing import Arrow, Box, Drawing, Shape, Text, fold, wide
from menet_design.report.picture_nodes import Node
from menet_design.report.picture_places import places


class Style(NamedTuple):
    """How large it is drawn: sizes of letters, the height of a line of them, and what is left free, in pixels.

    `room` is the height of the arrows between rows, beside that of the words on them and of `turn` for each node from
    which lines go to other columns; `gap` is the width between columns, `margin` that around all, `page` how wide all
    may be. Where `letters` is given, what stands in a box is folded to so many times the size of the large ones, and
    each word on an arrow has a line of its own.
    """

    big: float
    small: float
    line: float
    padding: float
    room: float
    turn: float
    gap: float
    margin: float
    page: float
    stroke: float = 1
    letters: float = 0

    def title(self, words: str, bold: bool = False) -> Text:
        """A line above all else."""
        return Text(0, self.line - 2, printable(words), self.big, bold=bold)

    def fit(self, node: Node) -> Node:
        """A node whose lines are as wide as the style allows."""
        shown = tuple(map(printable, node.lines))
        if not self.letters:
            return replace(node, lines=shown, captions=tuple(filter(None, [" ".join(node.captions)])))
        unbroken = (line.replace(" = ", "\xa0=\xa0") for line in shown)
        folded = (line for each in unbroken for line in fold(each, self.big, self.letters * self.big))
        return replace(node, lines=tuple(line.removesuffix(",").replace("\xa0", " ") for line in folded))

    def size(self, node: Node, index: int) -> float:
        """How large a line of a node is: the last of several is small."""
        return self.small if 0 < index == len(node.lines) - 1 else self.big

    def width(self, node: Node) -> float:
        """How wide the box of a node is."""
        return self.padding + max(wide(line, self.size(node, index)) for index, line in enumerate(node.lines))

    def height(self, node: Node) -> float:
        """How high the box of a node is."""
        return self.line * len(node.lines) + self.padding / 2

    def beside(self, node: Node) -> float:
        """How far the words on the arrow from a node reach to its right."""
        return max((self.padding / 2 + wide(word, self.small) for word in node.captions), default=0)


class _Placed(NamedTuple):
    """A node, its row and the columns of the lines into it."""

    node: Node
    row: int
    columns: list[int]


class _Column(NamedTuple):
    """The middle of a column, the width of its boxes, and how far it reaches to the right."""

    middle: float
    wide: float
    right: float


class _Node(NamedTuple):
    """A node where it is drawn: its box, where lines from it turn, and where the line from each input runs down."""

    node: Node
    box: Box
    turn: float
    lanes: list[float]

    @property
    def x(self) -> float:
        """Its middle."""
        return self.lanes[0]

    @property
    def bottom(self) -> float:
        """Where the lines from it begin."""
        return self.box.y + self.box.height


def graph(title: Text, found: Sequence[Node], style: Style) -> Drawing:
    """Nodes in their places under a title, and the arrows between them."""
    fitting = [style.fit(node) for node in found]
    placed = [_Placed(node, *place) for node, place in zip(fitting, places(fitting).values(), strict=True)]
    columns, turning = _columns(placed, style), _turning(placed)
    tops = _tops(placed, turning, style)
    drawn = {each.node.name: _drawn(each, columns, tops, turning, style) for each in placed}
    shapes: list[Shape] = [title]
    shapes += [arrow for each in drawn.values() for arrow in _arrows(each, drawn)]
    shapes += [shape for each in drawn.values() for shape in _box(each, style)]
    bottom = max(each.bottom + style.line * len(each.node.captions) for each in drawn.values())
    return Drawing(tuple(shapes), max(columns[-1].right, title.width), bottom)


def _columns(placed: Sequence[_Placed], style: Style) -> list[_Column]:
    """The columns from left to right: of boxes and what stands beside the lines from them, or of lines alone."""
    found: list[_Column] = []
    for index in range(1 + max(column for each in placed for column in each.columns)):
        own = [each.node for each in placed if each.columns[0] == index]
        box, beside = max(map(style.width, own), default=0), max(map(style.beside, own), default=0)
        left = found[-1].right + style.gap if found else 0
        found.append(_Column(left + box / 2, box, left + box / 2 + max(box / 2, beside)))
    return found


def _turning(placed: Sequence[_Placed]) -> list[list[str]]:
    """Of each row the nodes, from left to right, from which lines go to other columns."""
    own = {each.node.name: each for each in placed}
    found: list[dict[int, str]] = [{} for _ in range(1 + max(each.row for each in placed))]
    for each in placed:
        for name, column in zip(each.node.inputs, each.columns, strict=False):
            if column != own[name].columns[0]:
                found[own[name].row][own[name].columns[0]] = name
    return [[name for _, name in sorted(row.items())] for row in found]


def _tops(placed: Sequence[_Placed], turning: Sequence[Sequence[str]], style: Style) -> list[float]:
    """Where rows begin: each has room for its highest box, the words below it, its lines that turn, and arrows."""
    heights = []
    for row, names in enumerate(turning):
        own = [each.node for each in placed if each.row == row]
        words = style.line * max(len(node.captions) for node in own)
        heights.append(max(map(style.height, own)) + words + style.room + style.turn * len(names))
    return list(accumulate(heights, initial=style.line + style.padding))


def _drawn(
    placed: _Placed,
    columns: Sequence[_Column],
    tops: Sequence[float],
    turning: Sequence[Sequence[str]],
    style: Style,
) -> _Node:
    """A node in its row and its column. The lines from the left turn below those from the right, and meet none."""
    own, row, name = columns[placed.columns[0]], placed.row, placed.node.name
    box = Box(own.middle - own.wide / 2, tops[row], own.wide, style.height(placed.node), placed.node.grey)
    above = style.turn * turning[row].index(name) if name in turning[row] else 0
    turn = tops[row + 1] - style.room - above
    return _Node(placed.node, box, turn, [columns[index].middle for index in placed.columns])


def _arrows(end: _Node, drawn: Mapping[str, _Node]) -> Iterator[Arrow]:
    """The arrows into a node: the first from above, the others into its side."""
    for index, (name, x) in enumerate(zip(end.node.inputs, end.lanes, strict=False)):
        start, box = drawn[name], end.box
        points = [(start.x, start.bottom)]
        if x != start.x:
            points += [(start.x, start.turn), (x, start.turn)]
        if index == 0 or x == end.x:
            points.append((end.x, box.y))
        else:
            y = box.y + box.height / 2
            points += [(x, y), (box.x + box.width if x > end.x else box.x, y)]
        yield Arrow(tuple(points), name, end.node.name)


def _box(drawn: _Node, style: Style) -> Iterator[Shape]:
    """The box of a node with its lines, and the words on the arrow below it."""
    yield drawn.box
    for index, line in enumerate(drawn.node.lines):
        yield Text(drawn.x, drawn.box.y + style.line * (index + 1), line, style.size(drawn.node, index), "middle")
    for index, word in enumerate(drawn.node.captions):
        yield Text(drawn.x + style.padding / 2, drawn.bottom + style.line * (index + 1) - 2, word, style.small)
