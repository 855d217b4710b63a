"""ResNet for CIFAR-10 (arXiv 1512.03385, Section 4.2): three stages of basic blocks, as rows of numbers."""

from menet_design.families.architectures.layers import add, classifier, convolution
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation

STAGES = 3


def network(
    *, width: Integer, resolution: Integer = 32, classes: Integer = 10, depth: int = 20, shortcut: str = "3x3"
) -> Network:
    """A ResNet-(6n + 2): 3×3 conv, stages 2 to 4 of n basic blocks each, global average pool, classifier."""
    image = (3, resolution, resolution)
    last = convolution(image, width, kernel=3)
    stages: dict[str, Stage] = {"stage1": last}
    for stage in range(STAGES):
        blocks = _stage(stage, last.last, width * 2**stage, (depth - 2) // (2 * STAGES), shortcut)
        stages[f"stage{stage + 2}"], last = blocks, blocks[-1]
    stages["classifier"] = classifier(last.last, classes)
    return chain(image, stages)


def _stage(stage: int, x: Operation, channels: Integer, repeats: int, shortcut: str) -> list[Block]:
    """A stage of basic blocks; the first block of all but the first stage halves the map."""
    first = _basic_block(x, channels, shortcut if stage else None)
    standard = _basic_block(first.last, channels, None) if stage else first
    return [first, *[standard] * (repeats - 1)]


def _basic_block(x: Operation, channels: Integer, shortcut: str | None) -> Block:
    """Two 3×3 convolutions beside a shortcut, which changes the map's size or is the identity (None)."""
    builder = BlockBuilder(*x.output)
    y = builder.conv("residual.conv1", builder.input, channels, kernel=3, stride=2 if shortcut else 1)
    y = builder.relu("residual.relu1", builder.norm("residual.norm1", y))
    y = builder.norm("residual.norm2", builder.conv("residual.conv2", y, channels, kernel=3))
    passed = _shortcut(builder, channels, shortcut) if shortcut else builder.input
    add(builder, y, passed)
    return builder.block("basic block")


def _shortcut(builder: BlockBuilder, channels: Integer, shortcut: str) -> Operation:
    """Half the map and the channels asked for: by option A, or by a convolution of 1×1 (option B) or 3×3."""
    if shortcut == "A":
        # A max pool over a single pixel passes every other pixel of every other row.
        passed = builder.pool("shortcut.subsample", builder.input, "max", kernel=1, stride=2)
        return builder.pad("shortcut.pad", passed, channels)
    x = builder.conv("shortcut.conv", builder.input, channels, kernel=1 if shortcut == "B" else 3, stride=2)
    return builder.norm("shortcut.norm", x)
