"""How much memory the activations of a network need at once, by liveness.

A tensor is born where it is made and dies after its last reader; the peak is the largest sum alive. In place, norms,
activations, sums and products reuse their first input where it has their shape and no other reader.
"""

from collections import Counter
from dataclasses import dataclass, field
from math import prod

from menet_design.graph.network import Network, input_name
from menet_design.graph.operation import Operation
from menet_design.values import check_known

BYTES = {"float32": 4, "float16": 2, "int8": 1}
_IN_PLACE = ("norm", "activation", "add", "product")


@dataclass(frozen=True)
class Memory:
    """The peak of a network's activations in bytes: the operation that reaches it, and what is alive then."""

    network: Network
    dtype: str
    peak: int
    at: str
    alive: tuple[str, ...] = field(repr=False)


def memory(network: Network, dtype: str = "float32", *, in_place: bool = False) -> Memory:
    """The peak of the activations of a network's batch, its inputs among them while they are read.

    Raises DesignError for a type that is not one of BYTES.
    """
    check_known("type", dtype, tuple(BYTES))
    steps = [
        (block.full_name(op.name), op, [block.full_name(name) for name in op.inputs])
        for block in network.blocks
        for op in block.operations
    ]
    readers = Counter(network.outputs)
    readers.update(name for _, _, inputs in steps for name in set(inputs))
    alive = {input_name(index): prod(shape) for index, shape in enumerate(network.inputs)}
    peak, at, then = 0, "", tuple(alive)
    for name, op, inputs in steps:
        reused = in_place and _reuses(op) and readers[inputs[0]] == 1
        alive[name] = alive.pop(inputs[0]) if reused else op.elements
        if sum(alive.values()) > peak:
            peak, at, then = sum(alive.values()), name, tuple(alive)
        readers.subtract(set(inputs))
        for each in (*inputs, name):
            if not readers[each]:
                alive.pop(each, None)
    return Memory(network, dtype, network.batch * peak * BYTES[dtype], at, then)


def _reuses(op: Operation) -> bool:
    """Whether an operation can write over its first input."""
    return op.kind in _IN_PLACE and op.reads[0] == op.output
