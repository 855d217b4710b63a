"""The lines of an architecture table, as Table I of the MENet paper lays a network out."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from menet_design.analysis.conventions import Convention
from menet_design.analysis.cost import Cost
from menet_design.architectures.network import Block, Operation
from menet_design.design import Design
from menet_design.errors import DesignError


class Line(NamedTuple):
    """A line of the table: the stage, the output size of its first layer, and a cell for each design."""

    stage: str
    size: str
    cells: tuple[str, ...]

    @property
    def is_shared(self) -> bool:
        """Whether every design has the same cell."""
        return len(set(self.cells)) == 1


class Layout(NamedTuple):
    """An architecture table: a column for each design. `macs` are the exact multiply-adds of each."""

    designs: tuple[Design, ...]
    lines: tuple[Line, ...]
    macs: tuple[int, ...]
    convention: Convention

    @property
    def titles(self) -> tuple[str, ...]:
        """The designs' names as the papers print them."""
        return tuple(design.title for design in self.designs)

    @property
    def names(self) -> tuple[str, ...]:
        """The designs' names in ASCII."""
        return tuple(design.name for design in self.designs)


def layout(costs: list[Cost]) -> Layout:
    """The architecture table of several designs side by side; DesignError where they differ in their lines."""
    columns = [list(_column(cost)) for cost in costs]
    for cost, column in zip(costs, columns, strict=True):
        if [line.stage for line in column] != [line.stage for line in columns[0]]:
            cause = f"{costs[0].design.name} and {cost.design.name} are not laid out in the same lines"
            raise DesignError(cause, "Ask for a table of each")
    lines = tuple(
        Line(lines[0].stage, ", ".join(dict.fromkeys(line.size for line in lines)), tuple(x.cells[0] for x in lines))
        for lines in zip(*columns, strict=True)
    )
    designs, macs = tuple(cost.design for cost in costs), tuple(cost.macs for cost in costs)
    return Layout(designs, lines, macs, costs[0].convention)


def _column(cost: Cost) -> Iterator[Line]:
    """The lines of one design. The size stands on the first line of a stage."""
    resolution = cost.design.resolution
    yield Line("", f"{resolution}×{resolution}", ("Image",))
    for stage, blocks in groupby(cost.network.blocks, key=lambda block: block.name.partition(".")[0]):
        label = f"Stage {stage.removeprefix('stage')}" if stage.startswith("stage") else stage.capitalize()
        for index, (size, text) in enumerate(_stage(list(blocks))):
            yield Line(label if index == 0 else "", size if index == 0 else "", (text,))


def _stage(blocks: list[Block]) -> Iterator[tuple[str, str]]:
    """Output size and text of each line of a stage: runs of like modules, or single layers."""
    for operations, run in groupby(blocks, key=lambda block: block.operations):
        first, *others = run
        if not first.unit:
            yield from _layers(operations)
            continue
        repeat = f", ×{len(others) + 1}" if others else ""
        yield _size(first.last), f"{first.unit}, {first.last.channels}{_stride(first)}{repeat}"


def _stride(block: Block) -> str:
    stride = max(max(op.stride) for op in block.operations)
    return _by((stride, stride))


def _by(stride: tuple[int, int]) -> str:
    """A stride as Table I writes it; (2, 1) as "/2×1"."""
    if stride == (1, 1):
        return ""
    return f", /{stride[0]}" if stride[0] == stride[1] else f", /{stride[0]}×{stride[1]}"


def _window(op: Operation) -> str:
    return f"{op.kernel[0]}×{op.kernel[1]}"


def _conv(op: Operation) -> str:
    """A convolution and its channels; "dw" is depthwise, g the number of groups of any other."""
    if op.is_depthwise:
        return f"dw conv, {op.channels}"
    return f"conv, {op.channels}" + (f", g = {op.groups}" if op.groups > 1 else "")


def _layers(operations: tuple[Operation, ...]) -> Iterator[tuple[str, str]]:
    """Convolutions and poolings with their strides; the classifier in one line."""
    if operations[-1].kind == "linear":
        yield _size(operations[-1]), ", ".join((*_classifier(operations), "softmax"))
        return
    for op in operations:
        if op.kind == "conv":
            yield _size(op), f"{_window(op)} {_conv(op)}{_by(op.stride)}"
        if op.kind == "pool":
            yield _size(op), f"{_window(op)} {op.variant} pool{_by(op.stride)}"


def _classifier(operations: tuple[Operation, ...]) -> Iterator[str]:
    for op in operations:
        if op.kind == "pool":
            yield "global average pool"
        if op.kind == "linear":
            yield f"{op.channels}-d fc"


def _size(op: Operation) -> str:
    return f"{op.height}×{op.width}"
