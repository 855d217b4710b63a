"""The MobileNet of the EffNet paper in PyTorch (arXiv 1801.06434)."""

from torch import nn

from menet_design.families.effnet_mobilenet import EffNetMobileNet as Numbers
from menet_design.models.effnet_paper import Leaky, PooledConvolution, ThreeStages


class DepthwiseSeparable(Leaky):
    """Depthwise separable convolution with stride 2: 3×3 on each channel, 1×1 across them.

    (batch, in_channels, h, w) to (batch, channels, h / 2, w / 2).
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(
            depthwise=nn.Conv2d(in_channels, in_channels, 3, 2, 1, groups=in_channels, bias=False),
            depthwise_norm=nn.BatchNorm2d(in_channels),
            pointwise=nn.Conv2d(in_channels, channels, 1, bias=False),
            pointwise_norm=nn.BatchNorm2d(channels),
        )


class EffNetMobileNet(ThreeStages):
    """3×3 convolution with max pool, two depthwise separable convolutions, and a fully connected layer."""

    def __init__(self, design: Numbers) -> None:
        # Pools round down, strides round up.
        super().__init__(PooledConvolution, DepthwiseSeparable, design, lambda side: -(-(side // 2) // 4))


MODEL = EffNetMobileNet
