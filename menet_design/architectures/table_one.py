"""The layout of the MENet paper's Table I: a stem, three stages of 4, 8 and 4 units, a classifier.

The paper compares units by replacing them in this layout (Section IV-A).
"""

from collections.abc import Callable

from menet_design.architectures.layers import classifier
from menet_design.architectures.network import Block, Graph, Network, Operation, Size

REPEATS = (3, 7, 3)  # standard units after each downsampling one

# Adds the operations of one unit to a graph: (graph, stage from 0, whether it is the stage's first, downsampling).
Unit = Callable[[Graph, int, bool], None]


def layout(unit: Unit, name: str, stem: Size, resolution: Size, classes: Size) -> Network:
    """3×3 conv and 3×3 max pool, stages 2 to 4 of units, global average pool and fully connected layer."""
    blocks = [_stem(stem, resolution)]
    for stage, repeats in enumerate(REPEATS):
        blocks.append(_block(f"stage{stage + 2}.0", blocks[-1].last, unit, stage, True, name))
        standard = _block("", blocks[-1].last, unit, stage, False, name)
        names = (f"stage{stage + 2}.{index}" for index in range(1, repeats + 1))
        blocks += [standard._replace(name=each) for each in names]
    return Network((*blocks, classifier(blocks[-1].last, classes)))


def _block(name: str, before: Operation, unit: Unit, stage: int, down: bool, title: str) -> Block:
    graph = Graph(before.channels, before.height, before.width)
    unit(graph, stage, down)
    return graph.block(name, title)


def _stem(channels: Size, resolution: Size) -> Block:
    """3×3 conv with stride 2, then 3×3 max pool with stride 2."""
    graph = Graph(3, resolution, resolution)
    x = graph.conv("conv", graph.input, channels, kernel=3, stride=2)
    x = graph.relu("relu", graph.norm("norm", x))
    graph.pool("pool", x, "max", kernel=3, stride=2)
    return graph.block("stage1")
