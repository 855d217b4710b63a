"""Blocks of a network with every stride 1."""

from collections.abc import Iterable

from menet_design.graph.network import Block
from menet_design.graph.operation import Operation, Shape


def unstrided(blocks: Iterable[Block], size: Shape) -> tuple[Block, ...]:
    """The same blocks with every stride 1, on maps that all have this height and width.

    It holds for convolutions and pools whose padding keeps the size at stride 1, and for what works element by element.
    """
    return tuple(block._replace(operations=tuple(_unstrided(op, size) for op in block.operations)) for block in blocks)


def _unstrided(op: Operation, size: Shape) -> Operation:
    reads = tuple((channels, *size) for channels, *_ in op.reads)
    return op._replace(reads=reads, output=(op.channels, *size), stride=tuple(1 for _ in op.stride))
