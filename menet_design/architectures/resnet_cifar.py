"""ResNet for CIFAR-10 (arXiv 1512.03385, Section 4.2): three stages of basic blocks, as rows of numbers."""

from collections.abc import Mapping

from menet_design.architectures.layers import add, classifier
from menet_design.architectures.network import Block, Graph, Network, Operation, Size

LETTERS = {"width": "w", "resolution": "r", "classes": "n"}
STAGES = 3


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all halvings of the architecture are exact."""
    return {"resolution": 4}


def network(
    *, width: Size, resolution: Size = 32, classes: Size = 10, depth: int = 20, shortcut: str = "3x3"
) -> Network:
    """A ResNet-(6n + 2): 3×3 conv, stages 2 to 4 of n basic blocks each, global average pool, classifier."""
    blocks = [_stem(width, resolution)]
    for stage in range(STAGES):
        blocks += _stage(stage, blocks[-1].last, width * 2**stage, (depth - 2) // (2 * STAGES), shortcut)
    return Network((*blocks, classifier(blocks[-1].last, classes)))


def _stage(stage: int, x: Operation, channels: Size, repeats: int, shortcut: str) -> list[Block]:
    """A stage of basic blocks; the first block of all but the first stage halves the map."""
    names = [f"stage{stage + 2}.{index}" for index in range(repeats)]
    blocks = [_basic_block(names[0], x, channels, shortcut if stage else None)]
    standard = _basic_block("", blocks[0].last, channels, None) if stage else blocks[0]
    return blocks + [standard._replace(name=name) for name in names[1:]]


def _basic_block(name: str, x: Operation, channels: Size, shortcut: str | None) -> Block:
    """Two 3×3 convolutions beside a shortcut, which changes the map's size or is the identity (None)."""
    graph = Graph(*x.output)
    y = graph.conv("residual.conv1", graph.input, channels, kernel=3, stride=2 if shortcut else 1)
    y = graph.relu("residual.relu1", graph.norm("residual.norm1", y))
    y = graph.norm("residual.norm2", graph.conv("residual.conv2", y, channels, kernel=3))
    passed = _shortcut(graph, channels, shortcut) if shortcut else graph.input
    add(graph, y, passed)
    return graph.block(name, "basic block")


def _shortcut(graph: Graph, channels: Size, shortcut: str) -> Operation:
    """Half the map and the channels asked for: by option A, or by a convolution of 1×1 (option B) or 3×3."""
    if shortcut == "A":
        # A max pool over a single pixel passes every other pixel of every other row.
        passed = graph.pool("shortcut.subsample", graph.input, "max", kernel=1, stride=2)
        return graph.pad("shortcut.pad", passed, channels)
    x = graph.conv("shortcut.conv", graph.input, channels, kernel=1 if shortcut == "B" else 3, stride=2)
    return graph.norm("shortcut.norm", x)


def _stem(channels: Size, resolution: Size) -> Block:
    """3×3 conv with stride 1."""
    graph = Graph(3, resolution, resolution)
    x = graph.conv("conv", graph.input, channels, kernel=3)
    graph.relu("relu", graph.norm("norm", x))
    return graph.block("stage1")
