"""The layout of the networks that the EffNet paper compares in PyTorch (arXiv 1801.06434)."""

from torch import Tensor, nn
from torch.nn import functional


class Classifier(nn.Module):
    """Fully connected layer on the whole map; its logits go to a softmax in the loss."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.fc = nn.Linear(features, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) with channels · h · w = features to (batch, classes)."""
        logits: Tensor = self.fc(x.flatten(1))
        return logits


class ThreeStages(nn.Module):
    """Logits of images of one resolution, of which the third stage makes so many features."""

    def __init__(self, stage1: nn.Module, stage2: nn.Module, stage3: nn.Module, features: int, classes: int) -> None:
        super().__init__()
        self.stage1, self.stage2, self.stage3 = stage1, stage2, stage3
        self.classifier = Classifier(features, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, resolution, resolution) to (batch, classes) logits."""
        logits: Tensor = self.classifier(self.stage3(self.stage2(self.stage1(x))))
        return logits


class PooledConvolution(nn.Module):
    """3×3 convolution, leaky ReLU, batch norm and 2×2 max pool."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        self.conv_norm = nn.BatchNorm2d(channels)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        pooled: Tensor = self.pool(self.conv_norm(functional.leaky_relu(self.conv(x))))
        return pooled
