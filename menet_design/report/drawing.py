"""What a drawing is made of, however it is written: boxes, arrows and texts.

Lengths are pixels, of which an inch has 96, from the top left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

INCH = 96
Point = tuple[float, float]
# How wide letters are at most, in Helvetica and DejaVu Sans, of letters of size 1; those that are not here are no wider
# than an ideogram.
_LETTERS: Mapping[float, str] = {
    0.28: "ijl'",
    0.32: "I,. \xa0",
    0.36: "f/:;\\|·",
    0.40: "t()-[]",
    0.44: "r!",
    0.48: '"',
    0.52: "J*`–",
    0.56: "cszL?_²³",
    0.60: "kvxy",
    0.64: "0123456789abdeghnopquFT${}βπ",
    0.68: "EKPSYα",
    0.72: "ABVXZ",
    0.76: "CHNRU",
    0.80: "DGOQ&",
    0.84: "w#+<=>^~×−±",
    0.88: "M",
    0.96: "%",
}
_WIDTHS = {letter: width for width, letters in _LETTERS.items() for letter in letters}
_WIDEST, _BOLD = 1.04, 1.24


class Box(NamedTuple):
    """A rectangle by its top left corner, filled with grey or not at all."""

    x: float
    y: float
    width: float
    height: float
    grey: bool = False

    def moved(self, x: float, y: float) -> "Box":
        """The same further right and further down."""
        return self._replace(x=self.x + x, y=self.y + y)


class Arrow(NamedTuple):
    """A line through points, with a tip at the last of them; `source` and `target` name what it leads from and to."""

    points: tuple[Point, ...]
    source: str = ""
    target: str = ""

    def moved(self, x: float, y: float) -> "Arrow":
        """The same further right and further down."""
        return self._replace(points=tuple((x + own_x, y + own_y) for own_x, own_y in self.points))


class Text(NamedTuple):
    """A line of words: where its baseline starts, or has its middle, and the size of its letters."""

    x: float
    y: float
    words: str
    size: float
    anchor: Literal["start", "middle"] = "start"
    bold: bool = False

    @property
    def width(self) -> float:
        """No less than it takes."""
        return wide(self.words, self.size, self.bold)

    def moved(self, x: float, y: float) -> "Text":
        """The same further right and further down."""
        return self._replace(x=self.x + x, y=self.y + y)


class Group(NamedTuple):
    """Shapes that belong together, and where what they start from is."""

    x: float
    y: float
    shapes: tuple["Shape", ...]


Shape = Box | Arrow | Text | Group


class Drawing(NamedTuple):
    """Shapes, how much room they take, and how thick their lines are. `title` says what is drawn."""

    shapes: tuple[Shape, ...]
    width: float
    height: float
    stroke: float = 1.0
    title: str = ""

    def flat(self) -> Iterator[Box | Arrow | Text]:
        """Its shapes without groups, each where it stands in the drawing."""
        return _flat(self.shapes, 0, 0)


def _flat(shapes: Iterable[Shape], x: float, y: float) -> Iterator[Box | Arrow | Text]:
    for shape in shapes:
        if isinstance(shape, Group):
            yield from _flat(shape.shapes, x + shape.x, y + shape.y)
        else:
            yield shape.moved(x, y)


def flow(drawings: Sequence[Drawing], gap: float, width: float) -> Drawing:
    """Drawings side by side, in as many rows as they need to be no wider than a page; a wider one has its own row.

    >>> page = flow([Drawing((), 60, 10), Drawing((), 60, 20), Drawing((), 30, 10)], gap=5, width=100)
    >>> [(group.x, group.y) for group in page.shapes], page.width, page.height
    ([(0.0, 0.0), (0, 15.0), (65, 15.0)], 95, 35.0)
    """
    groups: list[Shape] = []
    x = y = right = bottom = 0.0
    for each in drawings:
        if x and x + each.width > width:
            x, y = 0, bottom + gap
        groups.append(Group(x, y, each.shapes))
        right, bottom = max(right, x + each.width), max(bottom, y + each.height)
        x += each.width + gap
    return Drawing(tuple(groups), right, bottom)


def wide(words: str, size: float, bold: bool = False) -> float:
    """No less than the width of a text in Helvetica, Arial and DejaVu Sans, the widest of them.

    >>> wide("ii", 10), wide("MM", 10)
    (5.6, 17.6)
    """
    return round(sum(_WIDTHS.get(letter, _WIDEST) for letter in words) * size * (_BOLD if bold else 1), 3)


def fold(words: str, size: float, width: float) -> list[str]:
    """A text in lines no wider than a width, where it has spaces to break it at.

    >>> fold("3×3 DWConv, /2", 10, 80)
    ['3×3 DWConv,', '/2']
    """
    lines: list[str] = []
    for word in words.split(" "):
        if lines and wide(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
