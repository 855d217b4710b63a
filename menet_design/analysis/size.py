"""How many bytes the parameters of a network take under a storage scheme.

Pattern binarization ("SEP-Nets", arXiv 1706.03912) stores the filters of k×k kernels, k > 1, as patterns: one bit a
weight, and one float32 scale a filter. The schemes are

- float32: everything at 32 bits;
- float16: everything at 16 bits;
- int8: the weights of convolutions and fully connected layers at 8 bits;
- pattern: k×k kernels as patterns, everything else at 32 bits;
- pattern+int8: k×k kernels as patterns, the weights of 1×1 convolutions and fully connected layers at 8 bits.

Under every scheme but float16, biases are float32, and so are the scale and the shift of each batch-norm channel. Into
these running mean and variance are folded, as they can be at inference. Of the scales of 8-bit weights, a few bytes a
layer, no source says anything: they are left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from menet_design.analysis.cost import Cost, Row, count
from menet_design.display import Displayed
from menet_design.graph.network import Network
from menet_design.graph.operation import VOCABULARY, Operation, Rules
from menet_design.values import check_known, matching

_FLOAT, _HALF, _BYTE, _BIT = 32, 16, 8, 1
_WEIGHTS = ("binarized", "kernels", "pointwise", "linear")
PARTS = (*_WEIGHTS, "scales", "biases", "norms", "others")

# The bits of a number, by scheme and part, where they are not those of a float. Scales go with patterns only.
_BITS = {
    "float32": {"scales": 0},
    "float16": {**dict.fromkeys(PARTS, _HALF), "scales": 0},
    "int8": {"scales": 0, **dict.fromkeys(_WEIGHTS, _BYTE)},
    "pattern": {"binarized": _BIT},
    "pattern+int8": {"binarized": _BIT, "pointwise": _BYTE, "linear": _BYTE},
}
SCHEMES = tuple(_BITS)


@dataclass(frozen=True)
class StoredPart:
    """A part of the parameters: how many numbers it has, and how many bits each of them takes.

    The weights are those of `binarized` and of other k×k `kernels`, of `pointwise` convolutions and of `linear`
    layers; then come the `scales` of binarized filters, `biases`, scales and shifts of `norms`, and all `others`.
    """

    name: str
    numbers: int
    bits_each: int

    @property
    def bits(self) -> int:
        """The bits that the part takes."""
        return self.numbers * self.bits_each


@dataclass(frozen=True)
class StoredSize(Displayed):
    """What the parameters of a network take under a scheme, part by part."""

    cost: Cost
    scheme: str
    parts: tuple[StoredPart, ...] = field(repr=False)

    @property
    def bits(self) -> int:
        """All bits, exactly."""
        return sum(part.bits for part in self.parts)

    @property
    def bytes(self) -> Fraction:
        """All bytes, exactly: patterns need not fill their last one."""
        return Fraction(self.bits, 8)

    @property
    def has_patterns(self) -> bool:
        """Whether the scheme stores k×k kernels as patterns."""
        return _BITS[self.scheme].get("binarized") == _BIT

    @property
    def binarized(self) -> int:
        """The weights that are stored as patterns."""
        return self._numbers("binarized") if self.has_patterns else 0

    @property
    def conv_weights(self) -> int:
        """The weights of all convolutions."""
        return self._numbers("binarized", "kernels", "pointwise")

    @property
    def weights(self) -> int:
        """The weights of all convolutions and fully connected layers."""
        return self._numbers(*_WEIGHTS)

    def _numbers(self, *names: str) -> int:
        return sum(part.numbers for part in self.parts if part.name in names)


def size(network: Network, scheme: str = "float32", layers: Iterable[str] | None = None) -> StoredSize:
    """The stored size of a network under one of SCHEMES.

    `layers` are names of the layers whose k×k kernels are binarized, wildcards included ("*.residual.*"); by
    default all are. Raises DesignError for an unknown scheme and for a name that no layer with k×k kernels has.
    """
    check_known("scheme", scheme, SCHEMES)
    cost = count(network)
    kernels = [row.name for row in cost.rows if is_kernel(row.operation)]
    selected = set(matching("layer with k×k kernels", kernels, layers))
    numbers = dict.fromkeys(PARTS, 0)
    for row in cost.rows:
        for part, amount in _PARTS.of(row.operation)(row, row.name in selected).items():
            numbers[part] += amount
    parts = (StoredPart(name, amount, _BITS[scheme].get(name, _FLOAT)) for name, amount in numbers.items())
    return StoredSize(cost, scheme, tuple(parts))


def is_kernel(op: Operation) -> bool:
    """Whether an operation is a convolution with k×k kernels: of more than one weight a channel."""
    return op.kind == "conv" and max(op.kernel) > 1


def _conv(row: Row, is_selected: bool) -> dict[str, int]:
    op = row.operation
    part = "binarized" if is_selected else "kernels" if is_kernel(op) else "pointwise"
    return _weights(row, part) | ({"scales": op.channels} if is_selected else {})


def _weights(row: Row, part: str) -> dict[str, int]:
    """The weights, which are in one part, and the biases."""
    biases = row.operation.channels if row.operation.bias else 0
    return {part: row.params - biases, "biases": biases}


# How many numbers an operation has in which parts.
_PARTS: Rules[Callable[[Row, bool], dict[str, int]]] = Rules(
    "stored parts",
    {
        "conv": _conv,
        "linear": lambda row, _: _weights(row, "linear"),
        "norm": lambda row, _: {"norms": row.params},
        **dict.fromkeys(
            (kind for kind in VOCABULARY if kind not in ("conv", "linear", "norm")),
            lambda row, _: {"others": row.params},
        ),
    },
)
