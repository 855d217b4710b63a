"""The layout of the networks that the EffNet paper compares (arXiv 1801.06434): three stages and a classifier."""

from collections.abc import Callable

from menet_design.architectures.network import Graph, Network, Operation, Size

LETTERS = {"width": "w", "resolution": "r", "classes": "n"}

# Adds the operations of a stage, with so many output channels, to a graph.
Stage = Callable[[Graph, Size], None]


def layout(first: Stage, other: Stage, width: Size, resolution: Size, classes: Size) -> Network:
    """Stages of w, 2w and 4w channels, and a fully connected layer on the whole map; softmax is left to the loss."""
    graph, blocks = Graph(3, resolution, resolution), []
    for index, stage in enumerate((first, other, other)):
        stage(graph, width * 2**index)
        blocks.append(graph.block(f"stage{index + 1}"))
        graph = Graph(*blocks[-1].last.output)
    graph.linear("fc", graph.input, classes)
    return Network((*blocks, graph.block("classifier")))


def convolution(graph: Graph, channels: Size) -> None:
    """3×3 conv and 2×2 max pool: every stage of the baseline, the first one of MobileNet and ShuffleNet."""
    x = activated(graph, graph.conv("conv", graph.input, channels, kernel=3))
    graph.pool("pool", x, "max", kernel=2, stride=2)


def activated(graph: Graph, conv: Operation) -> Operation:
    """Leaky ReLU and then batch norm, as after every convolution."""
    return graph.norm(f"{conv.name}_norm", graph.leaky_relu(f"{conv.name}_relu", conv))
