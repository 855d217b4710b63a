"""VGG-16 (arXiv 1409.1556, configuration D of Table 1), as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.network import Block, Graph, Network, Operation, Size

LETTERS = {"width": "w", "resolution": "r", "classes": "n"}

# Output channels of each stage, as multiples of the width, and its convolutions.
STAGES = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))
HIDDEN = 4096


def multiples(numbers: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"resolution": 32}


def network(*, width: Size, resolution: Size = 224, classes: Size = 1000) -> Network:
    """A VGG-16: five stages of 3×3 convs with bias, each followed by 2×2 max pooling, three fully connected layers."""
    x, blocks = Graph(3, resolution, resolution).input, []
    for stage, (multiple, convolutions) in enumerate(STAGES, 1):
        blocks.append(_stage(f"stage{stage}", x, width * multiple, convolutions))
        x = blocks[-1].last
    return Network((*blocks, _classifier(x, classes)))


def _stage(name: str, before: Operation, channels: Size, convolutions: int) -> Block:
    graph = Graph(*before.output)
    x = graph.input
    for index in range(1, convolutions + 1):
        x = graph.relu(f"relu{index}", graph.conv(f"conv{index}", x, channels, kernel=3, bias=True))
    graph.pool("pool", x, "max", kernel=2, stride=2)
    return graph.block(name)


def _classifier(x: Operation, classes: Size) -> Block:
    """Three fully connected layers on the whole map; softmax is left to the loss."""
    graph = Graph(*x.output)
    hidden = graph.relu("relu1", graph.linear("fc1", graph.input, HIDDEN))
    hidden = graph.relu("relu2", graph.linear("fc2", hidden, HIDDEN))
    graph.linear("fc3", hidden, classes)
    return graph.block("classifier")
