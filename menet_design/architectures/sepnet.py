"""SEP-Net (arXiv 1706.03912): modules of pattern residual blocks, as rows of numbers; the head is a reconstruction."""

from collections.abc import Mapping

from menet_design.architectures.layers import add, classifier
from menet_design.architectures.network import Block, Graph, Network, Operation, Size, divide

LETTERS = {"width": "w", "head": "h", "resolution": "r", "classes": "n"}

GROUPS = 4  # of the convolutions of pattern residual blocks, and of conv3


def multiples(_: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 4 * GROUPS, "resolution": 8}


def network(*, width: Size, head: Size, resolution: Size = 224, classes: Size = 1000) -> Network:
    """A SEP-Net: three stages of a convolution with stride 2 and modules, a 1×1 convolution, a classifier.

    Raises IllegalDesign where a channel number does not divide.
    """
    blocks = [_conv("stage1.0", Graph(3, resolution, resolution), width, kernel=5, stride=2)]
    blocks.append(_module("stage1.1", blocks[-1].last))
    blocks.append(_conv("stage2.0", _after(blocks), 2 * width, kernel=3, stride=2))
    blocks.append(_module("stage2.1", blocks[-1].last))
    blocks.append(_conv("stage3.0", _after(blocks), 4 * width, kernel=3, stride=2, groups=GROUPS))
    modules = _module("stage3.1", blocks[-1].last)
    blocks += [modules, modules._replace(name="stage3.2")]
    blocks.append(_conv("head", _after(blocks), head))
    return Network((*blocks, classifier(blocks[-1].last, classes)))


def _after(blocks: list[Block]) -> Graph:
    """The graph of the block that reads what the blocks make."""
    return Graph(*blocks[-1].last.output)


def _conv(name: str, graph: Graph, channels: Size, kernel: int = 1, stride: int = 1, groups: int = 1) -> Block:
    """A convolution with its norm and ReLU."""
    x = graph.conv("conv", graph.input, channels, kernel, stride, groups=groups)
    graph.relu("relu", graph.norm("norm", x))
    return graph.block(name)


def _module(name: str, x: Operation) -> Block:
    """1×1 reduction, two pattern residual blocks, 1×1 recovery; the module's input is added."""
    graph = Graph(*x.output)
    half, quarter = (divide(x.channels, parts, "the reduction") for parts in (2, 4))
    y = graph.conv("residual.reduce", graph.input, half)
    y = graph.relu("residual.reduce_relu", graph.norm("residual.reduce_norm", y))
    y = _pattern_residual(graph, "residual.first", y, half)
    y = _pattern_residual(graph, "residual.second", y, quarter)
    y = graph.norm("residual.recover_norm", graph.conv("residual.recover", y, x.channels))
    add(graph, y, graph.input)
    return graph.block(name, "SEP-Net module")


def _pattern_residual(graph: Graph, name: str, x: Operation, channels: Size) -> Operation:
    """Pattern residual block: O(x) = C_k×k(x) + C_1×1(x), both in groups."""
    pattern = graph.conv(f"{name}.pattern", x, channels, kernel=3, groups=GROUPS)
    transform = graph.conv(f"{name}.transform", x, channels, groups=GROUPS)
    y = graph.add(f"{name}.add", pattern, transform)
    return graph.relu(f"{name}.relu", graph.norm(f"{name}.norm", y))
