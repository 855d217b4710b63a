"""Figures laid out as they are written, and what cannot be read in them."""

from itertools import combinations

import numpy as np
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

DPI = 300


def capture(monkeypatch, draw, dpi=DPI):
    """The figures that a function writes, laid out; of their files nothing but names."""
    kept = []

    def savefig(self, path, **_):
        path.touch()
        self.set_dpi(dpi)
        FigureCanvasAgg(self).draw()
        kept.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(Figure, "savefig", savefig)
        draw()
    return kept


def words(figure):
    """Every text that is drawn, with the rectangle that it takes, in pixels; of names without the lines to points."""
    renderer = figure.canvas.get_renderer()
    return [(text.get_text(), Text.get_window_extent(text, renderer)) for text in _texts(figure)]


def _texts(figure):
    unseen = set().union(*map(_unseen, figure.findobj(pyplot.Axes)))
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in texts if text not in unseen]


def _unseen(axes):
    """Texts that matplotlib keeps and does not draw: ticks outside of the axes, and those of none."""
    ticks = [(tick, axis.get_view_interval()) for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_major_ticks()]
    outside = {tick.label1 for tick, view in ticks if not min(view) <= tick.get_loc() <= max(view)}
    return outside if axes.axison else set(axes.findobj(Text)) - {axes.title, *axes.texts}


def faults(figure):
    """Texts that leave the figure, and texts that overlap: by their rectangles, and by the pixels that they blacken."""
    found = words(figure)
    width, height = figure.canvas.get_width_height()
    cut = [name for name, box in found if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]
    both = [(one, other) for (one, a), (other, b) in combinations(found, 2) if a.overlaps(b)]
    ink = _ink(figure)
    if any(edge.any() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1])):
        cut.append("ink at the edge")
    if ink.max() > 150:  # a text that is half transparent blackens half; of two, one above the other, it is 3/4 of 255
        both.append("ink on ink")
    return cut, both


def _ink(figure):
    """How dark, of 255, each pixel is in which nothing but texts is drawn, each of them half transparent."""
    renderer = figure.canvas.get_renderer()
    renderer.clear()
    for text in _texts(figure):
        before = text.get_alpha()
        text.set_alpha(0.5)
        Text.draw(text, renderer)
        text.set_alpha(before)
    return np.asarray(renderer.buffer_rgba())[..., 3]


def out_of_boxes(figure):
    """Texts that stand partly in a box and partly outside of it."""
    boxes = [
        box.get_window_extent() for box in figure.findobj(Rectangle) if box not in (figure.patch, figure.axes[0].patch)
    ]
    return [name for name, text in words(figure) for box in boxes if text.overlaps(box) and not _contains(box, text)]


def _contains(box, text):
    return box.x0 <= text.x0 and text.x1 <= box.x1 and box.y0 <= text.y0 and text.y1 <= box.y1


def hidden_points(axes):
    """Marked points that a name of the axes hides."""
    renderer = axes.figure.canvas.get_renderer()
    boxes = [Text.get_window_extent(text, renderer) for text in axes.findobj(Annotation)]
    marked = [line for line in axes.lines if line.get_marker() not in ("", "None")]
    points = [axes.transData.transform(point) for line in marked for point in line.get_xydata()]
    return [point for point in points for box in boxes if box.contains(*point)]
