"""Architecture tables laid out as Table I of the MENet paper: the answer of `table`.

Lines that all designs share stand once, centred across the columns, which no table library does.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from menet_design.analysis.cost import count
from menet_design.analysis.layout import Layout, Line, layout
from menet_design.design import Design
from menet_design.errors import DesignError
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import times_ten_to_six

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
                "network": name,
                "macs": macs,
                "convention": self.layout.convention.name,
                "lines": [_entry(line, index) for line in self.layout.lines],
            }
            for index, (name, macs) in enumerate(zip(self.layout.names, self.layout.macs, strict=True))
        ]
        notes = (self.layout.convention.statement, "FLOPs are cut to whole millions, as the paper cuts them")
        bodies = {"table": str(self), "markdown": self.markdown(), "latex": self.latex()}
        return Document("table", results, Table(columns, rows), "", notes, bodies=bodies)

    def __str__(self) -> str:
        names, groups = zip(*(title.split(" ", 1) for title in self.layout.titles), strict=True)
        header = [Line("Stage", "Output", names), Line("", "size", groups)]
        *lines, flops = _lines(self.layout)
        widths = _widths([*header, *lines, flops])
        rule = "─" * (sum(widths) + 1 + _GAP * (len(widths) - 2))
        printed = [_text_line(line, widths, _is_spanning(line)) for line in lines]
        titles = [_text_line(line, widths, shared=False) for line in header]
        return "\n".join([*titles, rule, *printed, rule, _text_line(flops, widths, shared=False)])

    def markdown(self) -> str:
        """A pipe table; Markdown knows no cell across columns, so what is shared stands in the middle one."""
        header = ["Stage", "Output size", *self.layout.titles]
        marks = [":--", ":-:", *(":-:" for _ in self.layout.titles)]
        rows = [header, marks, *([line.stage, line.size, *_middle(line)] for line in _lines(self.layout))]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def latex(self) -> str:
        """A tabular for the booktabs package."""
        titles = " & ".join(rf"\textbf{{{_math(title)}}}" for title in self.layout.titles)
        *body, last = map(_latex_line, _lines(self.layout))
        head = [rf"\begin{{tabular}}{{lc{'c' * len(self.layout.titles)}}}", r"\toprule"]
        head += [rf"Stage & Output size & {titles} \\", r"\midrule"]
        return "\n".join([*head, *body, r"\midrule", last, r"\bottomrule", r"\end{tabular}"])


def _entry(line: Line, index: int) -> dict[str, str]:
    return {"stage": line.stage, "output": line.size, "layer": line.cells[index]}


def _lines(layout: Layout) -> Iterator[Line]:
    yield from layout.lines
    yield Line("FLOPs", "", tuple(times_ten_to_six(macs) for macs in layout.macs))


def _is_spanning(line: Line) -> bool:
    """Shared lines stand once, but each design has its own FLOPs."""
    return line.is_shared and line.stage != "FLOPs"


def _widths(lines: Sequence[Line]) -> list[int]:
    """The widths of the columns: shared cells may run across all, so the last column makes room for them."""
    own = [line.cells for line in lines if not _is_spanning(line)]
    designs = [max(map(len, cells)) for cells in zip(*own, strict=True)]
    shared = max(len(line.cells[0]) for line in lines if _is_spanning(line))
    designs[-1] += max(0, shared - sum(designs) - _GAP * (len(designs) - 1))
    return [max(len(line.stage) for line in lines), max(len(line.size) for line in lines), *designs]


def _text_line(line: Line, widths: Sequence[int], shared: bool) -> str:
    left = f"{line.stage:<{widths[0]}} {line.size:^{widths[1]}}{' ' * _GAP}"
    across = sum(widths[2:]) + _GAP * (len(widths) - 3)
    return (left + (f"{line.cells[0]:^{across}}" if shared else _cells(line.cells, widths[2:]))).rstrip()


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(f"{cell:^{width}}" for cell, width in zip(cells, widths, strict=True))


def _middle(line: Line) -> Sequence[str]:
    """A shared cell in the middle column, or in each where there is no middle one."""
    count = len(line.cells)
    if not _is_spanning(line) or count % 2 == 0:
        return line.cells
    return ["" if index != count // 2 else cell for index, cell in enumerate(line.cells)]


def _latex_line(line: Line) -> str:
    cells = [_math(cell) for cell in line.cells]
    if _is_spanning(line) and len(cells) > 1:
        cells = [rf"\multicolumn{{{len(cells)}}}{{c}}{{{cells[0]}}}"]
    return " & ".join([line.stage, _math(line.size), *cells]) + r" \\"


def _math(text: str) -> str:
    """Products, powers and g as LaTeX sets them in mathematics."""
    text = re.sub(r"(\d+) × 10⁶", r"$\1 \\times 10^{6}$", text)
    text = re.sub(r"g = (\d+)", r"$g = \1$", text)
    return text.replace("×", r"$\times$")
