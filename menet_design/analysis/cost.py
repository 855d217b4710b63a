"""Multiply-adds, parameters and activations of a network, operation by operation.

Multiply-adds (MACs) are those of convolutions and fully connected layers without bias, at batch size 1:
the paper's "FLOPs". Other conventions add to them. Parameters are all trained ones: weights, biases,
batch-norm scales and shifts. Activations are the output elements of convolutions.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain
from typing import NamedTuple

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.architectures import network
from menet_design.architectures.network import Block, Network, Operation, Size
from menet_design.design import Design, check_known

GROUPINGS = ("layer", "block", "stage", "branch", "operation")


class Amounts(NamedTuple):
    """What one operation, or a set of them, costs."""

    macs: Size
    params: Size
    activations: Size


class Row(NamedTuple):
    """An operation by its full name, what it costs, and the shape (channels, height, width) of its output."""

    name: str
    operation: str
    macs: int
    params: int
    activations: int
    output: tuple[int, int, int]


class Columns(NamedTuple):
    """The rows of a block, column by column, with names relative to the block."""

    names: Sequence[str]
    operations: Sequence[str]
    macs: Sequence[Size]
    params: Sequence[Size]
    activations: Sequence[Size]
    outputs: Sequence[tuple[Size, Size, Size]]


class Priced(NamedTuple):
    """A block and what its operations cost."""

    block: Block
    columns: Columns


@dataclass(frozen=True)
class Cost:
    """What a design costs; `macs`, `params` and `activations` are exact and equal the sums over `rows`.

    `macs` are what the convention counts: multiply-adds, and what other counters than the paper add to them.
    """

    design: Design
    network: Network = field(repr=False)
    macs: int
    params: int
    activations: int
    blocks: tuple[Priced, ...] = field(repr=False)
    convention: Convention = PAPER

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every operation of the network, in the order of execution."""
        return tuple(chain.from_iterable(map(_rows, self.blocks)))

    def by(self, grouping: str) -> tuple[Row, ...]:
        """The rows gathered by one of GROUPINGS; their sums stay the totals.

        A gathered row has the output of its last operation, and an `operation` only if it gathers one kind.
        """
        check_known("grouping", grouping, GROUPINGS)
        if grouping == "layer":
            return self.rows
        return tuple(_gathered_row(name, rows, grouping) for name, rows in _gathered(self.blocks, grouping).items())

    def share(self, branch: str) -> Fraction:
        """The share of the multiply-adds that one branch of the blocks has, such as "fusion"."""
        return Fraction(sum(row.macs for row in self.by("branch") if row.name == branch), self.macs)


def count(design: Design, convention: Convention = PAPER) -> Cost:
    """Count a design, by the convention of the MENet paper or of another counter (`analysis.counters`)."""
    built = network(design)
    blocks = price(built, convention)
    return Cost(design, built, *totals(blocks), blocks, convention)


def price(built: Network, convention: Convention = PAPER) -> tuple[Priced, ...]:
    """What each operation of each block costs; blocks that share their operations are worked out once."""
    distinct = {id(block.operations): block.operations for block in built.blocks}
    columns = {key: _columns(operations, convention) for key, operations in distinct.items()}
    return tuple(Priced(block, columns[id(block.operations)]) for block in built.blocks)


def totals(blocks: Iterable[Priced]) -> Amounts:
    """The sums over all operations, whatever their sizes are: ints, expressions or arrays."""
    return _sum(Amounts(*map(sum, priced.columns[2:5])) for priced in blocks)


def by_branch(blocks: Iterable[Priced]) -> dict[str, Amounts]:
    """The sums by branch of the blocks, and by stage outside of them, whatever their sizes are."""
    return {name: _sum(map(_amounts, rows)) for name, rows in _gathered(blocks, "branch").items()}


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    return Amounts(*map(sum, zip(*amounts, strict=True)))


def _amounts(row: Row) -> Amounts:
    return Amounts(row.macs, row.params, row.activations)


def _gathered(blocks: Iterable[Priced], grouping: str) -> dict[str, list[Row]]:
    """The rows under what they are gathered by, in the order of execution."""
    gathered: dict[str, list[Row]] = {}
    for priced in blocks:
        for row in _rows(priced):
            gathered.setdefault(_group_of(row, grouping, priced.block), []).append(row)
    return gathered


def _columns(operations: Sequence[Operation], convention: Convention) -> Columns:
    names, kinds = [op.name for op in operations], [op.kind for op in operations]
    macs, params, activations = zip(*[_RULES[op.kind](op) for op in operations], strict=True)
    if convention.steps:
        macs = tuple(map(convention.counted, operations, macs))
    return Columns(names, kinds, macs, params, activations, [op[3:6] for op in operations])


def _rows(priced: Priced) -> Iterator[Row]:
    prefix, columns = priced.block.name + ".", priced.columns
    names = [prefix + name for name in columns.names]
    return map(_ROW, zip(names, *columns[1:], strict=True))


# Row from an iterable without the length check of Row._make: a full count spends much of its time here.
_ROW = partial(tuple.__new__, Row)


def _group_of(row: Row, grouping: str, block: Block) -> str:
    """What a row is gathered under; operations outside the blocks are gathered under their stage."""
    if grouping == "operation":
        return row.operation
    if grouping == "stage" or not block.unit:
        return block.name.partition(".")[0]
    if grouping == "block":
        return block.name
    return row.name.removeprefix(f"{block.name}.").partition(".")[0]


def _gathered_row(name: str, rows: list[Row], grouping: str) -> Row:
    operation = name if grouping == "operation" else ""
    return Row(name, operation, *_sum(map(_amounts, rows)), rows[-1].output)


# Multiply-adds, parameters and activations of an operation, by its kind.
_Rule = Callable[[Operation], tuple[Size, Size, Size]]


def _conv(op: Operation) -> tuple[Size, Size, Size]:
    rows, columns = op.kernel
    weights = rows * columns * (op.in_channels // op.groups) * op.channels
    pixels = op.height * op.width
    return weights * pixels, weights + op.channels if op.bias else weights, op.channels * pixels


def _linear(op: Operation) -> tuple[Size, Size, Size]:
    weights = op.in_channels * op.channels
    return weights, weights + op.channels if op.bias else weights, 0


def _norm(op: Operation) -> tuple[Size, Size, Size]:
    return 0, 2 * op.channels, 0


def _free(op: Operation) -> tuple[Size, Size, Size]:
    return 0, 0, 0


_RULES: dict[str, _Rule] = {
    "conv": _conv,
    "linear": _linear,
    "norm": _norm,
    **dict.fromkeys(("activation", "pool", "shuffle", "product", "add", "concat", "pad"), _free),
}
