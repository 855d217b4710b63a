"""Operation, Block and Network: every operation of a network as a named row with its inputs and shapes.

Sizes are ints, sympy expressions in integer symbols or numpy arrays of ints; nothing here asks which.
Division is exact or raises IllegalDesign. A network is a chain of blocks; inside a block the operations
form a graph, by name. Blocks that are alike share one tuple of operations.
"""

from collections.abc import Iterator
from numbers import Real
from typing import Any, NamedTuple

from menet_design.errors import IllegalDesign

# An int, a sympy expression or a numpy array: no one static type covers the three.
Size = Any

# A window's height and width, or one number for both.
Window = int | tuple[int, int]

INPUT = "input"


class Operation(NamedTuple):
    """One operation of a block: what it is, what it reads, and the shape (channels, height, width) it makes.

    `name` and `inputs` are relative to the block, whose own input is INPUT. `kind` is conv, norm,
    activation, pool, shuffle, product, add, concat, pad or linear; `variant` tells relu from sigmoid and max
    from average. `in_channels`, `kernel` and `stride` (each height, width) and `bias` speak of the convolution, the
    fully connected layer or the window; `in_elements` are those that a pool reads.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    channels: Size
    height: Size
    width: Size
    in_channels: Size = 0
    kernel: tuple[Size, Size] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    groups: Size = 1
    variant: str = ""
    bias: bool = False
    in_elements: Size = 0

    @property
    def output(self) -> tuple[Size, Size, Size]:
        """The shape (channels, height, width) that the operation makes."""
        return self[3:6]

    @property
    def elements(self) -> Size:
        """The number of elements of its output."""
        return self.channels * self.height * self.width

    @property
    def is_depthwise(self) -> bool:
        """Whether a convolution, its sizes ints, has a group for each channel; of a single channel it is standard."""
        return bool(1 < self.groups == self.in_channels == self.channels)


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
    if type(numerator) is type(denominator) is int:  # the usual case, quickly
        if numerator % denominator:
            raise _inexact(numerator, denominator, what)
        return numerator // denominator
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


def at_least(least: int, size: Size) -> Size:
    """The larger of a number and a size; of arrays, element by element."""
    if isinstance(size, Real):
        return max(least, size)
    if hasattr(size, "clip"):
        return size.clip(least)
    from sympy import Max

    return Max(least, size)


class Graph:
    """Builds the operations of one block. Each method adds one and returns it, to be read by the next."""

    def __init__(self, channels: Size, height: Size, width: Size) -> None:
        self.input = Operation(INPUT, INPUT, (), channels, height, width)
        self._operations: list[Operation] = []

    def block(self, name: str, unit: str = "") -> Block:
        """The operations so far, as a block."""
        return Block(name, tuple(self._operations), unit, self.input.channels)

    def conv(
        self,
        name: str,
        x: Operation,
        channels: Size,
        kernel: Window = 1,
        stride: Window = 1,
        *,
        groups: Size = 1,
        padding: Window | None = None,
        bias: bool = False,
    ) -> Operation:
        """A convolution; the channels of both sides split into its groups.

        `kernel`, `stride` and `padding` are one number for both or (height, width); the padding that is not given
        is that which keeps the size at stride 1.
        """
        if not (isinstance(groups, int) and groups == 1):  # an array has no one truth
            divide(x.channels, groups, name)
            divide(channels, groups, name)
        kernel, stride = _pair(kernel), _pair(stride)
        height, width = _strided(x, kernel, stride, padding)
        made = channels, height, width
        return self._add(Operation(name, "conv", (x.name,), *made, x.channels, kernel, stride, groups, "", bias))

    def depthwise(
        self, name: str, x: Operation, kernel: Window, stride: Window = 1, padding: Window | None = None
    ) -> Operation:
        """A convolution with a group for each channel."""
        kernel, stride = _pair(kernel), _pair(stride)
        channels, (height, width) = x.channels, _strided(x, kernel, stride, padding)
        return self._add(
            Operation(name, "conv", (x.name,), channels, height, width, channels, kernel, stride, channels)
        )

    def pool(
        self,
        name: str,
        x: Operation,
        variant: str,
        kernel: Window,
        stride: Window,
        padding: Window | None = None,
        *,
        ceil: bool = False,
    ) -> Operation:
        """Max or average pooling over a window; with `ceil`, windows that begin inside the map count whole."""
        kernel, stride = _pair(kernel), _pair(stride)
        height, width = _strided(x, kernel, stride, padding, ceil)
        made = x.channels, height, width
        return self._add(
            Operation(name, "pool", (x.name,), *made, x.channels, kernel, stride, 1, variant, False, x.elements)
        )

    def global_pool(self, name: str, x: Operation) -> Operation:
        """Average pooling over the whole map."""
        made, window = (x.channels, 1, 1), (x.height, x.width)
        return self._add(
            Operation(name, "pool", (x.name,), *made, x.channels, window, (1, 1), 1, "average", False, x.elements)
        )

    def linear(self, name: str, x: Operation, features: Size) -> Operation:
        """A fully connected layer, with bias, on all elements of a map."""
        return self._add(Operation(name, "linear", (x.name,), features, 1, 1, x.elements, bias=True))

    def norm(self, name: str, x: Operation) -> Operation:
        """Batch normalization."""
        return self._add(Operation(name, "norm", (x.name,), x.channels, x.height, x.width))

    def relu(self, name: str, x: Operation) -> Operation:
        """The rectified linear unit."""
        return self._add(Operation(name, "activation", (x.name,), *x.output, variant="relu"))

    def leaky_relu(self, name: str, x: Operation) -> Operation:
        """The leaky rectified linear unit."""
        return self._add(Operation(name, "activation", (x.name,), *x.output, variant="leaky relu"))

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

    def concat(self, name: str, *parts: Operation) -> Operation:
        """The channels of the parts, one after the other."""
        channels, names = sum(part.channels for part in parts), tuple(part.name for part in parts)
        return self._add(Operation(name, "concat", names, channels, parts[0].height, parts[0].width))

    def pad(self, name: str, x: Operation, channels: Size) -> Operation:
        """Channels of zeros after those of a map, up to a number of channels."""
        return self._add(Operation(name, "pad", (x.name,), channels, x.height, x.width))

    def _add(self, operation: Operation) -> Operation:
        self._operations.append(operation)
        return operation


def _pair(window: Window) -> tuple[int, int]:
    return window if isinstance(window, tuple) else (window, window)


def _strided(
    x: Operation, kernel: tuple[int, int], stride: tuple[int, int], padding: Window | None, ceil: bool = False
) -> tuple[Size, Size]:
    """Height and width after a window; the floor is the convolution's own."""
    if stride == (1, 1) and padding is None:
        return x.height, x.width
    above, left = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2) if padding is None else _pair(padding)
    below, right = (stride[0] - 1, stride[1] - 1) if ceil else (0, 0)
    height = (x.height + 2 * above - kernel[0] + below) // stride[0] + 1
    width = (x.width + 2 * left - kernel[1] + right) // stride[1] + 1
    return height, width
