"""The layout of the MENet paper's Table I: a stem, three stages of 4, 8 and 4 units, a classifier.

The paper compares units by replacing them in this layout (Section IV-A).
"""

from collections.abc import Callable, Sequence

from menet_design.families.architectures.layers import classifier, convolution
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation, Shape

BLOCKS = (3, 7, 3)  # standard units after each downsampling one

# Adds the operations of one unit to a builder: (builder, stage from 0, whether it is the stage's first, downsampling).
Unit = Callable[[BlockBuilder, int, bool], None]


def layout(
    unit: Unit,
    name: str,
    stem: Integer,
    image: Shape,
    classes: Integer,
    branches: tuple[str, ...] = (),
    *,
    bias: bool = True,
    blocks: Sequence[int] = BLOCKS,
    small_images: bool = False,
) -> Network:
    """3×3 conv and 3×3 max pool, stages 2 to 4 of units, global average pool and fully connected layer.

    For small images the convolution has stride 1, and there is no max pool.
    """
    last = convolution(image, stem, kernel=3) if small_images else _stem(stem, image)
    stages: dict[str, Stage] = {"stage1": last}
    for stage, repeats in enumerate(blocks):
        first = _block(last.last, unit, stage, True, name)
        last = _block(first.last, unit, stage, False, name)
        stages[f"stage{stage + 2}"] = [first, *[last] * repeats]
    stages["classifier"] = classifier(last.last, classes, bias)
    return chain(image, stages, branches)


def _block(before: Operation, unit: Unit, stage: int, down: bool, title: str) -> Block:
    builder = BlockBuilder(*before.output)
    unit(builder, stage, down)
    return builder.block(title)


def _stem(channels: Integer, image: Shape) -> Block:
    """3×3 conv with stride 2, then 3×3 max pool with stride 2."""
    builder = BlockBuilder(*image)
    x = builder.conv("conv", builder.input, channels, kernel=3, stride=2)
    x = builder.relu("relu", builder.norm("norm", x))
    builder.pool("pool", x, "max", kernel=3, stride=2)
    return builder.block()
