"""VGG (arXiv 1409.1556, configurations A, B, D and E of Table 1), as rows of numbers."""

from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation, Shape

# Output channels of each stage, as multiples of the width, and its convolutions by the depth of the network.
MULTIPLES_OF_WIDTH = (1, 2, 4, 8, 8)
CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
HIDDEN = 4096


def network(
    *, width: Integer, depth: int = 16, norm: str = "none", image: Shape = (3, 224, 224), classes: Integer = 1000
) -> Network:
    """A VGG: five stages of 3×3 convs, each ended by 2×2 max pooling, three fully connected layers."""
    stages, last = convolutions(BlockBuilder(*image).input, width, depth, norm)
    return chain(image, {**stages, "classifier": _classifier(last, classes)})


def convolutions(x: Operation, width: Integer, depth: int, norm: str) -> tuple[dict[str, Stage], Operation]:
    """The five stages, and what the last one makes."""
    stages: dict[str, Stage] = {}
    for stage, (multiple, layers) in enumerate(zip(MULTIPLES_OF_WIDTH, CONVOLUTIONS[depth], strict=True), 1):
        block = stages[f"stage{stage}"] = _stage(x, width * multiple, layers, norm)
        x = block.last
    return stages, x


def _stage(before: Operation, channels: Integer, layers: int, norm: str) -> Block:
    """Convolutions, which have biases unless they are "unbiased", each with its batch norm, if any, and a ReLU."""
    builder = BlockBuilder(*before.output)
    x = builder.input
    for index in range(1, layers + 1):
        x = builder.conv(f"conv{index}", x, channels, kernel=3, bias=norm != "unbiased")
        x = x if norm == "none" else builder.norm(f"norm{index}", x)
        x = builder.relu(f"relu{index}", x)
    builder.pool("pool", x, "max", kernel=2, stride=2)
    return builder.block()


def _classifier(x: Operation, classes: Integer) -> Block:
    """Three fully connected layers on the whole map; softmax is left to the loss."""
    builder = BlockBuilder(*x.output)
    hidden = builder.relu("relu1", builder.linear("fc1", builder.input, HIDDEN))
    hidden = builder.relu("relu2", builder.linear("fc2", hidden, HIDDEN))
    builder.linear("fc3", hidden, classes)
    return builder.block()
