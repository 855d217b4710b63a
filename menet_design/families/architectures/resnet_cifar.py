"""ResNet for CIFAR (arXiv 1512.03385, Section 4.2; 1603.05027): three stages of residual units, as rows of numbers."""

from collections.abc import Iterable
from typing import NamedTuple

from menet_design.families.architectures.layers import add, classifier, convolution
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation, Shape

STAGES = 3


class _Kind(NamedTuple):
    """What all units of a network have in common, and the layers that each of them adds to the depth."""

    unit: str
    order: str
    shortcut: str

    @property
    def layers(self) -> int:
        return 2 if self.unit == "basic" else 3

    @property
    def growth(self) -> int:
        """Channels of a unit's output, as a multiple of those inside."""
        return 1 if self.unit == "basic" else 4


class _Layer(NamedTuple):
    """A convolution of the residual branch."""

    channels: Integer
    kernel: int
    stride: int


def network(
    *,
    width: Integer,
    image: Shape = (3, 32, 32),
    classes: Integer = 10,
    depth: int = 20,
    unit: str = "basic",
    order: str = "post",
    shortcut: str = "A",
) -> Network:
    """A ResNet: 3×3 conv, stages 2 to 4 of as many residual units each, global average pool, classifier."""
    kind = _Kind(unit, order, shortcut)
    last = convolution(image, width, kernel=3) if order == "post" else _convolution(image, width)
    stages: dict[str, Stage] = {"stage1": last}
    for stage in range(STAGES):
        blocks = _stage(stage, last.last, width * 2**stage, (depth - 2) // (kind.layers * STAGES), kind)
        stages[f"stage{stage + 2}"], last = blocks, blocks[-1]
    stages["classifier"] = classifier(last.last, classes) if order == "post" else _classifier(last.last, classes)
    return chain(image, stages)


def _convolution(image: tuple[Integer, ...], channels: Integer) -> Block:
    """The first convolution alone: of pre-activation units, the first begins with its norm."""
    builder = BlockBuilder(*image)
    builder.conv("conv", builder.input, channels, kernel=3)
    return builder.block()


def _classifier(x: Operation, classes: Integer) -> Block:
    """The norm and ReLU that end a network of pre-activation units, global average pool, fully connected layer."""
    builder = BlockBuilder(*x.output)
    x = builder.relu("relu", builder.norm("norm", builder.input))
    builder.linear("fc", builder.global_pool("pool", x), classes)
    return builder.block()


def _stage(stage: int, x: Operation, width: Integer, repeats: int, kind: _Kind) -> list[Block]:
    """A stage of units, of which the first changes the channels or, in all stages but the first, halves the map."""
    stride = 2 if stage else 1
    first = _unit(x, width, kind, stride, changes=bool(stage) or kind.growth > 1)
    standard = _unit(first.last, width, kind)
    return [first, *[standard] * (repeats - 1)]


def _unit(x: Operation, width: Integer, kind: _Kind, stride: int = 1, changes: bool = False) -> Block:
    """A residual branch beside a shortcut, which is the identity unless it changes the map."""
    builder, title = BlockBuilder(*x.output), "basic block" if kind.unit == "basic" else "bottleneck"
    layers = _layers(kind, width, stride)
    x = builder.input if kind.order == "post" else _activated(builder, 1, builder.input)
    y = (_post_activation if kind.order == "post" else _pre_activation)(builder, x, layers)
    passed = _shortcut(builder, x, layers[-1].channels, stride, kind) if changes else builder.input
    if kind.order == "post":
        add(builder, y, passed)
    else:
        builder.add("output.add", y, passed)
    return builder.block(title)


def _layers(kind: _Kind, width: Integer, stride: int) -> list[_Layer]:
    """The convolutions of a basic block (Fig. 5, left), or of a bottleneck (right), whose 3×3 carries the stride."""
    if kind.unit == "basic":
        return [_Layer(width, 3, stride), _Layer(width, 3, 1)]
    return [_Layer(width, 1, 1), _Layer(width, 3, stride), _Layer(kind.growth * width, 1, 1)]


def _post_activation(builder: BlockBuilder, x: Operation, layers: Iterable[_Layer]) -> Operation:
    """Convolutions with a norm behind each, and a ReLU between two (arXiv 1603.05027, Fig. 4a)."""
    for index, layer in enumerate(layers, 1):
        x = builder.relu(f"residual.relu{index - 1}", x) if index > 1 else x
        x = builder.norm(f"residual.norm{index}", builder.conv(f"residual.conv{index}", x, *layer))
    return x


def _pre_activation(builder: BlockBuilder, x: Operation, layers: Iterable[_Layer]) -> Operation:
    """Convolutions with a norm and a ReLU before each but the first, which reads an activated map (Fig. 4e)."""
    for index, layer in enumerate(layers, 1):
        x = _activated(builder, index, x) if index > 1 else x
        x = builder.conv(f"residual.conv{index}", x, *layer)
    return x


def _activated(builder: BlockBuilder, index: int, x: Operation) -> Operation:
    """The norm and the ReLU before a convolution."""
    return builder.relu(f"residual.relu{index}", builder.norm(f"residual.norm{index}", x))


def _shortcut(builder: BlockBuilder, x: Operation, channels: Integer, stride: int, kind: _Kind) -> Operation:
    """The map and the channels asked for: by option A, or by a convolution of 1×1 (option B) or 3×3."""
    if kind.shortcut == "A":
        # A max pool over a single pixel passes every other pixel of every other row.
        passed = builder.pool("shortcut.subsample", x, "max", kernel=1, stride=stride)
        return builder.pad("shortcut.pad", passed, channels)
    x = builder.conv("shortcut.conv", x, channels, kernel=1 if kind.shortcut == "B" else 3, stride=stride)
    return builder.norm("shortcut.norm", x) if kind.order == "post" else x
