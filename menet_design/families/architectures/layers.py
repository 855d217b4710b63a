"""What ends the units and networks of several families, as rows of numbers."""

from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block
from menet_design.graph.operation import Integer, Operation, Shape


def convolution(read: Shape, channels: Integer, kernel: int = 1, stride: int = 1, groups: int = 1) -> Block:
    """A convolution, batch norm and ReLU, as a block."""
    builder = BlockBuilder(*read)
    x = builder.conv("conv", builder.input, channels, kernel, stride, groups=groups)
    builder.relu("relu", builder.norm("norm", x))
    return builder.block()


def activated(builder: BlockBuilder, conv: Operation) -> Operation:
    """Batch norm and ReLU after a convolution inside a unit."""
    return builder.relu(f"{conv.name}_relu", builder.norm(f"{conv.name}_norm", conv))


def classifier(x: Operation, classes: Integer, bias: bool = True) -> Block:
    """Global average pool and a fully connected layer; softmax is left to the loss."""
    builder = BlockBuilder(*x.output)
    builder.linear("fc", builder.global_pool("pool", builder.input), classes, bias=bias)
    return builder.block()


def add(builder: BlockBuilder, residual: Operation, shortcut: Operation) -> None:
    """The shortcut added to the residual branch, and a ReLU."""
    builder.relu("output.relu", builder.add("output.add", residual, shortcut))


def end_unit(builder: BlockBuilder, x: Operation, channels: Integer, down: bool, groups: Integer = 1) -> None:
    """1×1 from the bottleneck, the unit's input added or, when downsampling, pooled and appended, and a ReLU."""
    emitted = channels - builder.input.channels if down else channels
    residual = builder.norm("residual.expand_norm", builder.conv("residual.expand", x, emitted, groups=groups))
    if down:
        identity = builder.pool("identity", builder.input, "average", kernel=3, stride=2)
        builder.relu("output.relu", builder.concat("output.concat", residual, identity))
    else:
        add(builder, residual, builder.input)
