"""EffNet in PyTorch (arXiv 1801.06434)."""

from torch import nn

from menet_design.families.effnet import EffNet as Numbers
from menet_design.models.effnet_paper import Leaky, ThreeStages


class EffNetBlock(Leaky):
    """A separable 3×3 convolution, one axis at a time, with half of the pooling after each of them.

    1×1 to half the channels, at least 6; depthwise 1×3; max pool over the height; depthwise 3×1; convolution with
    stride over the width. (batch, in_channels, h, w) to (batch, channels, h / 2, w / 2).
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        inside = max(6, channels // 2)
        super().__init__(
            compress=nn.Conv2d(in_channels, inside, 1, bias=False),
            compress_norm=nn.BatchNorm2d(inside),
            row=nn.Conv2d(inside, inside, (1, 3), padding=(0, 1), groups=inside, bias=False),
            row_norm=nn.BatchNorm2d(inside),
            pool=nn.MaxPool2d((2, 1)),
            column=nn.Conv2d(inside, inside, (3, 1), padding=(1, 0), groups=inside, bias=False),
            column_norm=nn.BatchNorm2d(inside),
            expand=nn.Conv2d(inside, channels, (1, 2), (1, 2), bias=False),
            expand_norm=nn.BatchNorm2d(channels),
        )


class EffNet(ThreeStages):
    """Three EffNet blocks and a fully connected layer."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(EffNetBlock, EffNetBlock, design)


MODEL = EffNet
