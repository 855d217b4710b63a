"""What ends the units and networks of several families, as rows of numbers."""

from menet_design.architectures.network import Block, Graph, Operation, Size


def classifier(x: Operation, classes: Size) -> Block:
    """Global average pool and a fully connected layer; softmax is left to the loss."""
    graph = Graph(*x.output)
    graph.linear("fc", graph.global_pool("pool", graph.input), classes)
    return graph.block("classifier")


def add(graph: Graph, residual: Operation, shortcut: Operation) -> None:
    """The shortcut added to the residual branch, and a ReLU."""
    graph.relu("output.relu", graph.add("output.add", residual, shortcut))


def join(graph: Graph, residual: Operation, down: bool) -> None:
    """The unit's input added to the residual branch or, when downsampling, pooled and appended; and a ReLU."""
    if down:
        identity = graph.pool("identity", graph.input, "average", kernel=3, stride=2)
        graph.relu("output.relu", graph.concat("output.concat", residual, identity))
    else:
        add(graph, residual, graph.input)
