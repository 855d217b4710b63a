"""VGG-16 (arXiv 1409.1556, configuration D of Table 1), as rows of numbers."""

from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network, chain
from menet_design.graph.operation import Integer, Operation

# Output channels of each stage, as multiples of the width, and its convolutions.
STAGES = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))
HIDDEN = 4096


def network(*, width: Integer, resolution: Integer = 224, classes: Integer = 1000) -> Network:
    """A VGG-16: five stages of 3×3 convs with bias, each followed by 2×2 max pooling, three fully connected layers."""
    x, stages = BlockBuilder(3, resolution, resolution).input, {}
    for stage, (multiple, convolutions) in enumerate(STAGES, 1):
        block = stages[f"stage{stage}"] = _stage(x, width * multiple, convolutions)
        x = block.last
    return chain((3, resolution, resolution), {**stages, "classifier": _classifier(x, classes)})


def _stage(before: Operation, channels: Integer, convolutions: int) -> Block:
    builder = BlockBuilder(*before.output)
    x = builder.input
    for index in range(1, convolutions + 1):
        x = builder.relu(f"relu{index}", builder.conv(f"conv{index}", x, channels, kernel=3, bias=True))
    builder.pool("pool", x, "max", kernel=2, stride=2)
    return builder.block()


def _classifier(x: Operation, classes: Integer) -> Block:
    """Three fully connected layers on the whole map; softmax is left to the loss."""
    builder = BlockBuilder(*x.output)
    hidden = builder.relu("relu1", builder.linear("fc1", builder.input, HIDDEN))
    hidden = builder.relu("relu2", builder.linear("fc2", hidden, HIDDEN))
    builder.linear("fc3", hidden, classes)
    return builder.block()
