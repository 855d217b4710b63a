"""Layers that several families share in PyTorch, and the weights that they begin with.

Figures and equations are those of the MENet paper, arXiv 1803.09127.
"""

from torch import Tensor, nn
from torch.nn import functional


class Convolution(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, in_channels: int, channels: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu(self.norm(self.conv(x)))


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """Channels (groups, n) read as (n, groups): each group of the next convolution hears every group (Fig. 1)."""
    batch, channels, height, width = x.shape
    x = x.view(batch, groups, channels // groups, height, width)
    return x.transpose(1, 2).reshape(batch, channels, height, width)


class ResidualBranch(nn.Module):
    """Bottleneck of ShuffleNet units and ME modules: grouped 1×1, shuffle, depthwise 3×3, grouped 1×1 (Fig. 3)."""

    def __init__(
        self, in_channels: int, bottleneck: int, out_channels: int, groups: int, first_groups: int, stride: int
    ) -> None:
        super().__init__()
        self.groups = groups
        self.compress = nn.Conv2d(in_channels, bottleneck, 1, groups=first_groups, bias=False)
        self.compress_norm = nn.BatchNorm2d(bottleneck)
        self.depthwise = nn.Conv2d(bottleneck, bottleneck, 3, stride, 1, groups=bottleneck, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(bottleneck)
        self.expand = nn.Conv2d(bottleneck, out_channels, 1, groups=groups, bias=False)
        self.expand_norm = nn.BatchNorm2d(out_channels)

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


class Classifier(nn.Module):
    """Average pool over the whole map, fully connected layer; its logits go to a softmax in the loss."""

    def __init__(self, channels: int, size: int, classes: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(size)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, size, size) to (batch, classes)."""
        logits: Tensor = self.fc(self.pool(x).flatten(1))
        return logits


def initialise(model: nn.Module) -> nn.Module:
    """Convolutions by He et al.'s normal, by fan-out, as the authors' model config says; the model itself."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model
