"""Architecture tables laid out as Table I of the MENet paper: the answer of `table`.

Lines that all networks share stand once, centred across the columns, which no table library does.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import wrap

from menet_design.analysis.layout import Layout, Line
from menet_design.display import Displayed
from menet_design.report.costs import assumptions, recorded_assumptions
from menet_design.report.export import COLUMNS
from menet_design.report.tables import Document
from menet_design.report.units import times_ten_to_six, times_ten_to_three

_GAP = 2


@dataclass(frozen=True)
class ArchitectureTable(Displayed):
    """An architecture table as text, Markdown, LaTeX or data (`layout`).

    Below it stand the lines of a footer, each with a text for each network; by default the FLOPs.
    """

    layout: Layout
    footer: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def document(self) -> Document:
        """The table as a document, exact in machine formats."""
        found, name = self.layout, self.layout.convention.name
        results = [
            {
                "network": network.name,
                "macs": macs,
                "convention": name,
                "lines": [{"stage": x.stage, "output": x.size, "layer": x.cells[index]} for x in found.lines],
                **recorded_assumptions(network),
            }
            for index, (network, macs) in enumerate(zip(found.networks, found.macs, strict=True))
        ]
        lines = [*found.lines, Line("macs", name, tuple(map(str, found.macs)))]
        columns = [each if each not in found.names[:i] else f"{each} ({i + 1})" for i, each in enumerate(found.names)]
        records = [{"stage": x.stage, "output": x.size, **dict(zip(columns, x.cells, strict=True))} for x in lines]
        cut = "thousands" if self._is_small else "millions, as the MENet paper cuts its own"
        notes = [*assumptions(found.networks), found.convention.statement, f"FLOPs are cut to whole {cut}"]
        return Document("table", results, notes=notes, records=records, bodies=self.bodies(), version=2)

    def bodies(self) -> dict[str, str | Callable[[int], str]]:
        """The table as people read it, by format; as text a function of the width."""
        return {"table": self.text, "markdown": self.markdown(), "latex": self.latex()}

    def __str__(self) -> str:
        return self.text(COLUMNS)

    def text(self, width: int) -> str:
        """The table as text; below each other the networks, and the words of one, that a width has no room for."""
        whole = self._text()
        over = max(map(len, whole.splitlines())) - width
        if over <= 0:
            return whole
        if len(self.layout.titles) == 1:
            return self._broken(over)._text()
        half = len(self.layout.titles) // 2
        return "\n\n".join(self._of(part).text(width) for part in (slice(None, -half), slice(-half, None)))

    def _of(self, part: slice) -> "ArchitectureTable":
        """The table of some of its networks."""
        return ArchitectureTable(self.layout.of(part), {name: below[part] for name, below in self._footer.items()})

    def _broken(self, over: int) -> "ArchitectureTable":
        """The table of one network with its longest cells in lines that are shorter by so much."""
        room = max(len(cell) for line in self.layout.lines for cell in line.cells) - over
        lines = (part for line in self.layout.lines for part in _parts(line, max(room, 1)))
        return replace(self, layout=replace(self.layout, lines=tuple(lines)))

    def _text(self) -> str:
        titles = [title.partition(" (") for title in self.layout.titles]  # what follows a bracket stands below
        names = tuple(name for name, *_ in titles)
        groups = tuple(f"({rest}" if bracket else "" for _, bracket, rest in titles)
        parts = (
            [Line("Stage", "Output", names), Line("", "size", groups)],
            [replace(line, cells=line.cells[:1]) if line.is_shared else line for line in self.layout.lines],
            self._below,
        )
        widths = _widths([line for part in parts for line in part])
        rule = "─" * (sum(widths) + 1 + _GAP * len(names))
        return f"\n{rule}\n".join("\n".join(_text_line(line, widths) for line in part) for part in parts)

    def markdown(self) -> str:
        """A pipe table. Markdown knows no cell across columns: what is shared stands in the middle one, if any."""
        titles = self.layout.titles
        head = [Line("Stage", "Output size", titles), Line(":--", ":-:", (":-:",) * len(titles))]
        middle, odd = divmod(len(titles), 2)
        around = ("",) * middle
        lines = [
            replace(line, cells=(*around, line.cells[middle], *around)) if line.is_shared and odd else line
            for line in self.layout.lines
        ]
        return "\n".join(
            f"| {' | '.join((line.stage, line.size, *line.cells))} |" for line in [*head, *lines, *self._below]
        )

    def latex(self) -> str:
        """A tabular for the booktabs package."""
        titles = tuple(rf"\textbf{{{title}}}" for title in self.layout.titles)
        head = [rf"\begin{{tabular}}{{lc{'c' * len(titles)}}}", r"\toprule"]
        head.append(_latex_row(Line("Stage", "Output size", titles)))
        body = [_latex_row(line, spans=line.is_shared and len(titles) > 1) for line in self.layout.lines]
        foot = [*map(_latex_row, self._below), r"\bottomrule", r"\end{tabular}"]
        return "\n".join([*head, r"\midrule", *body, r"\midrule", *foot])

    @property
    def _below(self) -> list[Line]:
        return [Line(name, "", tuple(cells)) for name, cells in self._footer.items()]

    @property
    def _footer(self) -> Mapping[str, Sequence[str]]:
        show = times_ten_to_three if self._is_small else times_ten_to_six
        return self.footer or {"FLOPs": [show(macs) for macs in self.layout.macs]}

    @property
    def _is_small(self) -> bool:
        """Whether whole millions would say little of the cost of a network."""
        return min(self.layout.macs) < 10**7


def _parts(line: Line, room: int) -> list[Line]:
    """A line of one network as several, the first of which has the stage and the size."""
    first, *others = wrap(line.cells[0], room, break_long_words=False)
    return [replace(line, cells=(first,)), *(Line("", "", (other,)) for other in others)]


def _widths(lines: Sequence[Line]) -> list[int]:
    """The widths of stage, size and networks; a cell alone runs across these, the last of which makes room for it."""
    full = (line.cells for line in lines if len(line.cells) == len(lines[0].cells))
    widths = [max(map(len, cells)) for cells in zip(*full, strict=True)]
    alone = max((len(line.cells[0]) for line in lines if len(line.cells) == 1), default=0)
    widths[-1] += max(0, alone - sum(widths) - _GAP * (len(widths) - 1))
    _, _, *below = lines  # of small maps the header's "Output" stands out by a sign
    return [max(len(line.stage) for line in lines), max(len(line.size) for line in below), *widths]


def _text_line(line: Line, widths: Sequence[int]) -> str:
    stage, size, *columns = widths
    if len(line.cells) == 1:
        columns = [sum(columns) + _GAP * (len(columns) - 1)]
    cells = (f"{cell:^{width}}" for cell, width in zip(line.cells, columns, strict=True))
    return f"{line.stage:<{stage}} {line.size:^{size}}{' ' * _GAP}{(' ' * _GAP).join(cells)}".rstrip()


def _latex_row(line: Line, spans: bool = False) -> str:
    """A row, in which a cell that all networks share may span them."""
    cells = [_math(cell) for cell in line.cells]
    cells = [rf"\multicolumn{{{len(cells)}}}{{c}}{{{cells[0]}}}"] if spans else cells
    return " & ".join([line.stage, _math(line.size), *cells]) + r" \\"


def _math(text: str) -> str:
    """Products, powers and g as LaTeX sets them in mathematics."""
    for sign, power in (("⁶", 6), ("³", 3)):
        text = re.sub(rf"(\d+) × 10{sign}", rf"$\1 \\times 10^{{{power}}}$", text)
    text = re.sub(r"g = (\d+)", r"$g = \1$", text)
    return text.replace("×", r"$\times$")
