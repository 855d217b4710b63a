"""The layout of the networks that the EffNet paper compares in PyTorch (arXiv 1801.06434)."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.design import Size
from menet_design.families.effnet_paper import EffNetPaper
from menet_design.models.layers import Activated, Ending, check_size, mapped
from menet_design.models.model import Model

# Makes a stage of its input channels and its channels.
MakeStage = Callable[[int, int], nn.Module]


class Classifier(Ending):
    """Fully connected layer on the whole map; its logits go to a softmax in the loss."""

    def __init__(self, channels: int, size: Size, classes: int) -> None:
        super().__init__(channels, channels * size[0] * size[1])
        self.size = size
        self.flatten = nn.Flatten()
        self.fc = self.layer(classes)

    def features(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, channels · h · w); ValueError for a map of another size."""
        check_size(x, self.size)
        flat: Tensor = self.flatten(x)
        return flat


class ThreeStages(Model):
    """Stages of w, 2w and 4w channels and a fully connected layer on the last one's map, of so many pixels a side.

    (batch, input channels, h, w), of the design's resolution, to (batch, classes) logits.
    """

    def __init__(
        self,
        first: MakeStage,
        other: MakeStage,
        design: EffNetPaper,
        side: Callable[[int], int] = lambda side: side // 8,
    ) -> None:
        super().__init__(design)
        width = design.width
        self.stage1, self.stage2 = first(design.channels, width), other(width, 2 * width)
        self.stage3 = other(2 * width, 4 * width)
        self.classifier = Classifier(4 * width, mapped(design.resolution, side), design.classes)


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
        super().__init__(
            conv=nn.Conv2d(in_channels, channels, 3, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(channels),
            pool=nn.MaxPool2d(2),
        )
