"""SEP-Net (arXiv 1706.03912): modules of pattern residual blocks, as rows of numbers; the head is a reconstruction."""

from menet_design.families.architectures.layers import activated, add, classifier, convolution
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation, Shape

GROUPS = 4  # of the convolutions of pattern residual blocks, and of conv3
MULTIPLES = {"width": (4 * GROUPS,)}


def network(*, width: Integer, head: Integer, image: Shape = (3, 224, 224), classes: Integer = 1000) -> Network:
    """A SEP-Net: three stages of a convolution with stride 2 and modules, a 1×1 convolution, a classifier.

    Raises IllegalDesign where a channel number does not divide.
    """
    first = convolution(image, width, kernel=5, stride=2)
    stage1 = [first, _module(first.last)]
    second = convolution(stage1[-1].last.output, 2 * width, kernel=3, stride=2)
    stage2 = [second, _module(second.last)]
    third = convolution(stage2[-1].last.output, 4 * width, kernel=3, stride=2, groups=GROUPS)
    stage3 = [third, *[_module(third.last)] * 2]
    last = convolution(stage3[-1].last.output, head)
    stages: dict[str, Stage] = {"stage1": stage1, "stage2": stage2, "stage3": stage3, "head": last}
    return chain(image, {**stages, "classifier": classifier(last.last, classes)})


def _module(x: Operation) -> Block:
    """1×1 reduction, two pattern residual blocks, 1×1 recovery; the module's input is added."""
    builder = BlockBuilder(*x.output)
    half, quarter = (divide(x.channels, parts, "the reduction") for parts in (2, 4))
    y = activated(builder, builder.conv("residual.reduce", builder.input, half))
    y = _pattern_residual(builder, "residual.first", y, half)
    y = _pattern_residual(builder, "residual.second", y, quarter)
    y = builder.norm("residual.recover_norm", builder.conv("residual.recover", y, x.channels))
    add(builder, y, builder.input)
    return builder.block("SEP-Net module")


def _pattern_residual(builder: BlockBuilder, name: str, x: Operation, channels: Integer) -> Operation:
    """Pattern residual block: O(x) = C_k×k(x) + C_1×1(x), both in groups."""
    pattern = builder.conv(f"{name}.pattern", x, channels, kernel=3, groups=GROUPS)
    transform = builder.conv(f"{name}.transform", x, channels, groups=GROUPS)
    y = builder.add(f"{name}.add", pattern, transform)
    return builder.relu(f"{name}.relu", builder.norm(f"{name}.norm", y))
