"""Builds the operations of a block, with the arithmetic of shapes: division is exact or raises IllegalDesign."""

from collections.abc import Callable
from numbers import Real
from typing import Any

from menet_design.errors import IllegalDesign
from menet_design.graph.network import INPUT, Block
from menet_design.graph.operation import Integer, Operation, Shape

# A window's height and width, or one number for both.
Window = Integer | tuple[Integer, Integer]


def divide(numerator: Integer, denominator: Integer, what: str) -> Integer:
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


def _inexact(numerator: Integer, denominator: Integer, what: str) -> IllegalDesign:
    cause = f"{what} {numerator}/{denominator} is not whole"
    if not isinstance(numerator, int):
        return IllegalDesign(cause)
    below = numerator // denominator * denominator
    nearest = (below, below + denominator)
    return IllegalDesign(cause, f"Nearest multiples of {denominator}: {nearest[0]}, {nearest[1]}", nearest)


def at_least(least: int, size: Integer) -> Integer:
    """The larger of a number and a size; of arrays, element by element."""
    if isinstance(size, Real):
        return max(least, size)
    if hasattr(size, "clip"):
        return size.clip(least)
    from sympy import Max

    return Max(least, size)


class BlockBuilder:
    """Builds the operations of one block that reads a map. Each method adds one and returns it, to be read by the next.

    Example: ``x = builder.relu("relu", builder.norm("norm", builder.conv("conv", builder.input, 24, kernel=3)))``.
    """

    def __init__(self, *read: Integer) -> None:
        self.input = Operation(INPUT, INPUT, (), (), read)
        self._operations: list[Operation] = []

    def block(self, unit: str = "") -> Block:
        """The operations so far, as a block."""
        return Block("", tuple(self._operations), unit)

    def conv(
        self,
        name: str,
        x: Operation,
        channels: Integer,
        kernel: Window = 1,
        stride: Window = 1,
        *,
        groups: Integer = 1,
        padding: Window | None = None,
        bias: bool = False,
    ) -> Operation:
        """A convolution; the channels of both sides split into its groups.

        `kernel`, `stride` and `padding` are one number for both or (height, width); the padding that is not given
        is that which keeps the size at stride 1.
        """
        if not (isinstance(groups, int) and groups == 1):  # an array has no one truth
            divide(x.output[0], groups, name)
            divide(channels, groups, name)
        kernel, stride = _pair(kernel), _pair(stride)
        made = (channels, *_strided(x.output, kernel, stride, padding))
        return self._add(name, "conv", x, made, kernel=kernel, stride=stride, groups=groups, bias=bias, made_by=_CONV)

    def depthwise(
        self, name: str, x: Operation, kernel: Window, stride: Window = 1, padding: Window | None = None
    ) -> Operation:
        """A convolution with a group for each channel."""
        channels, kernel, stride = x.output[0], _pair(kernel), _pair(stride)
        made = (channels, *_strided(x.output, kernel, stride, padding))
        return self._add(name, "conv", x, made, kernel=kernel, stride=stride, groups=channels, made_by=_CONV)

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
        made = (x.output[0], *_strided(x.output, kernel, stride, padding, ceil))
        made_by = _POOLS[variant]
        return self._add(name, "pool", x, made, variant=variant, kernel=kernel, stride=stride, made_by=made_by)

    def global_pool(self, name: str, x: Operation, *, adaptive: bool = False) -> Operation:
        """Average pooling over the whole map, by a window of its size or adaptive."""
        channels, *window = x.output
        kernel, ones = tuple(window), (1,) * len(window)
        variant = "adaptive average" if adaptive else "average"
        made_by = _POOLS[variant]
        return self._add(
            name, "pool", x, (channels, *ones), variant=variant, kernel=kernel, stride=ones, made_by=made_by
        )

    def linear(self, name: str, x: Operation, features: Integer, *, bias: bool = True) -> Operation:
        """A fully connected layer on all elements of a map."""
        return self._add(name, "linear", x, (features, 1, 1), bias=bias, made_by=_LINEAR)

    def norm(self, name: str, x: Operation) -> Operation:
        """Batch normalization."""
        return self._add(name, "norm", x, x.output, variant="batch", made_by=_NORM)

    def relu(self, name: str, x: Operation) -> Operation:
        """The rectified linear unit."""
        return self._add(name, "activation", x, x.output, variant="relu", made_by=_RELU)

    def relu6(self, name: str, x: Operation) -> Operation:
        """The rectified linear unit, cut off at 6."""
        return self._add(name, "activation", x, x.output, variant="relu6", made_by=_RELU6)

    def leaky_relu(self, name: str, x: Operation) -> Operation:
        """The leaky rectified linear unit."""
        return self._add(name, "activation", x, x.output, variant="leaky relu", made_by=_LEAKY_RELU)

    def sigmoid(self, name: str, x: Operation) -> Operation:
        """The logistic sigmoid."""
        return self._add(name, "activation", x, x.output, variant="sigmoid", made_by=_SIGMOID)

    def shuffle(self, name: str, x: Operation, groups: Integer) -> Operation:
        """The channel shuffle of ShuffleNet: channel j·(C/g) + i becomes channel i·g + j."""
        divide(x.output[0], groups, name)
        return self._add(name, "shuffle", x, x.output, groups=groups)

    def product(self, name: str, x: Operation, y: Operation) -> Operation:
        """The element-wise product: the second scales the first."""
        return self._add(name, "product", x, x.output, others=(y,))

    def add(self, name: str, x: Operation, y: Operation) -> Operation:
        """The element-wise sum."""
        return self._add(name, "add", x, x.output, others=(y,))

    def concat(self, name: str, x: Operation, *others: Operation) -> Operation:
        """The channels of the parts, one after the other."""
        channels, *size = x.output
        return self._add(name, "concat", x, (channels + sum(part.channels for part in others), *size), others=others)

    def pad(self, name: str, x: Operation, channels: Integer) -> Operation:
        """Channels of zeros around those of a map, half of them in front, up to a number of channels."""
        _, *size = x.output
        return self._add(name, "pad", x, (channels, *size))

    def _add(
        self,
        name: str,
        kind: str,
        x: Operation,
        output: Shape,
        *,
        others: tuple[Operation, ...] = (),
        variant: str = "",
        kernel: tuple[Integer, ...] = (),
        stride: tuple[int, ...] = (),
        groups: Integer = 1,
        bias: bool = False,
        made_by: tuple[str, str] = ("", ""),
    ) -> Operation:
        inputs: tuple[str, ...] = (x.name,)
        reads: tuple[Shape, ...] = (x.output,)
        if others:
            inputs += tuple([each.name for each in others])
            reads += tuple([each.output for each in others])
        made: Operation = _new(
            Operation,
            (name, kind, inputs, reads, output, variant, kernel, stride, groups, bias, (), None, *made_by, None),
        )
        self._operations.append(made)
        return made


