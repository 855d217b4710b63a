"""Layers that several families share in PyTorch, and the weights that they begin with.

Figures and equations are those of the MENet paper, arXiv 1803.09127.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.design import Size, sides


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
        return functional.relu(self.norm(self.conv(x)), inplace=True)


class Activated(nn.Sequential):
    """Modules one after the other, by their names, with an activation after each that is `activated`, a convolution."""

    activated: type[nn.Module] = nn.Conv2d

    def __init__(self, **modules: nn.Module) -> None:
        super().__init__(OrderedDict(modules))
        self.is_activated = [isinstance(module, self.activated) for module in self]

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to what the last module makes."""
        for index, module in enumerate(self):
            x = module(x)
            if self.is_activated[index]:
                x = self.activate(x)
        return x

    def activate(self, x: Tensor) -> Tensor:
        """ReLU; looked up when it is called, since counters put their own in its place."""
        return functional.relu(x)


class Normed(Activated):
    """Modules one after the other, by their names, with an activation after each that is a norm."""

    activated = nn.BatchNorm2d


class ChannelShuffle(nn.Module):
    """Channels (groups, n) read as (n, groups): each group of the next convolution hears every group (Fig. 1)."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.channels = channels
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same."""
        batch, channels, height, width = x.shape
        x = x.view(batch, self.groups, channels // self.groups, height, width)
        return x.transpose(1, 2).reshape(batch, channels, height, width)


class ResidualBranch(nn.Module):
    """Bottleneck of ShuffleNet units and ME modules: grouped 1×1, shuffle, depthwise 3×3, grouped 1×1 (Fig. 3).

    A quarter of the unit's `channels` wide. It makes all of these or, with stride 2, those beside the unit's input.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        groups: int,
        first_groups: int,
        stride: int,
        shuffle_groups: int | None = None,
    ) -> None:
        super().__init__()
        bottleneck, emitted = channels // 4, channels if stride == 1 else channels - in_channels
        self.compress = nn.Conv2d(in_channels, bottleneck, 1, groups=first_groups, bias=False)
        self.compress_norm = nn.BatchNorm2d(bottleneck)
        self.shuffle = ChannelShuffle(bottleneck, shuffle_groups or groups)
        self.depthwise = nn.Conv2d(bottleneck, bottleneck, 3, stride, 1, groups=bottleneck, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(bottleneck)
        self.expand = nn.Conv2d(bottleneck, emitted, 1, groups=groups, bias=False)
        self.expand_norm = nn.BatchNorm2d(emitted)

    def squeeze(self, x: Tensor) -> Tensor:
        """The shuffled bottleneck, which the fusion branch reads too."""
        shuffled: Tensor = self.shuffle(functional.relu(self.compress_norm(self.compress(x)), inplace=True))
        return shuffled

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
        self.is_standard = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu(self._join(self.residual(x), self.shortcut(x)), inplace=True)

    def shortcut(self, x: Tensor) -> Tensor:
        """The input as it is, or pooled."""
        passed: Tensor = x if self.is_standard else self.identity(channels_last(x))
        return passed

    def _join(self, residual: Tensor, identity: Tensor) -> Tensor:
        return residual.add_(identity) if self.is_standard else torch.cat((residual, identity), dim=1)


def channels_last(x: Tensor) -> Tensor:
    """The same map, (batch, channels, h, w), with the channels of a pixel side by side: torch pools it much faster.

    Spelled out, since torch.func.vmap knows no memory formats.
    """
    return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


class Ending(nn.Module):
    """What ends a network: features of its last map, and the layer, of the name `last`, that makes logits of them.

    `num_features` are the channels of the map, `head_hidden_size` the features of an image.
    """

    last = "fc"
    if TYPE_CHECKING:  # a class that TorchScript must not see
        fc: nn.Module

    def __init__(self, channels: int, features: int, bias: bool = True) -> None:
        super().__init__()
        self.num_features = channels
        self.head_hidden_size = features
        self.has_bias = bias

    def layer(self, classes: int) -> nn.Module:
        """A fresh layer that makes logits of features."""
        return nn.Linear(self.head_hidden_size, classes, self.has_bias)

    def finish(self, x: Tensor) -> Tensor:
        """The last map, (batch, channels, h, w), as features are made of it: as it is, where units end in a ReLU."""
        return x

    def features(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, features)."""
        raise NotImplementedError

    def logits(self, x: Tensor) -> Tensor:
        """A finished map, (batch, channels, h, w), to (batch, classes)."""
        logits: Tensor = self.fc(self.features(x))
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, classes)."""
        return self.logits(self.finish(x))


class Pooled(Ending):
    """Average pool over the whole map, and what logits are made of it.

    The pool's window is the map's of the design's own resolution, where counters of layers see it; maps of other sizes
    are averaged whole, too. It may be `adaptive`, as torchvision has it, which counters count otherwise.
    """

    def __init__(self, channels: int, size: Size, *, bias: bool = True, adaptive: bool = False) -> None:
        super().__init__(channels, channels, bias)
        self.pool = nn.AdaptiveAvgPool2d(1) if adaptive else nn.AvgPool2d(size)
        self.height, self.width = size
        self.adaptive = adaptive

    def pooled(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, channels, 1, 1)."""
        is_stood_in = not isinstance(x, Tensor)  # what torch.fx traces with has no size: the design's own is taken
        if self.adaptive or is_stood_in or (x.size(2) == self.height and x.size(3) == self.width):
            average: Tensor = self.pool(x)
            return average
        return functional.avg_pool2d(x, (x.size(2), x.size(3)))

    def features(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, channels)."""
        return self.pooled(x).flatten(1)


class Classifier(Pooled):
    """Average pool over the whole map, fully connected layer; its logits go to a softmax in the loss."""

    def __init__(
        self,
        channels: int,
        size: Size,
        classes: int,
        dropout: float = 0.0,
        *,
        bias: bool = True,
        adaptive: bool = False,
    ) -> None:
        super().__init__(channels, size, bias=bias, adaptive=adaptive)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(dropout)
        self.fc = self.layer(classes)

    def features(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, channels)."""
        dropped: Tensor = self.dropout(self.flatten(self.pooled(x)))
        return dropped


def check_size(x: Tensor, size: Size) -> None:
    """Raise ValueError unless a map has the size that fully connected layers were made for."""
    if isinstance(x, Tensor) and (x.size(2) != size[0] or x.size(3) != size[1]):
        raise ValueError(
            f"the fully connected layers were made for a map of {size[0]}×{size[1]}, this is {x.size(2)}×{x.size(3)}: "
            "build the design with the resolution of these images"
        )


def mapped(resolution: int | Size, side: Callable[[int], int]) -> Size:
    """Height and width of a map, from those of the input by what becomes of either."""
    height, width = sides(resolution)
    return side(height), side(width)


def initialise_convolutions(model: nn.Module) -> None:
    """Convolutions by He et al.'s normal, by fan-out, as the authors' model config says."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
