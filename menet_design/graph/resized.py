"""Blocks of a network on a map of any height and width, with their strides or without."""

from collections.abc import Iterable

from menet_design.graph.network import INPUT, Block
from menet_design.graph.operation import Integer, Operation, Shape


def resized(blocks: Iterable[Block], height: Integer, width: Integer, *, unstrided: bool = False) -> tuple[Block, ...]:
    """The same chain of blocks on an input of this height and width; `unstrided` sets every stride to 1.

    It holds for windows whose padding keeps the size at stride 1, so that a stride divides it and rounds up, and not
    for a classifier, which takes in the whole map.
    """
    size, found = (height, width), []
    for block in blocks:
        found.append(_resized_block(block, size, unstrided))
        size = found[-1].last.output[1:]
    return tuple(found)


def _resized_block(block: Block, size: Shape, unstrided: bool) -> Block:
    sizes, operations = {INPUT: size}, []
    for op in block.operations:
        operations.append(_resized_operation(op, [sizes[name] for name in op.inputs], unstrided))
        sizes[op.name] = operations[-1].output[1:]
    return block._replace(operations=tuple(operations))


def _resized_operation(op: Operation, sizes: list[Shape], unstrided: bool) -> Operation:
    stride = tuple(1 for _ in op.stride) if unstrided else op.stride
    made = tuple(-(-side // step) for side, step in zip(sizes[0], stride or (1, 1), strict=True))
    reads = tuple((shape[0], *size) for shape, size in zip(op.reads, sizes, strict=True))
    return op._replace(reads=reads, output=(op.channels, *made), stride=stride)
