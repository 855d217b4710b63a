"""Operation, Block and Network: every operation of a network as a named row with its inputs and shapes.

Sizes are ints, sympy expressions in integer symbols or numpy arrays of ints; nothing here asks which.
Division is exact or raises IllegalDesign. A network is a chain of blocks; inside a block the operations
form a graph, by name. Blocks that are alike share one tuple of operations.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from menet_design.errors import IllegalDesign

# An int, a sympy expression or a numpy array: no one static type covers the three.
Size = Any

INPUT = "input"


class Operation(NamedTuple):
    """One operation of a block: what it is, what it reads, and the shape (channels, height, width) it makes.

    `name` and `inputs` are relative to the block, whose own input is INPUT. `kind` is conv, norm,
    activation, pool, shuffle, product, add, concat or linear; `variant` tells relu from sigmoid and max
    from average. `in_channels`, `kernel` (square) and `stride` speak of the convolution or the window.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    channels: Size
    height: Size
    width: Size
    in_channels: Size = 0
    kernel: Size = 1
    stride: int = 1
    groups: Size = 1
    variant: str = ""

    @property
    def output(self) -> tuple[Size, Size, Size]:
        """The shape (channels, height, width) that the operation makes."""
        return self[3:6]


class Block(NamedTuple):
    """A named run of operations, the last of which is its output.

    `unit` is what the paper calls it, if anything, `in_channels` the number of channels of its input.
    """

    name: str
    operations: tuple[Operation, ...]
    unit: str = ""
    in_channels: Size = 0

    @property
    def last(self) -> Operation:
        """The operation whose output the next block reads."""
        return self.operations[-1]


class Network(NamedTuple):
    """A chain of blocks. An operation's full name, `stage2.0.residual.compress`, is its layer's everywhere."""

    blocks: tuple[Block, ...]

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Every operation with its full name, in the order of execution."""
        return ((f"{block.name}.{op.name}", op) for block in self.blocks for op in block.operations)


def divide(numerator: Size, denominator: Size, what: str) -> Size:
    """The exact quotient; IllegalDesign, with the nearest multiples, where it is not whole."""
    remainder = numerator % denominator
    any_remains = getattr(remainder, "any", None)  # arrays know it, ints and expressions do not
    if any_remains() if any_remains else remainder:
        raise _inexact(numerator, denominator, what)
    return numerator // denominator


def _inexact(numerator: Size, denominator: Size, what: str) -> IllegalDesign:
    cause = f"{what} {numerator}/{denominator} is not whole"
    if not isinstance(numerator, int):
        return IllegalDesign(cause)
    below = numerator // denominator * denominator
    nearest = (below, below + denominator)
    return IllegalDesign(cause, f"Nearest multiples of {denominator}: {nearest[0]}, {nearest[1]}", nearest)


class Graph:
    """Builds the operations of one block. Each method adds one and returns it, to be read by the next."""

    def __init__(self, channels: Size, height: Size, width: Size) -> None:
        self.input = Operation(INPUT, INPUT, (), channels, height, width)
        self._operations: list[Operation] = []

    def block(self, name: str, unit: str = "") -> Block:
        """The operations so far, as a block."""
        return Block(name, tuple(self._operations), unit, self.input.channels)

    def conv(self, name: str, x: Operation, channels: Size, kernel: int = 1, stride: int = 1) -> Operation:
        """A convolution without groups and bias, padded to keep the size at stride 1."""
        height, width = _strided(x, kernel, stride)
        return self._add(Operation(name, "conv", (x.name,), channels, height, width, x.channels, kernel, stride))

    def group_conv(self, name: str, x: Operation, channels: Size, groups: Size) -> Operation:
        """A pointwise group convolution; the channels of both sides split into the groups."""
        divide(x.channels, groups, name)
        divide(channels, groups, name)
        return self._add(Operation(name, "conv", (x.name,), channels, x.height, x.width, x.channels, 1, 1, groups))

    def depthwise(self, name: str, x: Operation, kernel: int, stride: int) -> Operation:
        """A convolution with a group for each channel."""
        channels, (height, width) = x.channels, _strided(x, kernel, stride)
        return self._add(
            Operation(name, "conv", (x.name,), channels, height, width, channels, kernel, stride, channels)
        )

    def pool(self, name: str, x: Operation, variant: str, kernel: int, stride: int) -> Operation:
        """Max or average pooling over a padded square window."""
        height, width = _strided(x, kernel, stride)
        return self._add(
            Operation(name, "pool", (x.name,), x.channels, height, width, x.channels, kernel, stride, variant=variant)
        )

    def global_pool(self, name: str, x: Operation) -> Operation:
        """Average pooling over the whole map."""
        return self._add(Operation(name, "pool", (x.name,), x.channels, 1, 1, x.channels, x.height, variant="average"))

    def linear(self, name: str, x: Operation, features: Size) -> Operation:
        """A fully connected layer, with bias, on a 1×1 map."""
        return self._add(Operation(name, "linear", (x.name,), features, 1, 1, x.channels))

    def norm(self, name: str, x: Operation) -> Operation:
        """Batch normalization."""
        return self._add(Operation(name, "norm", (x.name,), x.channels, x.height, x.width))

    def relu(self, name: str, x: Operation) -> Operation:
        """The rectified linear unit."""
        return self._add(Operation(name, "activation", (x.name,), *x.output, variant="relu"))

    def sigmoid(self, name: str, x: Operation) -> Operation:
        """The logistic sigmoid."""
        return self._add(Operation(name, "activation", (x.name,), *x.output, variant="sigmoid"))

    def shuffle(self, name: str, x: Operation, groups: Size) -> Operation:
        """The channel shuffle of ShuffleNet: channel j·(C/g) + i becomes channel i·g + j."""
        divide(x.channels, groups, name)
        return self._add(Operation(name, "shuffle", (x.name,), x.channels, x.height, x.width, groups=groups))

    def product(self, name: str, x: Operation, y: Operation) -> Operation:
        """The element-wise product."""
        return self._add(Operation(name, "product", (x.name, y.name), x.channels, x.height, x.width))

    def add(self, name: str, x: Operation, y: Operation) -> Operation:
        """The element-wise sum."""
        return self._add(Operation(name, "add", (x.name, y.name), x.channels, x.height, x.width))

    def concat(self, name: str, x: Operation, y: Operation) -> Operation:
        """The channels of x, then those of y."""
        return self._add(Operation(name, "concat", (x.name, y.name), x.channels + y.channels, x.height, x.width))

    def _add(self, operation: Operation) -> Operation:
        self._operations.append(operation)
        return operation


def _strided(x: Operation, kernel: int, stride: int) -> tuple[Size, Size]:
    """Height and width after a window with padding (kernel - 1)/2: the floor is the convolution's own."""
    if stride == 1:
        return x.height, x.width
    reach = 2 * (kernel // 2) - kernel
    return (x.height + reach) // stride + 1, (x.width + reach) // stride + 1
