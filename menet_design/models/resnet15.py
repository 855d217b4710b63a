"""ResNet-15 in PyTorch: ResNet's bottlenecks (arXiv 1512.03385, Fig. 5) in the layout of the MENet paper's Table I."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.layers import initialise
from menet_design.models.table_one import TableOne
from menet_design.zoo.resnet15 import ResNet15 as Design


class Residual(nn.Module):
    """Bottleneck: 1×1, 3×3 in groups, which has the stride, 1×1."""

    def __init__(self, in_channels: int, bottleneck: int, out_channels: int, groups: int, stride: int) -> None:
        super().__init__()
        self.compress = nn.Conv2d(in_channels, bottleneck, 1, bias=False)
        self.compress_norm = nn.BatchNorm2d(bottleneck)
        self.conv = nn.Conv2d(bottleneck, bottleneck, 3, stride, 1, groups=groups, bias=False)
        self.conv_norm = nn.BatchNorm2d(bottleneck)
        self.expand = nn.Conv2d(bottleneck, out_channels, 1, bias=False)
        self.expand_norm = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, out_channels, h / stride, w / stride)."""
        x = functional.relu(self.compress_norm(self.compress(x)))
        x = functional.relu(self.conv_norm(self.conv(x)))
        expanded: Tensor = self.expand_norm(self.expand(x))
        return expanded


class Projection(nn.Module):
    """The shortcut of a unit that changes its shape: 1×1 with stride 2."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 1, 2, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        norm: Tensor = self.norm(self.conv(x))
        return norm


class StandardUnit(nn.Module):
    """Adds its input to the residual branch."""

    def __init__(self, channels: int, bottleneck: int, groups: int) -> None:
        super().__init__()
        self.residual = Residual(channels, bottleneck, channels, groups, stride=1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same."""
        return functional.relu(self.residual(x) + x)


class ProjectionUnit(nn.Module):
    """Downsamples, and adds a projection of its input to the residual branch."""

    def __init__(self, in_channels: int, channels: int, bottleneck: int, groups: int) -> None:
        super().__init__()
        self.residual = Residual(in_channels, bottleneck, channels, groups, stride=2)
        self.projection = Projection(in_channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        return functional.relu(self.residual(x) + self.projection(x))


class ConcatUnit(nn.Module):
    """Downsamples, and appends its pooled input to the residual branch, as ShuffleNet's unit does."""

    def __init__(self, in_channels: int, channels: int, bottleneck: int, groups: int) -> None:
        super().__init__()
        self.residual = Residual(in_channels, bottleneck, channels - in_channels, groups, stride=2)
        self.identity = nn.AvgPool2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        return functional.relu(torch.cat((self.residual(x), self.identity(x)), dim=1))


def downsampling_unit(how: str, in_channels: int, channels: int, bottleneck: int, groups: int) -> nn.Module:
    """The first unit of a stage: by "projection" or "concat"."""
    kinds = {"projection": ProjectionUnit, "concat": ConcatUnit}
    return kinds[how](in_channels, channels, bottleneck, groups)


class ResNet15(TableOne):
    """w-ResNet-15: logits of images of the design's resolution."""

    def __init__(self, design: Design) -> None:
        def unit(in_channels: int, stage: int, down: bool) -> nn.Module:
            channels = design.width * 2**stage
            if down:
                return downsampling_unit(design.downsampling, in_channels, channels, channels // 4, groups=1)
            return StandardUnit(channels, channels // 4, groups=1)

        super().__init__(unit, design.width, design.stem, design.resolution, design.classes)


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(ResNet15(design))


def rename_key(key: str) -> str:
    """The key as it is: nobody else has released this network."""
    return key
