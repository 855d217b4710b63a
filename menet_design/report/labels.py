"""Names beside the points of a figure, so placed that none hides another, a point or a line to a point."""

from collections.abc import Iterator, Sequence
from math import cos, pi, sin
from typing import TYPE_CHECKING, Any, NamedTuple

from menet_design.errors import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

# How far from its point a name may stand, in points of type; one that stands further off than _FAR is joined to it.
_DISTANCES = (4, 5.5, 7, 10, 14, 19, 25, 32, 40, 49, 59, 70, 82)
_FAR = 7
# To the right of its point first, then above and below it, to the left last.
_ANGLES = tuple(sign * step * pi / 12 for step in range(13) for sign in ((1, -1) if step % 12 else (1,)))
_MARGIN = 0.8  # around a name
_LONGEST = 30


def shortened(name: str) -> str:
    """A network's name, whoever gave it, as a figure has room for it."""
    shown = printable(name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


class Label(NamedTuple):
    """A name, the points of the axes beside any of which it can stand, and the tone in which it is written."""

    text: str
    points: Sequence[tuple[float, float]]
    tone: str = "black"


def place(axes: "Axes", labels: Sequence[Label], size: float = 6) -> list[str]:
    """Write names beside their points, those with the fewest first; returns those for which there is no room.

    Lines are crossed only where nothing else is free. The axes have everything else, and their limits, already.
    """
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    room = _Room(axes)
    return [
        label.text for label in sorted(labels, key=lambda label: len(label.points)) if not _write(room, label, size)
    ]


def _write(room: "_Room", label: Label, size: float) -> bool:
    """Write a name into the first spot that is free; whether there is one."""
    style: dict[str, Any] = {"fontsize": size, "color": label.tone, "ha": "center", "va": "center"}
    text = room.axes.annotate(label.text, label.points[0], (0, 0), textcoords="offset points", **style)
    text.set_in_layout(False)
    width, height = text.get_window_extent().size
    spots = [_spot(room, *candidate, width, height) for candidate in _candidates(label.points)]
    free = next((spot for may_cross in (False, True) for spot in spots if room.is_free(spot, may_cross)), None)
    if free is None:
        text.remove()
        return False
    room.take(free)
    _move(text, free, room.dot)
    return True


def _candidates(points: Sequence[tuple[float, float]]) -> Iterator[tuple[tuple[float, float], float, float]]:
    """Points, and the distance and direction of a name from them."""
    return ((point, distance, angle) for distance in _DISTANCES for point in points for angle in _ANGLES)


class _Spot(NamedTuple):
    """Where a name could stand: the point that it names, its rectangle, in pixels, and the line between, if any."""

    point: tuple[float, float]
    at: tuple[float, float]
    box: "Bbox"
    leader: Any


def _spot(
    room: "_Room", point: tuple[float, float], distance: float, angle: float, width: float, height: float
) -> _Spot:
    from matplotlib.path import Path
    from matplotlib.transforms import Bbox

    x, y = room.axes.transData.transform(point)
    away, margin = distance * room.dot, _MARGIN * room.dot
    left, low = x + cos(angle) * (away + width / 2) - width / 2, y + sin(angle) * (away + height / 2) - height / 2
    end = (min(max(x, left), left + width), min(max(y, low), low + height))
    box = Bbox.from_bounds(left - margin, low - margin, width + 2 * margin, height + 2 * margin)
    return _Spot(point, (x, y), box, Path([(x, y), end]) if distance > _FAR else None)


def _move(text: "Annotation", spot: _Spot, dot: float) -> None:
    """Put a name, whose middle an annotation places by its distance from its point in points of type, into a spot."""
    left, low, width, height = spot.box.bounds
    x, y = spot.at
    text.xy, text.xyann = spot.point, ((left + width / 2 - x) / dot, (low + height / 2 - y) / dot)
    if spot.leader is not None:
        style = {"arrowstyle": "-", "linewidth": 0.3, "shrinkA": 0, "shrinkB": 1, "color": text.get_color()}
        end = tuple((spot.leader.vertices[1] - spot.at) / dot)
        line = text.axes.annotate("", spot.point, end, textcoords="offset points", arrowprops=style)  # type: ignore[union-attr]
        line.set_in_layout(False)


class _Room:
    """What of some axes is taken, in pixels: the boxes of names and points, lines, and `leaders` between them."""

    def __init__(self, axes: "Axes") -> None:
        self.axes = axes
        self.dot = axes.figure.dpi / 72  # pixels of a point of type
        self.frame = axes.get_window_extent()
        self.lines = [line.get_transform().transform_path(line.get_path()) for line in axes.lines]
        self.names: list[Bbox] = []
        self.points = [
            box for line, path in zip(axes.lines, self.lines, strict=True) for box in self._marked(line, path)
        ]
        self.leaders: list[Any] = []

    def _marked(self, line: Any, path: Any) -> "Iterator[Bbox]":
        """The rectangles of a line's markers."""
        from matplotlib.transforms import Bbox

        side = line.get_markersize() * self.dot
        centres = path.vertices if line.get_marker() not in ("", "None") else ()
        return (Bbox.from_bounds(x - side / 2, y - side / 2, side, side) for x, y in centres)

    def is_free(self, spot: _Spot, may_cross: bool) -> bool:
        """Whether nothing is in the way of a name and of the line to its point, but what they may cross.

        Those are lines and, of the line to the point, other points.
        """
        box = spot.box
        inside = (
            self.frame.x0 <= box.x0 and box.x1 <= self.frame.x1 and self.frame.y0 <= box.y0 and box.y1 <= self.frame.y1
        )
        if not inside or box.count_overlaps([*self.names, *self.points]):
            return False
        lines = self.leaders if may_cross else [*self.leaders, *self.lines]
        return not any(line.intersects_bbox(box, filled=False) for line in lines) and self._is_clear(spot, may_cross)

    def _is_clear(self, spot: _Spot, may_cross: bool) -> bool:
        """Whether the line to a point, if any, meets no name, no other such line and no other point."""
        if spot.leader is None:
            return True
        others = [*self.names, *(box for box in self.points if not (may_cross or box.contains(*spot.at)))]
        return not any(spot.leader.intersects_bbox(box, filled=False) for box in others) and not any(
            spot.leader.intersects_path(leader, filled=False) for leader in self.leaders
        )

    def take(self, spot: _Spot) -> None:
        """Let nothing else stand there."""
        self.names.append(spot.box)
        if spot.leader is not None:
            self.leaders.append(spot.leader)
