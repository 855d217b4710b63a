"""Architecture tables laid out as Table I of the MENet paper: the answer of `table`.

Lines that all designs share stand once, centred across the columns, which no table library does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from menet_design.analysis.cost import count
from menet_design.analysis.layout import Layout, Line, layout
from menet_design.design import Design
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import times_ten_to_six

_GAP = 3


def table(designs: Iterable[Design]) -> "ArchitectureTable":
    """The architecture table of some designs of one family, a column each; `str()` prints it."""
    return ArchitectureTable(layout([count(design) for design in designs]))


@dataclass(frozen=True)
class ArchitectureTable:
    """An architecture table as text, Markdown, LaTeX or data (`layout`)."""

    layout: Layout

    @property
    def note(self) -> str:
        """What the last line of the table counts, and how it is cut."""
        return f"{self.layout.convention}; cut to whole millions"

    def document(self) -> Document:
        """The table as a document; people get one of the methods below in place of its plain table."""
        columns = [Column(key, key) for key in ("stage", "output", *self.layout.names)]
        rows = [(line.stage, line.size, *line.cells) for line in self.layout.lines]
        rows.append(("macs", "", *map(str, self.layout.macs)))
        results = [
            {"network": name, "macs": macs, "lines": [_entry(line, index) for line in self.layout.lines]}
            for index, (name, macs) in enumerate(zip(self.layout.names, self.layout.macs, strict=True))
        ]
        return Document("table", results, Table(columns, rows), "", (self.note,))

    def __str__(self) -> str:
        header = Line("Stage", "Output size", self.layout.titles)
        lines = list(_lines(self.layout))
        columns = zip(*((line.stage, line.size, *line.cells) for line in (header, *lines)), strict=True)
        widths = [max(map(len, column)) for column in columns]
        rule = "─" * (sum(widths) + _GAP * (len(widths) - 1))
        printed = [_text_line(line, widths, _is_spanning(line)) for line in lines]
        return "\n".join([_text_line(header, widths, False), rule, *printed[:-1], rule, printed[-1]])

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


def _text_line(line: Line, widths: Sequence[int], shared: bool) -> str:
    left = f"{line.stage:<{widths[0]}}{' ' * _GAP}{line.size:^{widths[1]}}{' ' * _GAP}"
    across = sum(widths[2:]) + _GAP * (len(widths) - 3)
    cells = f"{line.cells[0]:^{across}}" if shared else _cells(line.cells, widths[2:])
    return f"{left}{cells}".rstrip()


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(f"{cell:^{width}}" for cell, width in zip(cells, widths, strict=True))


def _middle(line: Line) -> Sequence[str]:
    if not _is_spanning(line):
        return line.cells
    middle = (len(line.cells) - 1) // 2
    return ["" if index != middle else cell for index, cell in enumerate(line.cells)]


def _latex_line(line: Line) -> str:
    cells = [_math(cell) for cell in line.cells]
    if _is_spanning(line) and len(cells) > 1:
        cells = [rf"\multicolumn{{{len(cells)}}}{{c}}{{{cells[0]}}}"]
    return " & ".join([line.stage, _math(line.size), *cells]) + r" \\"


def _math(text: str) -> str:
    """× and powers as LaTeX prints them."""
    return text.replace(" × 10⁶", r" $\times 10^{6}$").replace("×", r"$\times$")
