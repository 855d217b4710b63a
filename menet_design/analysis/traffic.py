"""How many bytes a network moves, operation by operation, and how many multiply-adds it does for each of them.

An operation reads each of its inputs and its parameters once, and writes its output once. A slice is a view, and
constants are read by whoever reads them: neither moves anything. Real kernels may move more, where their tiles do not
fit into caches, or less, where an input still lies in one: this is what the network asks for, on any machine.

Fused, a norm or an activation that alone reads what a convolution, a fully connected layer or a fused one of its own
kind makes moves nothing: it is computed before that is written, as engines do that fold norms and clamp as they write.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from types import MappingProxyType
from typing import NamedTuple

from menet_design.analysis import memory
from menet_design.analysis.cost import Cost, Row, count
from menet_design.graph.network import Network
from menet_design.graph.operation import VOCABULARY, Integer, Rules
from menet_design.values import check_known

# The bytes of a number, by type.
BYTES: Mapping[str, int] = MappingProxyType({**memory.BYTES, "bfloat16": 2})


class Movement(NamedTuple):
    """An operation, and the bytes that it moves."""

    row: Row
    bytes: Integer

    def least(self, macs_per_second: float, bytes_per_second: float) -> float:
        """The seconds that it takes at least on a machine of such peaks: its roofline (Williams et al. 2009)."""
        return float(max(self.row.macs / macs_per_second, self.bytes / bytes_per_second))


@dataclass(frozen=True)
class Traffic:
    """The bytes that a network moves in numbers of a type, a movement for each operation in the order of execution."""

    cost: Cost = field(repr=False)
    dtype: str
    fused: bool
    movements: tuple[Movement, ...] = field(repr=False)

    @property
    def network(self) -> Network:
        """The network that runs."""
        return self.cost.network

    @cached_property
    def bytes(self) -> Integer:
        """The bytes that all operations move."""
        return sum(each.bytes for each in self.movements)

    @property
    def intensity(self) -> float:
        """Multiply-adds a byte: the arithmetic intensity."""
        return float(self.cost.macs / self.bytes)


def traffic(network: Network, dtype: str = "float32", *, fused: bool = False) -> Traffic:
    """The bytes that a network moves in numbers of one of BYTES, for all images of its batch; parameters move once.

    Raises DesignError for an unknown type, and UnknownOperation for an operation that has no rule.

    >>> from menet_design.resolving import network
    >>> traffic(network("352-MENet-12x1/8"), fused=True).bytes
    117918560
    """
    check_known("type", dtype, tuple(BYTES))
    cost, free = count(network), set(_fused(network)) if fused else set()
    moved = (0 if row.name in free else _MOVED.of(row.operation)(row, network.batch) for row in cost.rows)
    return Traffic(cost, dtype, fused, tuple(map(Movement, cost.rows, (BYTES[dtype] * each for each in moved))))


def _fused(network: Network) -> Iterator[str]:
    """The full names of norms and activations that are computed as what they read is made."""
    steps = list(memory.steps_of(network))
    readers = Counter(name for _, _, inputs in steps for name in inputs) + Counter(network.outputs)
    written = set()  # by what could go on with them
    for name, op, inputs in steps:
        follows = op.kind in ("norm", "activation") and inputs[0] in written and readers[inputs[0]] == 1
        if follows:
            yield name
        if follows or op.kind in ("conv", "linear"):
            written.add(name)


def _all(row: Row, batch: int) -> Integer:
    op = row.operation
    read = dict(zip(op.inputs, op.reads, strict=True)).values()
    return batch * (sum(map(prod, read)) + op.elements) + row.params


def _rows(row: Row, batch: int) -> Integer:
    """Of an embedding only the rows that are taken are read."""
    return batch * (row.operation.in_elements + 2 * row.operation.elements)


def _nothing(row: Row, batch: int) -> Integer:
    return 0


_MOVED = Rules(
    "bytes that it moves",
    {**dict.fromkeys(VOCABULARY, _all), "embedding": _rows, "slice": _nothing, "constant": _nothing},
)
