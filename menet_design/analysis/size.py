"""How many bytes the parameters of a network take under a storage scheme.

Pattern binarization ("SEP-Nets", arXiv 1706.03912) stores the filters of k×k kernels, k > 1, as patterns: one bit a
weight, and one float32 scale a filter. The schemes are

- float32: everything at 32 bits;
- int8: the weights of convolutions and fully connected layers at 8 bits;
- pattern: k×k kernels as patterns, everything else at 32 bits;
- pattern+int8: k×k kernels as patterns, the weights of 1×1 convolutions and fully connected layers at 8 bits.

Under every scheme biases are float32, and so are the scale and the shift of each batch-norm channel, into which
running mean and variance are folded, as they can be at inference. Of the scales of 8-bit weights, a few bytes a
layer, no source says anything: they are left out.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from menet_design.analysis.cost import Cost, count
from menet_design.architectures.network import Operation
from menet_design.design import Design, Quote, check_known, matching
from menet_design.zoo import quotes

_FLOAT, _BYTE, _BIT = 32, 8, 1
_WEIGHTS = ("binarized", "kernels", "pointwise", "linear")

# The bits of a number, by scheme and part, where they are not those of a float. Scales go with patterns only.
_BITS = {
    "float32": {"scales": 0},
    "int8": {"scales": 0, **dict.fromkeys(_WEIGHTS, _BYTE)},
    "pattern": {"binarized": _BIT},
    "pattern+int8": {"binarized": _BIT, "pointwise": _BYTE, "linear": _BYTE},
}
SCHEMES = tuple(_BITS)
PARTS = (*_WEIGHTS, "scales", "biases", "norms")


class Part(NamedTuple):
    """A part of the parameters: how many numbers it has, and how many bits each of them takes.

    The weights are those of `binarized` and of other k×k `kernels`, of `pointwise` convolutions and of `linear`
    layers; then come the `scales` of binarized filters, `biases`, and scales and shifts of batch `norms`.
    """

    name: str
    numbers: int
    bits_each: int

    @property
    def bits(self) -> int:
        """The bits that the part takes."""
        return self.numbers * self.bits_each


class Size(NamedTuple):
    """What the parameters of a design take under a scheme, part by part."""

    cost: Cost
    scheme: str
    parts: tuple[Part, ...]

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

    @property
    def quote(self) -> Quote | None:
        """What a source prints of the design's size under the scheme, if any does."""
        printed = (quote for quote in quotes(self.cost.design) if quote.megabytes is not None)
        return next((quote for quote in printed if quote.scheme == self.scheme), None)

    @property
    def deviation(self) -> Fraction | None:
        """How far the size lies from the printed one, as a share of it."""
        return self.bytes / (Fraction(str(self.quote.megabytes)) * 10**6) - 1 if self.quote else None

    def _numbers(self, *names: str) -> int:
        return sum(part.numbers for part in self.parts if part.name in names)


def size(design: Design, scheme: str = "float32", layers: Iterable[str] | None = None) -> Size:
    """The stored size of a design under one of SCHEMES.

    `layers` are names of the layers whose k×k kernels are binarized, wildcards included ("*.residual.*"); by
    default all are. Raises DesignError for an unknown scheme and for a name that no layer with k×k kernels has.
    """
    check_known("scheme", scheme, SCHEMES)
    cost = count(design)
    kernels = [name for name, op in cost.network.operations() if is_kernel(op)]
    selected = set(matching("layer with k×k kernels", kernels, layers))
    numbers = dict.fromkeys(PARTS, 0)
    for part, amount in _numbers(cost, selected):
        numbers[part] += amount
    parts = (Part(name, amount, _BITS[scheme].get(name, _FLOAT)) for name, amount in numbers.items())
    return Size(cost, scheme, tuple(parts))


def is_kernel(op: Operation) -> bool:
    """Whether an operation is a convolution with k×k kernels: of more than one weight a channel."""
    return op.kind == "conv" and max(op.kernel) > 1


def _numbers(cost: Cost, selected: set[str]) -> Iterator[tuple[str, int]]:
    """The parts of each operation, and how many numbers each has."""
    for row, (name, op) in zip(cost.rows, cost.network.operations(), strict=True):
        biases = op.channels if op.bias else 0
        yield "biases", biases
        yield _part(op, name in selected), row.params - biases
        if name in selected:
            yield "scales", op.channels


def _part(op: Operation, is_selected: bool) -> str:
    if op.kind == "conv":
        return "binarized" if is_selected else "kernels" if is_kernel(op) else "pointwise"
    return "linear" if op.kind == "linear" else "norms"
