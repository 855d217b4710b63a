"""Figures laid out as they are written, and what cannot be read in them."""

from itertools import combinations

from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

DPI = 300


def capture(monkeypatch, draw):
    """The figures that a function writes, laid out; of their files nothing but names."""
    kept = []

    def savefig(self, path, **_):
        path.touch()
        self.set_dpi(DPI)
        FigureCanvasAgg(self).draw()
        kept.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(Figure, "savefig", savefig)
        draw()
    return kept


def words(figure):
    """Every text that is drawn, with the rectangle that it takes, in pixels; of names without the lines to points."""
    renderer = figure.canvas.get_renderer()
    unseen = set().union(*map(_unseen, figure.findobj(pyplot.Axes)))
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), Text.get_window_extent(text, renderer)) for text in texts if text not in unseen]


def _unseen(axes):
    """Texts that matplotlib keeps and does not draw: ticks outside of the axes, and all but the title of none."""
    ticks = [(tick, axis.get_view_interval()) for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_major_ticks()]
    outside = {tick.label1 for tick, view in ticks if not min(view) <= tick.get_loc() <= max(view)}
    return outside if axes.axison else set(axes.findobj(Text)) - {axes.title}


def faults(figure):
    """Texts that leave the figure, and texts that overlap."""
    found = words(figure)
    width, height = figure.canvas.get_width_height()
    cut = [name for name, box in found if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]
    both = [(one, other) for (one, a), (other, b) in combinations(found, 2) if a.overlaps(b)]
    return cut, both


def hidden_points(axes):
    """Marked points that a name of the axes hides."""
    renderer = axes.figure.canvas.get_renderer()
    boxes = [Text.get_window_extent(text, renderer) for text in axes.findobj(Annotation)]
    marked = [line for line in axes.lines if line.get_marker() not in ("", "None")]
    points = [axes.transData.transform(point) for line in marked for point in line.get_xydata()]
    return [point for point in points for box in boxes if box.contains(*point)]
