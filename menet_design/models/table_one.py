"""The layout of the MENet paper's Table I in PyTorch: a stem, three stages of 4, 8 and 4 units, a classifier."""

from collections.abc import Callable, Iterator

from torch import Tensor, nn
from torch.nn import functional


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


class Stage1(nn.Module):
    """3×3 conv and 3×3 max pool, both with stride 2."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.pool = nn.MaxPool2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, h, w) to (batch, channels, h / 4, w / 4)."""
        pooled: Tensor = self.pool(functional.relu(self.norm(self.conv(x))))
        return pooled


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


class TableOne(nn.Module):
    """Logits of images of one resolution; `unit` makes a module of (its input channels, stage from 0, downsampling)."""

    def __init__(
        self, unit: Callable[[int, int, bool], nn.Module], width: int, stem: int, resolution: int, classes: int
    ) -> None:
        super().__init__()
        self.stage1 = Stage1(stem)
        widths = [width, 2 * width, 4 * width]
        stages = [
            nn.Sequential(unit(before, stage, True), *_standard(unit, channels, stage))
            for stage, (before, channels) in enumerate(zip([stem, *widths], widths, strict=False))
        ]
        self.stage2, self.stage3, self.stage4 = stages
        self.classifier = Classifier(widths[-1], _halved(resolution, times=5), classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, resolution, resolution) to (batch, classes) logits."""
        x = self.stage4(self.stage3(self.stage2(self.stage1(x))))
        logits: Tensor = self.classifier(x)
        return logits


def _standard(unit: Callable[[int, int, bool], nn.Module], channels: int, stage: int) -> Iterator[nn.Module]:
    """The units after the downsampling one of a stage (Table I)."""
    return (unit(channels, stage, False) for _ in range((3, 7, 3)[stage]))


def initialise(model: nn.Module) -> nn.Module:
    """Convolutions by He et al.'s normal, by fan-out, as the authors' model config says; the model itself."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def _halved(size: int, times: int) -> int:
    """A side after strided 3×3 windows with padding 1, each of which rounds up."""
    return size if times == 0 else _halved((size + 1) // 2, times - 1)
