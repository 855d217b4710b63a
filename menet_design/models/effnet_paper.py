"""The layout of the networks that the EffNet paper compares in PyTorch (arXiv 1801.06434)."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.effnet_paper import EffNetPaper
from menet_design.models.layers import Activated

# Makes a stage of its input channels and its channels.
MakeStage = Callable[[int, int], nn.Module]


class Classifier(nn.Sequential):
    """Fully connected layer on the whole map; its logits go to a softmax in the loss.

    (batch, channels, h, w) with channels · h · w = features to (batch, classes).
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(features, classes)


class ThreeStages(nn.Sequential):
    """Stages of w, 2w and 4w channels, the last one's map of so many pixels a side, and a fully connected layer.

    (batch, 3, resolution, resolution) to (batch, classes) logits.
    """

    def __init__(self, first: MakeStage, other: MakeStage, design: EffNetPaper, size: int) -> None:
        super().__init__()
        width = design.width
        self.stage1, self.stage2, self.stage3 = first(3, width), other(width, 2 * width), other(2 * width, 4 * width)
        self.classifier = Classifier(4 * width * size**2, design.classes)


class Leaky(Activated):
    """Modules one after the other, by their names, with a leaky ReLU after each that is a convolution."""

    def activate(self, x: Tensor) -> Tensor:
        """Leaky ReLU."""
        return functional.leaky_relu(x)


class PooledConvolution(Leaky):
    """3×3 convolution, leaky ReLU, batch norm and 2×2 max pool.

    (batch, in_channels, h, w) to (batch, channels, h / 2, w / 2).
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        self.conv_norm = nn.BatchNorm2d(channels)
        self.pool = nn.MaxPool2d(2)
