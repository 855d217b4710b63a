"""The row and the columns of each node of a graph, so that no line to it runs through another."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from menet_design.report.picture_nodes import Node


def places(found: Sequence[Node]) -> dict[str, tuple[int, list[int]]]:
    """Where each node goes: its row by the longest path from an input, and the columns of the lines from its inputs.

    The first of these is its own. A line runs down in its source's column if that is free, otherwise in the first free
    one on its right.
    """
    placed: dict[str, tuple[int, list[int]]] = {}
    grid = _Grid(set(), set(), set())
    for node in found:
        inputs = [(placed[name][0], placed[name][1][0]) for name in node.inputs]
        row = 1 + max((row for row, _ in inputs), default=-1)
        while (columns := grid.place(row, inputs)) is None:
            row += 1
        placed[node.name] = row, columns
    return placed


class _Grid(NamedTuple):
    """The places, each a row and a column, of boxes, of lines that run down or end there, and of lines across."""

    boxes: set[tuple[int, int]]
    down: set[tuple[int, int]]
    across: set[tuple[int, int]]

    def place(self, row: int, inputs: Sequence[tuple[int, int]]) -> list[int] | None:
        """The columns of the lines from some places to a box in a row, which are taken now; None where it has no room.

        The first line ends in the box, the others go across to it, and not through another.
        """
        ways = [(range(start + 1, row + 1), column) for start, column in inputs] or [(range(row, row + 1), 0)]
        taken, columns = set(self.down), list[int]()
        for rows, column in ways:
            columns.append(next(each for each in count(column) if _cells(rows, each).isdisjoint(taken)))
            taken |= _cells(rows, columns[-1])
        across = {(row, column) for column in range(min(columns), max(columns) + 1)} - {(row, columns[0])}
        if across & (self.boxes | self.across) or (row, columns[0]) in self.across:
            return None
        self.boxes.add((row, columns[0]))
        self.down.update(taken)
        self.across.update(across)
        return columns


def _cells(rows: Iterable[int], column: int) -> set[tuple[int, int]]:
    return {(row, column) for row in rows}
