"""ResNet for CIFAR-10 in PyTorch (arXiv 1512.03385, Section 4.2)."""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.resnet_cifar import ResNetCIFAR as Numbers
from menet_design.models.layers import Classifier, Convolution, Projection
from menet_design.models.renaming import renamed


class Residual(nn.Module):
    """Two 3×3 convolutions, the first with the stride (Fig. 2)."""

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        x = functional.relu(self.norm1(self.conv1(x)))
        second: Tensor = self.norm2(self.conv2(x))
        return second


class ZeroPadding(nn.Module):
    """Option A, without weights: every other pixel of every other row, then channels of zeros."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.subsample = nn.MaxPool2d(1, 2)
        self.zeros = channels - in_channels

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        return functional.pad(self.subsample(x), (0, 0, 0, 0, 0, self.zeros))


class BasicBlock(nn.Module):
    """Residual and shortcut, added (Fig. 2); `shortcut` names the one between stages, None is the identity."""

    def __init__(self, in_channels: int, channels: int, shortcut: str | None = None) -> None:
        super().__init__()
        self.residual = Residual(in_channels, channels, 2 if shortcut else 1)
        self.shortcut = _shortcut(in_channels, channels, shortcut)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu(self.residual(x) + self.shortcut(x))


def _shortcut(in_channels: int, channels: int, shortcut: str | None) -> nn.Module:
    """A shortcut that halves the map has no weights (option A) or is a convolution, 1×1 (option B) or 3×3."""
    if shortcut is None:
        return nn.Identity()
    if shortcut == "A":
        return ZeroPadding(in_channels, channels)
    return Projection(in_channels, channels, {"B": 1, "3x3": 3}[shortcut], stride=2)


class ResNetCIFAR(nn.Sequential):
    """ResNet-(6n + 2) with n basic blocks a stage: (batch, 3, resolution, resolution) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__()
        width, repeats = design.width, (design.depth - 2) // 6
        self.stage1 = Convolution(3, width, 3)
        self.stage2 = _stage(width, width, repeats)
        self.stage3 = _stage(width, 2 * width, repeats, design.shortcut)
        self.stage4 = _stage(2 * width, 4 * width, repeats, design.shortcut)
        self.classifier = Classifier(4 * width, -(-design.resolution // 4), design.classes)


def _stage(in_channels: int, channels: int, repeats: int, shortcut: str | None = None) -> nn.Sequential:
    """Basic blocks, of which the first changes channels and size."""
    first = BasicBlock(in_channels, channels, shortcut)
    return nn.Sequential(first, *(BasicBlock(channels, channels) for _ in range(repeats - 1)))


MODEL = ResNetCIFAR

# Layers of our state dict by their names in pytorchcv's.
_LAYERS = {
    "body.conv1.conv": "residual.conv1",
    "body.conv1.bn": "residual.norm1",
    "body.conv2.conv": "residual.conv2",
    "body.conv2.bn": "residual.norm2",
    "identity_conv.conv": "shortcut.conv",
    "identity_conv.bn": "shortcut.norm",
}


def rename_key(key: str) -> str:
    """The name in our state dict of a key of pytorchcv's; any other key as it is."""
    return renamed(key, _LAYERS)
