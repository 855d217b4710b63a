"""How a drawing is written: SVG, whose text stays text, by hand; what else figures are written in by matplotlib."""

from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from menet_design.errors import DesignError, printable
from menet_design.files import write_text
from menet_design.report.drawing import INCH, Arrow, Box, Drawing, Group, Point, Shape, Text
from menet_design.report.figures import check_format, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_POINT = 72 / INCH  # a pixel in points of type
_TIP = 7  # the length and the breadth of a tip, in thicknesses of its line
_GREY = "#dddddd"
_FINEST, _COARSEST = 300, 150  # dots an inch
_MOST, _LONGEST = 40_000_000, 65_000  # dots in all, and along an edge

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" \
font-family="Helvetica, Arial, sans-serif">
<title>{title}</title>
<defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="{tip}" markerHeight="{tip}" orient="auto">\
<path d="M0,0 L6,3 L0,6 z"/></marker></defs>
<style>rect, polyline {{ fill: none; stroke: black; stroke-width: {stroke:g} }} text {{ fill: black }} \
.grey {{ fill: {grey} }}</style>
<rect width="100%" height="100%" style="fill: white; stroke: none"/>
{drawn}
</svg>
"""


def write(drawing: Drawing, path: Path, force: bool) -> None:
    """Write a drawing into a .svg, .pdf, .eps or .png file.

    Raises DesignError for another ending, for a file that cannot be written, or that exists while `force` is false, and
    for a drawing so large that its words could not be read in dots.
    """
    check_format(path)
    if path.suffix.lower() == ".svg":
        write_text(svg(drawing), path, force)
    else:
        width, height = drawing.width / INCH, drawing.height / INCH
        dots = _dots(width, height) if path.suffix.lower() == ".png" else _FINEST
        save(lambda figure: _draw(figure, drawing), height, path, force, dots, width)


def _dots(width: float, height: float) -> int:
    """How many dots an inch a drawing of so many inches gets; DesignError where its words could not be read."""
    dots = min(_FINEST, int((_MOST / (width * height)) ** 0.5), int(_LONGEST / max(width, height)))
    if dots < _COARSEST:
        raise DesignError(f"a picture of {width:.0f}×{height:.0f} inches is too large for dots", "Write .svg or .pdf")
    return dots


def svg(drawing: Drawing) -> str:
    """The text of an SVG file; the same drawing is always the same text.

    >>> svg(Drawing((Text(1, 12, "A & B", 11),), 40, 20)).splitlines()[-2]
    '<text x="1" y="12" font-size="11" text-anchor="start">A &amp; B</text>'
    """
    written = {"title": escape(drawing.title), "drawn": "\n".join(map(_element, drawing.shapes))}
    return _SVG.format(**drawing._asdict() | written, tip=_TIP, grey=_GREY)


def _element(shape: Shape) -> str:
    """The element of a shape."""
    match shape:
        case Box(x, y, width, height, grey):
            return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"' + ' class="grey"' * grey + "/>"
        case Arrow(points, source, target):
            line = " ".join(f"{x:g},{y:g}" for x, y in points)
            ends = f"data-from={quoteattr(printable(source))} data-to={quoteattr(printable(target))}"
            return f'<polyline points="{line}" marker-end="url(#tip)" {ends}/>'
        case Text(x, y, words, size, anchor, bold):
            style = f'font-size="{size:g}" text-anchor="{anchor}"' + ' font-weight="bold"' * bold
            return f'<text x="{x:g}" y="{y:g}" {style}>{escape(words)}</text>'
        case Group(x, y, shapes):
            inner = "\n".join(map(_element, shapes))
            return f'<g transform="translate({x:g} {y:g})">\n{inner}\n</g>'


def _draw(figure: "Figure", drawing: Drawing) -> None:
    """Fill a figure with a drawing: a pixel is 1 on its axes, which begin at the top left."""
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, drawing.width), ylim=(drawing.height, 0))
    axes.axis("off")
    for shape in drawing.flat():
        _add(axes, shape, drawing.stroke)


def _add(axes: "Axes", shape: Box | Arrow | Text, stroke: float) -> None:
    """Add a shape to the axes of a figure."""
    from matplotlib.patches import Polygon, Rectangle

    line: dict[str, Any] = {"edgecolor": "black", "linewidth": stroke * _POINT, "joinstyle": "miter"}
    match shape:
        case Box(x, y, width, height, grey):
            axes.add_patch(Rectangle((x, y), width, height, **line, facecolor=_GREY if grey else "none"))
        case Arrow(points):
            tip = _tip(points[-2], points[-1], _TIP * stroke)
            axes.add_patch(Polygon([*points[:-1], tip[-1]], closed=False, fill=False, **line))
            axes.add_patch(Polygon([points[-1], *tip[:2]], facecolor="black", linewidth=0))
        case Text(x, y, words, size, anchor, bold):
            weight, align = "bold" if bold else "normal", "center" if anchor == "middle" else "left"
            axes.text(x, y, words, fontsize=size * _POINT, weight=weight, ha=align, va="baseline")


def _tip(before: Point, end: Point, size: float) -> tuple[Point, Point, Point]:
    """The corners of the broad side of a tip at the end of a line, and the middle between them."""
    length = hypot(end[0] - before[0], end[1] - before[1])
    x, y = (size * (end[0] - before[0]) / length, size * (end[1] - before[1]) / length)
    foot = (end[0] - x, end[1] - y)
    return (foot[0] - y / 2, foot[1] + x / 2), (foot[0] + y / 2, foot[1] - x / 2), foot
