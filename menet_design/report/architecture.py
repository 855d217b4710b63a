"""Architecture tables laid out as Table I of the MENet paper: the answer of `table`.

Lines that all designs share stand once, centred across the columns, which no table library does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from menet_design.analysis.cost import count
from menet_design.analysis.layout import Layout, Line, layout
from menet_design.design import Design
from menet_design.errors import DesignError
from menet_design.report.costs import readings, recorded_readings
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import times_ten_to_six, times_ten_to_three

_GAP = 2


def table(designs: Iterable[Design]) -> "ArchitectureTable":
    """The architecture table of some designs of one family, a column each; `str()` prints it.

    Raises DesignError where there is no design.
    """
    designs = list(designs)
    if not designs:
        raise DesignError("a table needs a design")
    return ArchitectureTable(layout([count(design) for design in designs]))


@dataclass(frozen=True)
class ArchitectureTable:
    """An architecture table as text, Markdown, LaTeX or data (`layout`)."""

    layout: Layout

    def document(self) -> Document:
        """The table as a document, exact in machine formats."""
        columns = [Column(key, key) for key in ("stage", "output", *self.layout.names)]
        rows = [(line.stage, line.size, *line.cells) for line in self.layout.lines]
        rows.append(("macs", self.layout.convention.name, *map(str, self.layout.macs)))
        results = [
            {
                "network": design.name,
                "macs": macs,
                "convention": self.layout.convention.name,
                "lines": [_entry(line, index) for line in self.layout.lines],
                **recorded_readings(design),
            }
            for index, (design, macs) in enumerate(zip(self.layout.designs, self.layout.macs, strict=True))
        ]
        cut = "thousands" if self._is_small else "millions, as the MENet paper cuts its own"
        notes = (*readings(self.layout.designs), self.layout.convention.statement, f"FLOPs are cut to whole {cut}")
        return Document("table", results, Table(columns, rows), "", notes, bodies=self.bodies())

    def bodies(self, footer: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
        """The table as text, Markdown and LaTeX; below it stand the lines of a footer, by default the FLOPs."""
        below = footer or {"FLOPs": self._costs()}
        return {"table": self._text(below), "markdown": self._markdown(below), "latex": self._latex(below)}

    def __str__(self) -> str:
        return self.bodies()["table"]

    def markdown(self) -> str:
        """A pipe table. Markdown knows no cell across columns: what is shared stands in the middle one, if any."""
        return self.bodies()["markdown"]

    def latex(self) -> str:
        """A tabular for the booktabs package."""
        return self.bodies()["latex"]

    def _text(self, footer: Mapping[str, Sequence[str]]) -> str:
        names, groups = zip(*map(_halves, self.layout.titles), strict=True)
        lines = self.layout.lines
        widths = _widths(lines, [names, groups, *footer.values()])
        rule = "─" * (sum(widths) + 1 + _GAP * (len(widths) - 2))
        header = [_text_line("Stage", "Output", names, widths), _text_line("", "size", groups, widths)]
        body = [
            _text_line(line.stage, line.size, line.cells[:1] if line.is_shared else line.cells, widths)
            for line in lines
        ]
        below = [_text_line(name, "", cells, widths) for name, cells in footer.items()]
        return "\n".join([*header, rule, *body, rule, *below])

    def _markdown(self, footer: Mapping[str, Sequence[str]]) -> str:
        header = ["Stage", "Output size", *self.layout.titles]
        marks = [":--", ":-:", *(":-:" for _ in self.layout.titles)]
        rows = [[line.stage, line.size, *_middle(line)] for line in self.layout.lines]
        rows = [header, marks, *rows, *([name, "", *cells] for name, cells in footer.items())]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _latex(self, footer: Mapping[str, Sequence[str]]) -> str:
        titles = [rf"\textbf{{{_math(title)}}}" for title in self.layout.titles]
        body = [_latex_row(line.stage, line.size, _latex_cells(line)) for line in self.layout.lines]
        below = [_latex_row(name, "", [_math(cell) for cell in cells]) for name, cells in footer.items()]
        head = [rf"\begin{{tabular}}{{lc{'c' * len(titles)}}}", r"\toprule", _latex_row("Stage", "Output size", titles)]
        rules = [r"\midrule", *body, r"\midrule", *below, r"\bottomrule", r"\end{tabular}"]
        return "\n".join([*head, *rules])

    def _costs(self) -> list[str]:
        show = times_ten_to_three if self._is_small else times_ten_to_six
        return [show(macs) for macs in self.layout.macs]

    @property
    def _is_small(self) -> bool:
        """Whether whole millions would say little of the cost of a design."""
        return min(self.layout.macs) < 10**7


def _halves(title: str) -> tuple[str, str]:
    """A title in two lines: what follows a bracket stands below."""
    name, bracket, rest = title.partition(" (")
    return name, f"({rest}" if bracket else ""


def _entry(line: Line, index: int) -> dict[str, str]:
    return {"stage": line.stage, "output": line.size, "layer": line.cells[index]}


def _widths(lines: Sequence[Line], others: Sequence[Sequence[str]]) -> list[int]:
    """The widths of stage, size and designs; shared cells run across the designs, the last makes room for them."""
    rows = [*others, *(line.cells for line in lines if not line.is_shared)]
    designs = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    shared = max(len(line.cells[0]) for line in lines if line.is_shared)
    designs[-1] += max(0, shared - sum(designs) - _GAP * (len(designs) - 1))
    return [max(len(line.stage) for line in lines), max(len(line.size) for line in lines), *designs]


def _text_line(stage: str, size: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    """A line of text; one cell runs across all designs."""
    columns = widths[2:] if len(cells) > 1 else [sum(widths[2:]) + _GAP * (len(widths) - 3)]
    centred = (f"{cell:^{width}}" for cell, width in zip(cells, columns, strict=True))
    return f"{stage:<{widths[0]}} {size:^{widths[1]}}{' ' * _GAP}{(' ' * _GAP).join(centred)}".rstrip()


def _middle(line: Line) -> Sequence[str]:
    count = len(line.cells)
    if not line.is_shared or count % 2 == 0:
        return line.cells
    return ["" if index != count // 2 else cell for index, cell in enumerate(line.cells)]


def _latex_cells(line: Line) -> list[str]:
    cells = [_math(cell) for cell in line.cells]
    return [rf"\multicolumn{{{len(cells)}}}{{c}}{{{cells[0]}}}"] if line.is_shared and len(cells) > 1 else cells


def _latex_row(stage: str, size: str, cells: Sequence[str]) -> str:
    return " & ".join([stage, _math(size), *cells]) + r" \\"


def _math(text: str) -> str:
    """Products, powers and g as LaTeX sets them in mathematics."""
    for sign, power in (("⁶", 6), ("³", 3)):
        text = re.sub(rf"(\d+) × 10{sign}", rf"$\1 \\times 10^{{{power}}}$", text)
    text = re.sub(r"g = (\d+)", r"$g = \1$", text)
    return text.replace("×", r"$\times$")
