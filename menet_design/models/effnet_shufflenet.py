"""The ShuffleNet of the EffNet paper in PyTorch (arXiv 1801.06434)."""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.effnet_shufflenet import EffNetShuffleNet as Numbers
from menet_design.models.effnet_paper import PooledConvolution, ThreeStages
from menet_design.models.layers import ChannelShuffle


class Bottleneck(nn.Module):
    """1×1 in 4 groups to a quarter of the channels, shuffle, depthwise 3×3 with stride 2, 1×1 in 4 groups."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        bottleneck = channels // 4
        self.compress = nn.Conv2d(in_channels, bottleneck, 1, groups=4, bias=False)
        self.compress_norm = nn.BatchNorm2d(bottleneck)
        self.shuffle = ChannelShuffle(bottleneck, 4)
        self.depthwise = nn.Conv2d(bottleneck, bottleneck, 3, 2, 1, groups=bottleneck, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(bottleneck)
        self.expand = nn.Conv2d(bottleneck, channels, 1, groups=4, bias=False)
        self.expand_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        x = self.shuffle(self.compress_norm(functional.leaky_relu(self.compress(x))))
        x = self.depthwise_norm(functional.leaky_relu(self.depthwise(x)))
        expanded: Tensor = self.expand_norm(functional.leaky_relu(self.expand(x)))
        return expanded


class EffNetShuffleNet(ThreeStages):
    """3×3 convolution with max pool, two bottlenecks, and a fully connected layer."""

    def __init__(self, design: Numbers) -> None:
        # Pools round down, strides round up.
        super().__init__(PooledConvolution, Bottleneck, design, lambda side: -(-(side // 2) // 4))


MODEL = EffNetShuffleNet
