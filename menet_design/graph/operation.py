"""An operation, the closed vocabulary of its kinds, and tables that have a row for each of them.

Sizes are ints, sympy expressions in integer symbols or numpy arrays of ints; nothing here asks which.
"""

from collections.abc import Iterator, Mapping
from math import prod
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from menet_design.errors import DesignError
from menet_design.graph.recorded import Recorded

# An int, a sympy expression or a numpy array: no one static type covers the three.
Integer = Any
# Channels, then the sides of a map: (channels, height, width).
Shape = tuple[Integer, ...]
Row = TypeVar("Row")

# Every kind of operation and its variants: what has no variants has the one that is "".
VOCABULARY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "conv": ("", "transposed"),
        "linear": ("",),
        "matmul": ("",),
        "attention": ("",),
        "embedding": ("",),
        "norm": ("batch", "instance", "group", "layer", "rms"),
        "activation": (
            *("relu", "relu6", "leaky relu", "prelu", "elu", "sigmoid", "hard sigmoid", "silu", "hard swish", "gelu"),
            *("mish", "softplus", "tanh", "hard tanh", "softmax"),
        ),
        "pool": ("max", "average", "adaptive max", "adaptive average"),
        "reduce": ("sides", "channels"),
        "upsample": ("nearest", "nearest exact", "linear", "bicubic", "antialiased"),
        "shuffle": ("",),
        "slice": ("",),
        "select": ("",),
        "concat": ("",),
        "pad": ("",),
        "product": ("",),
        "add": ("",),
        "elementwise": ("",),
        "constant": ("",),
    }
)


class UnknownOperation(DesignError):
    """An operation of which nobody has said what it is, or what it costs."""


class Operation(NamedTuple):
    """One operation: what it is, what it reads, and the shape that it makes. Shapes leave the batch out.

    `name` and `inputs` are relative to the block; `reads` are the shapes of the inputs, in their order. `kind` and
    `variant` are of the VOCABULARY. `kernel` and `stride` (height, width) speak of a convolution or a window, `groups`
    of a convolution, a shuffle or a norm, `bias` of a convolution or a fully connected layer, and of a norm that was
    read whether it has scales; of products of matrices `kernel` is the length of what they contract. `selection` says
    which channels of its inputs, side by side, an operation takes that moves channels: -1 is none, a tuple is several.
    `parameters` are its trained numbers, where others may share them; by default they follow from the shapes. `layer`
    is the class of the layer that makes it, with its package unless that is torch's, `function` the function that is
    called, as far as they are known; `call` says how they were called, where that was recorded.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    reads: tuple[Shape, ...]
    output: Shape
    variant: str = ""
    kernel: tuple[Integer, ...] = ()
    stride: tuple[int, ...] = ()
    groups: Integer = 1
    bias: bool = False
    selection: tuple[Any, ...] = ()
    parameters: int | None = None
    layer: str = ""
    function: str = ""
    call: Recorded | None = None

    @property
    def channels(self) -> Integer:
        """The channels that it makes."""
        return self.output[0]

    @property
    def in_channels(self) -> Integer:
        """The channels of its first input."""
        return self.reads[0][0]

    @property
    def elements(self) -> Integer:
        """The elements that it makes."""
        return prod(self.output)

    @property
    def in_elements(self) -> Integer:
        """The elements of its first input."""
        return prod(self.reads[0])

    @property
    def is_depthwise(self) -> bool:
        """Whether a convolution, its sizes ints, has a group for each channel; of a single channel it is standard."""
        return bool(1 < self.groups == self.in_channels == self.channels)

    @property
    def is_strided(self) -> bool:
        """Whether it makes a smaller map by its stride."""
        return any(step > 1 for step in self.stride)


class Rules(Generic[Row]):
    """A table with a row for each kind of operation, by its name, or for each of its variants, by (kind, variant).

    Example: ``Rules("costs", {"conv": _conv, ("pool", "max"): _free, …}).of(operation)``. Raises ValueError, when it
    is made, unless it covers the VOCABULARY and nothing else.
    """

    def __init__(self, about: str, rows: Mapping[str | tuple[str, str], Row]) -> None:
        self._about = about
        found = {key: rows[key] if key in rows else rows.get(key[0]) for key in kinds_and_variants()}
        self._rows = {key: row for key, row in found.items() if row is not None}
        missing = [key for key in found if key not in self._rows]
        unknown = [key for key in rows if key not in found and key not in VOCABULARY]
        if missing or unknown:
            raise ValueError(f"{about}: no row for {missing}, rows for the unknown {unknown}")

    def of(self, operation: Operation) -> Row:
        """The row of an operation. Raises UnknownOperation, naming it, where its kind is not in the VOCABULARY."""
        try:
            return self._rows[operation.kind, operation.variant]
        except KeyError:
            what = " ".join(filter(None, (operation.variant, operation.kind)))
            cause = f"{operation.name} is a {what!r:.60}, of which the {self._about} are not known"
            raise UnknownOperation(cause) from None


def kinds_and_variants() -> Iterator[tuple[str, str]]:
    """Every (kind, variant) of the VOCABULARY."""
    return ((kind, variant) for kind, variants in VOCABULARY.items() for variant in variants)
