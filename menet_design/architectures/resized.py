"""Blocks of a network on a map of any height and width, with their strides or without."""

from collections.abc import Iterable

from menet_design.architectures.network import INPUT, Block, Network, Operation, Size


def resized(blocks: Iterable[Block], height: Size, width: Size, *, unstrided: bool = False) -> Network:
    """The same operations on an input of this height and width; `unstrided` sets every stride to 1.

    It holds for windows whose padding keeps the size at stride 1, so that a stride divides it and rounds up, and not
    for a classifier, which takes in the whole map.
    """
    flowed: list[Block] = []
    for block in blocks:
        flowed.append(_flowed(block, (height, width), unstrided))
        height, width = flowed[-1].last.output[1:]
    return Network(tuple(flowed))


def _flowed(block: Block, size: tuple[Size, Size], unstrided: bool) -> Block:
    sizes, operations = {INPUT: size}, []
    for op in block.operations:
        operations.append(_sized(op, sizes[op.inputs[0]], (1, 1) if unstrided else op.stride))
        sizes[op.name] = operations[-1].output[1:]
    return block._replace(operations=tuple(operations))


def _sized(op: Operation, size: tuple[Size, Size], stride: tuple[int, int]) -> Operation:
    (height, width), (down, across) = size, stride
    read = op.channels * height * width if op.kind == "pool" else 0
    return op._replace(height=-(-height // down), width=-(-width // across), stride=stride, in_elements=read)
