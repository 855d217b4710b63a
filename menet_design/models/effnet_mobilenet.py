"""The MobileNet of the EffNet paper in PyTorch (arXiv 1801.06434)."""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.effnet_paper import PooledConvolution, ThreeStages
from menet_design.models.layers import initialise
from menet_design.zoo.effnet_mobilenet import EffNetMobileNet as Design


class DepthwiseSeparable(nn.Module):
    """Depthwise separable convolution with stride 2: 3×3 on each channel, 1×1 across them."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(in_channels, in_channels, 3, 2, 1, groups=in_channels, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(in_channels)
        self.pointwise = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.pointwise_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        x = self.depthwise_norm(functional.leaky_relu(self.depthwise(x)))
        separated: Tensor = self.pointwise_norm(functional.leaky_relu(self.pointwise(x)))
        return separated


class EffNetMobileNet(ThreeStages):
    """3×3 convolution with max pool, two depthwise separable convolutions, and a fully connected layer."""

    def __init__(self, design: Design) -> None:
        width, size = design.width, -(-(design.resolution // 2) // 4)  # pools round down, strides round up
        super().__init__(
            PooledConvolution(3, width),
            DepthwiseSeparable(width, 2 * width),
            DepthwiseSeparable(2 * width, 4 * width),
            4 * width * size**2,
            design.classes,
        )


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(EffNetMobileNet(design))


def rename_key(key: str) -> str:
    """The name in our state dict of a key of other checkpoints: none are known."""
    return key
