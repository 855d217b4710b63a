"""The layout of the networks that the EffNet paper compares (arXiv 1801.06434): three stages and a classifier."""

from collections.abc import Callable

from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Network, chain
from menet_design.graph.operation import Integer, Operation, Shape

# Adds the operations of a stage, with so many output channels, to a builder.
Stage = Callable[[BlockBuilder, Integer], None]


def layout(first: Stage, other: Stage, width: Integer, image: Shape, classes: Integer) -> Network:
    """Stages of w, 2w and 4w channels, and a fully connected layer on the whole map; softmax is left to the loss."""
    builder, stages = BlockBuilder(*image), {}
    for index, stage in enumerate((first, other, other)):
        stage(builder, width * 2**index)
        block = stages[f"stage{index + 1}"] = builder.block()
        builder = BlockBuilder(*block.last.output)
    builder.linear("fc", builder.input, classes)
    return chain(image, {**stages, "classifier": builder.block()})


def convolution(builder: BlockBuilder, channels: Integer) -> None:
    """3×3 conv and 2×2 max pool: every stage of the baseline, the first one of MobileNet and ShuffleNet."""
    x = activated(builder, builder.conv("conv", builder.input, channels, kernel=3))
    builder.pool("pool", x, "max", kernel=2, stride=2)


def activated(builder: BlockBuilder, conv: Operation) -> Operation:
    """Leaky ReLU and then batch norm, as after every convolution."""
    return builder.norm(f"{conv.name}_norm", builder.leaky_relu(f"{conv.name}_relu", conv))
