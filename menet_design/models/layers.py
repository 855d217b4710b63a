"""Layers that several families share in PyTorch, and the weights that they begin with.

Figures and equations are those of the MENet paper, arXiv 1803.09127.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional


class Projection(nn.Module):
    """Convolution and batch norm: linear."""

    def __init__(self, in_channels: int, channels: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        projected: Tensor = self.norm(self.conv(x))
        return projected


class Convolution(Projection):
    """Convolution, batch norm, ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu(super().forward(x))


class Activated(nn.Sequential):
    """Modules one after the other, by their names, with an activation after each that is a convolution."""

    def __init__(self, **modules: nn.Module) -> None:
        super().__init__(OrderedDict(modules))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to what the last module makes."""
        for module in self:
            x = self.activate(module(x)) if isinstance(module, nn.Conv2d) else module(x)
        return x

    def activate(self, x: Tensor) -> Tensor:
        """ReLU; looked up when it is called, since counters put their own in its place."""
        return functional.relu(x)


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """Channels (groups, n) read as (n, groups): each group of the next convolution hears every group (Fig. 1)."""
    batch, channels, height, width = x.shape
    x = x.view(batch, groups, channels // groups, height, width)
    return x.transpose(1, 2).reshape(batch, channels, height, width)


class ResidualBranch(nn.Module):
    """Bottleneck of ShuffleNet units and ME modules: grouped 1×1, shuffle, depthwise 3×3, grouped 1×1 (Fig. 3).

    A quarter of the unit's `channels` wide. It makes all of these or, with stride 2, those beside the unit's input.
    """

    def __init__(self, in_channels: int, channels: int, groups: int, first_groups: int, stride: int) -> None:
        super().__init__()
        bottleneck, emitted = channels // 4, channels if stride == 1 else channels - in_channels
        self.groups = groups
        self.compress = nn.Conv2d(in_channels, bottleneck, 1, groups=first_groups, bias=False)
        self.compress_norm = nn.BatchNorm2d(bottleneck)
        self.depthwise = nn.Conv2d(bottleneck, bottleneck, 3, stride, 1, groups=bottleneck, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(bottleneck)
        self.expand = nn.Conv2d(bottleneck, emitted, 1, groups=groups, bias=False)
        self.expand_norm = nn.BatchNorm2d(emitted)

    def squeeze(self, x: Tensor) -> Tensor:
        """The shuffled bottleneck, which the fusion branch reads too."""
        x = functional.relu(self.compress_norm(self.compress(x)))
        return channel_shuffle(x, self.groups)

    def transform(self, x: Tensor) -> Tensor:
        """h(X) of Eq. 7: spatial information, channel by channel."""
        norm: Tensor = self.depthwise_norm(self.depthwise(x))
        return norm

    def recover(self, x: Tensor) -> Tensor:
        """Back from the bottleneck to the channels of the module."""
        norm: Tensor = self.expand_norm(self.expand(x))
        return norm

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, emitted, h / stride, w / stride)."""
        return self.recover(self.transform(self.squeeze(x)))


class Unit(nn.Module):
    """Standard unit, which adds its input to a residual branch, or downsampling unit, which appends it pooled."""

    def __init__(self, residual: nn.Module, stride: int = 1) -> None:
        super().__init__()
        self.identity = nn.Identity() if stride == 1 else nn.AvgPool2d(3, 2, 1)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu(self._join(self.residual(x), self.identity(x)))

    def _join(self, residual: Tensor, identity: Tensor) -> Tensor:
        is_standard = isinstance(self.identity, nn.Identity)
        return residual + identity if is_standard else torch.cat((residual, identity), dim=1)


class Classifier(nn.Sequential):
    """Average pool over the whole map, fully connected layer; its logits go to a softmax in the loss.

    (batch, channels, size, size) to (batch, classes).
    """

    def __init__(self, channels: int, size: int, classes: int, dropout: float = 0) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(size)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels, classes)


def initialise(model: nn.Module) -> None:
    """Convolutions by He et al.'s normal, by fan-out, as the authors' model config says."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
