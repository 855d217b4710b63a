"""EffNet in PyTorch (arXiv 1801.06434)."""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.effnet_paper import ThreeStages
from menet_design.models.layers import initialise
from menet_design.zoo.effnet import EffNet as Design


class EffNetBlock(nn.Module):
    """A separable 3×3 convolution, one axis at a time, with half of the pooling after each of them.

    1×1 to half the channels, at least 6; depthwise 1×3; max pool over the height; depthwise 3×1; convolution with
    stride over the width.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        inside = max(6, channels // 2)
        self.compress = nn.Conv2d(in_channels, inside, 1, bias=False)
        self.compress_norm = nn.BatchNorm2d(inside)
        self.row = nn.Conv2d(inside, inside, (1, 3), padding=(0, 1), groups=inside, bias=False)
        self.row_norm = nn.BatchNorm2d(inside)
        self.pool = nn.MaxPool2d((2, 1))
        self.column = nn.Conv2d(inside, inside, (3, 1), padding=(1, 0), groups=inside, bias=False)
        self.column_norm = nn.BatchNorm2d(inside)
        self.expand = nn.Conv2d(inside, channels, (1, 2), (1, 2), bias=False)
        self.expand_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        x = self.compress_norm(functional.leaky_relu(self.compress(x)))
        x = self.pool(self.row_norm(functional.leaky_relu(self.row(x))))
        x = self.column_norm(functional.leaky_relu(self.column(x)))
        expanded: Tensor = self.expand_norm(functional.leaky_relu(self.expand(x)))
        return expanded


class EffNet(ThreeStages):
    """Three EffNet blocks and a fully connected layer."""

    def __init__(self, design: Design) -> None:
        width, size = design.width, design.resolution // 8
        super().__init__(
            EffNetBlock(3, width),
            EffNetBlock(width, 2 * width),
            EffNetBlock(2 * width, 4 * width),
            4 * width * size**2,
            design.classes,
        )


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(EffNet(design))


def rename_key(key: str) -> str:
    """The name in our state dict of a key of other checkpoints: none are known."""
    return key