# The layers and functions of torch that make them in the models (`menet_design.models`).
_CONV = ("Conv2d", "torch.nn.functional.conv2d")
_LINEAR = ("Linear", "torch.nn.functional.linear")
_NORM = ("BatchNorm2d", "torch.nn.functional.batch_norm")
_POOLS = {
    "max": ("MaxPool2d", "torch.nn.functional.max_pool2d"),
    "average": ("AvgPool2d", "torch.nn.functional.avg_pool2d"),
    "adaptive average": ("AdaptiveAvgPool2d", "torch.nn.functional.adaptive_avg_pool2d"),
}
_RELU, _RELU6 = ("", "torch.nn.functional.relu"), ("", "torch.nn.functional.relu6")
_LEAKY_RELU, _SIGMOID = ("", "torch.nn.functional.leaky_relu"), ("", "torch.sigmoid")

# An Operation from its fields in their order, in half the time of its constructor: counts spend most of theirs here.
_new: Callable[[type[Operation], tuple[Any, ...]], Operation] = tuple.__new__


def _pair(window: Window) -> tuple[Integer, Integer]:
    return window if isinstance(window, tuple) else (window, window)


def _strided(
    read: Shape, kernel: tuple[Integer, ...], stride: tuple[int, ...], padding: Window | None, ceil: bool = False
) -> tuple[Integer, Integer]:
    """Height and width after a window; the floor is the convolution's own."""
    _, high, wide = read
    if padding is None:
        if stride == (1, 1):
            return high, wide
        padding = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2)
    above, left = _pair(padding)
    below, right = (stride[0] - 1, stride[1] - 1) if ceil else (0, 0)
    height = (high + 2 * above - kernel[0] + below) // stride[0] + 1
    width = (wide + 2 * left - kernel[1] + right) // stride[1] + 1
    return height, width
