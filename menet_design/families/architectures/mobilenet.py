"""MobileNet v1 (arXiv 1704.04861, Table 1): depthwise separable convolutions in five stages, as rows of numbers."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from menet_design.families.architectures.layers import classifier, convolution
from menet_design.graph.builder import BlockBuilder, divide
from menet_design.graph.network import Block, Network, Stage, chain
from menet_design.graph.operation import Integer, Operation, Shape

# Output channels of the depthwise separable convolutions in each stage, as multiples of the width. The maps of a stage
# are of one size, from 112×112 down to 7×7.
STAGES = ((1,), (2,) * 2, (4,) * 2, (8,) * 6, (16,) * 2)
MULTIPLES = {"width": (2,)}


def network(
    *,
    width: Integer,
    image: Shape = (3, 224, 224),
    classes: Integer = 1000,
    round_to: int | None = None,
    small_images: bool = False,
) -> Network:
    """A MobileNet: 3×3 conv, 13 depthwise separable convolutions, global average pool, classifier.

    Each stage but the first begins with a stride; so does the first layer, of half the width. Table 1 prints a stride
    for the last depthwise convolution too, and a size that it leaves as it is; for small images the first layer has
    none. Channels are rounded to multiples of a number, if one is given. Raises IllegalDesign where the width is odd.
    """
    strides = (1 if small_images else 2, 1)
    return separable(Width(width, round_to), STAGES, strides, image, classes)


class Width(NamedTuple):
    """The channels of the first pointwise convolution, and of what the others are multiples, if rounded."""

    channels: Integer
    round_to: int | None = None

    def times(self, multiple: int) -> Integer:
        """The channels of a convolution that has so many times as many, cut to whole or rounded as TF-slim does."""
        exact = self.channels * multiple
        return exact if self.round_to is None else _rounded(exact, self.round_to)

    @property
    def half(self) -> Integer:
        """The channels of the first convolution."""
        if self.round_to is None:
            return divide(self.channels, 2, "the first convolution")
        return _rounded(Fraction(self.channels) / 2, self.round_to)


def _rounded(exact: Any, step: int) -> int:
    """The nearest multiple of a step, of 1 the whole part; the next one where that would be less than nine tenths.

    As `_make_divisible` of TensorFlow's models and of torchvision.
    """
    if step == 1:
        return max(1, int(exact))
    rounded = max(step, int(exact + Fraction(step, 2)) // step * step)
    return rounded + step if 10 * rounded < 9 * exact else rounded


def separable(
    width: Width, stages: Sequence[Sequence[int]], strides: tuple[int, int], image: Shape, classes: Integer
) -> Network:
    """Stages of depthwise separable convolutions; first convolution and first stage have strides of their own."""
    last = convolution(image, width.half, kernel=3, stride=strides[0])
    made: dict[str, Stage] = {"conv1": last}
    for stage, multiples in enumerate(stages, 1):
        blocks: list[Block] = []
        for index, multiple in enumerate(multiples):
            stride = 1 if index else 2 if stage > 1 else strides[1]
            is_repeated = index > 1 and multiple == multiples[index - 1]
            last = last if is_repeated else _pair(last.last, width.times(multiple), stride)
            blocks.append(last)
        made[f"stage{stage}"] = blocks
    return chain(image, {**made, "classifier": classifier(last.last, classes)})


def _pair(before: Operation, channels: Integer, stride: int) -> Block:
    """Depthwise separable convolution: 3×3 depthwise, then 1×1, each with batch norm and ReLU (Fig. 3, right)."""
    builder = BlockBuilder(*before.output)
    x = _normed(builder, "depthwise.", builder.depthwise("depthwise.conv", builder.input, kernel=3, stride=stride))
    _normed(builder, "pointwise.", builder.conv("pointwise.conv", x, channels))
    return builder.block("depthwise separable")


def _normed(builder: BlockBuilder, prefix: str, x: Operation) -> Operation:
    """Batch norm and ReLU, as after every convolution."""
    return builder.relu(f"{prefix}relu", builder.norm(f"{prefix}norm", x))
