"""Xception-15 in PyTorch: Xception-like units (arXiv 1707.01083, Section 4.1) in the MENet paper's Table I."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.layers import initialise

# pytorchcv has this network as ShuffleNet with one group, whose layers it names as it does all ShuffleNets'.
from menet_design.models.shufflenet import rename_key
from menet_design.models.table_one import TableOne
from menet_design.zoo.xception15 import Xception15 as Design

__all__ = ["Xception15", "XceptionUnit", "build", "rename_key"]


class Residual(nn.Module):
    """Bottleneck: 1×1, depthwise 3×3 without a ReLU after it, 1×1."""

    def __init__(self, in_channels: int, bottleneck: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.compress = nn.Conv2d(in_channels, bottleneck, 1, bias=False)
        self.compress_norm = nn.BatchNorm2d(bottleneck)
        self.depthwise = nn.Conv2d(bottleneck, bottleneck, 3, stride, 1, groups=bottleneck, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(bottleneck)
        self.expand = nn.Conv2d(bottleneck, out_channels, 1, bias=False)
        self.expand_norm = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, out_channels, h / stride, w / stride)."""
        x = functional.relu(self.compress_norm(self.compress(x)))
        x = self.depthwise_norm(self.depthwise(x))
        expanded: Tensor = self.expand_norm(self.expand(x))
        return expanded


class XceptionUnit(nn.Module):
    """Standard unit, which adds its input, or downsampling unit, which appends it pooled."""

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        emitted = channels if stride == 1 else channels - in_channels
        self.identity = nn.Identity() if stride == 1 else nn.AvgPool2d(3, 2, 1)
        self.residual = Residual(in_channels, channels // 4, emitted, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        residual, identity = self.residual(x), self.identity(x)
        if isinstance(self.identity, nn.Identity):
            return functional.relu(residual + identity)
        return functional.relu(torch.cat((residual, identity), dim=1))


class Xception15(TableOne):
    """w-Xception-15: logits of images of the design's resolution."""

    def __init__(self, design: Design) -> None:
        def unit(in_channels: int, stage: int, down: bool) -> XceptionUnit:
            return XceptionUnit(in_channels, design.width * 2**stage, 2 if down else 1)

        super().__init__(unit, design.width, design.stem, design.resolution, design.classes)


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(Xception15(design))
