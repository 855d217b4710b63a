"""MobileNet v1 in PyTorch (arXiv 1704.04861)."""

from collections.abc import Sequence
from fractions import Fraction

from torch import nn

from menet_design.families.mobilenet import MobileNet as Numbers
from menet_design.models.layers import Classifier, Convolution, mapped
from menet_design.models.model import Model


class DepthwiseSeparable(nn.Sequential):
    """Depthwise separable convolution: 3×3 on each channel, 1×1 across them (Fig. 3, right).

    (batch, in_channels, h, w) to (batch, channels, h / stride, w / stride).
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = Convolution(in_channels, in_channels, 3, stride, groups=in_channels)
        self.pointwise = Convolution(in_channels, channels)


def stages(
    design: Numbers, multiples: Sequence[Sequence[int]], strides: tuple[int, int]
) -> tuple[Convolution, list[nn.Sequential]]:
    """The first convolution, and stages of depthwise separable ones with so many times the width's channels.

    The strides are those of the first convolution and of the first stage; the other stages begin with one of 2.
    """
    before = channels(design, Fraction(design.width) / 2)
    conv, found = Convolution(design.channels, before, 3, stride=strides[0]), []
    for index, stage in enumerate(multiples):
        layers, stride = [], 2 if index else strides[1]
        for multiple in stage:
            made = channels(design, Fraction(design.width) * multiple)
            layers.append(DepthwiseSeparable(before, made, stride))
            before, stride = made, 1
        found.append(nn.Sequential(*layers))
    return conv, found


def channels(design: Numbers, exact: Fraction) -> int:
    """Channels as they are, cut to whole, or rounded to multiples that keep nine tenths of them."""
    step = design.round_to or 1
    rounded = int(exact) if step == 1 else max(step, int(float(exact) + step / 2) // step * step)
    return rounded + step if rounded < 0.9 * exact and step > 1 else max(rounded, 1)


class MobileNet(Model):
    """α× MobileNet-ρ (Table 1): (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(design)
        stride = 1 if design.small_images else 2
        multiples = [[1], [2] * 2, [4] * 2, [8] * 6, [16] * 2]
        self.conv1, made = stages(design, multiples, (stride, 1))
        self.stage1, self.stage2, self.stage3, self.stage4, self.stage5 = made
        size = mapped(design.resolution, lambda side: -(-side // (16 * stride)))
        self.classifier = Classifier(channels(design, Fraction(16 * design.width)), size, design.classes)


MODEL = MobileNet
