"""How much memory the activations of a network need at once, by liveness.

A tensor is born where it is made and dies after its last reader; the peak is the largest sum that is alive, at batch
size 1. While an operation runs, its inputs and its output are alive, those of the network among them. A slice is a view
of its input, as in torch, and constants stand where the parameters are stored: neither takes memory of its own. In
place, norms, activations, products and sums write over their first input, where it has their shape and nobody is to
read it again.

Left out is what a runtime needs for itself: working memory of its kernels, tables, and rounding of addresses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, prod
from types import MappingProxyType
from typing import NamedTuple

from menet_design.analysis.size import StoredSize, size
from menet_design.display import Displayed
from menet_design.graph.network import Network, input_name
from menet_design.graph.operation import VOCABULARY, Operation, Rules, Shape
from menet_design.values import check_known

# The bytes of an element, by type.
BYTES: Mapping[str, int] = MappingProxyType({"float32": 4, "float16": 2, "int8": 1})
DTYPES = tuple(BYTES)


class Tensor(NamedTuple):
    """A tensor in memory, by the full name of the operation, or of the input, that wrote it last."""

    name: str
    shape: Shape
    bytes: int


class Moment(NamedTuple):
    """An operation as it runs, by its full name, and the tensors that are alive then."""

    name: str
    operation: Operation
    alive: tuple[Tensor, ...]

    @property
    def bytes(self) -> int:
        """The bytes that are alive."""
        return sum(tensor.bytes for tensor in self.alive)


@dataclass(frozen=True)
class Memory(Displayed):
    """What a network holds in memory as it runs, a moment for each operation, and its parameters beside it.

    A microcontroller has the activations in RAM, and the `stored` parameters in flash.
    """

    stored: StoredSize
    dtype: str
    in_place: bool
    moments: tuple[Moment, ...] = field(repr=False)

    @property
    def network(self) -> Network:
        """The network that runs."""
        return self.stored.cost.network

    @cached_property
    def highest(self) -> Moment:
        """The moment of the peak, the first of several."""
        return max(self.moments, key=lambda moment: moment.bytes)

    @property
    def peak(self) -> int:
        """The bytes of activations at their peak."""
        return self.highest.bytes

    @property
    def stored_bytes(self) -> int:
        """The bytes of the parameters; the last one may not be full."""
        return ceil(self.stored.bytes)

    @property
    def total(self) -> int:
        """The bytes of the activations at their peak and of the parameters."""
        return self.peak + self.stored_bytes


def memory(network: Network, dtype: str = "float32", *, in_place: bool = False, scheme: str | None = None) -> Memory:
    """The memory of the activations of a network in one of DTYPES, and of its parameters.

    `scheme` is how these are stored, one of `size.SCHEMES`; by default the one that is called as the type. Raises
    DesignError for an unknown type or scheme, and UnknownOperation for an operation that has no rule.
    """
    found = tuple(moments(network, dtype, in_place=in_place))
    return Memory(size(network, scheme or dtype), dtype, in_place, found)


def peak(network: Network, dtype: str = "float32", *, in_place: bool = False) -> int:
    """The bytes of activations at their peak, without what else `memory` says."""
    return max(moment.bytes for moment in moments(network, dtype, in_place=in_place))


# An operation by its full name, and the full names of what it reads.
Step = tuple[str, Operation, list[str]]


def moments(network: Network, dtype: str = "float32", *, in_place: bool = False) -> Iterator[Moment]:
    """The operations of a network in their order, each with what is alive while it runs; sizes may be expressions."""
    check_known("type", dtype, DTYPES)
    steps = list(steps_of(network))
    # A storage is called as the tensor that it was made for: `homes` are those that tensors are in, `ends` the last
    # steps that read them, `alive` what is in them.
    last = _last_readers(network, steps)
    read = {input_name(index): shape for index, shape in enumerate(network.inputs) if input_name(index) in last}
    homes, ends = {name: name for name in read}, {name: last[name] for name in read}
    each = network.batch * BYTES[dtype]  # the bytes of an element in all images
    alive = {name: Tensor(name, shape, prod(shape) * each) for name, shape in read.items()}
    for now, (name, op, inputs) in enumerate(steps):
        storage, has_shape = _STORAGES.of(op), op.reads[:1] == (op.output,)
        writes_over = in_place and storage == _OVER and has_shape and ends[homes[inputs[0]]] == now
        home = homes[name] = homes[inputs[0]] if storage == _VIEW or writes_over else name
        ends[home] = max(ends.get(home, now), last.get(name, now))
        if storage in (_OWN, _OVER):
            alive[home] = Tensor(name, op.output, op.elements * each)
        yield Moment(name, op, tuple(alive.values()))
        alive = {tensor: held for tensor, held in alive.items() if ends[tensor] > now}


def steps_of(network: Network) -> Iterator[Step]:
    """The operations of a network in the order of execution, and what each reads, by full names."""
    for block in network.blocks:
        names = {input_name(index): name for index, name in enumerate(block.inputs)}
        for op in block.operations:
            names[op.name] = block.full_name(op.name)
            yield names[op.name], op, [names[name] for name in op.inputs]


def _last_readers(network: Network, steps: Sequence[Step]) -> dict[str, int]:
    """The last step that reads each tensor; what the network returns is read behind all of them."""
    last = {name: index for index, (_, _, inputs) in enumerate(steps) for name in inputs}
    return last | dict.fromkeys(network.outputs, len(steps))


# Where an operation writes: memory of its own, in place over its first input, or nowhere: its output is a view of its
# input, or stored with the parameters.
_OWN, _OVER, _VIEW, _STORED = "own", "over", "view", "stored"
_STORAGES: Rules[str] = Rules(
    "storages",
    {
        **dict.fromkeys(VOCABULARY, _OWN),
        **dict.fromkeys(("norm", "activation", "product", "add"), _OVER),
        "slice": _VIEW,
        "constant": _STORED,
    },
)
