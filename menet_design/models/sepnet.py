"""SEP-Net in PyTorch (arXiv 1706.03912); the head and the classifier are a reconstruction."""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.sepnet import SEPNet as Numbers
from menet_design.models.layers import Classifier, Convolution, Unit, mapped
from menet_design.models.model import Model

GROUPS = 4


class PatternResidualBlock(nn.Module):
    """O(x) = C_k×k(x) + C_1×1(x): patterns, which can be binarized, beside a transformation, which cannot."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.pattern = nn.Conv2d(in_channels, channels, 3, 1, 1, groups=GROUPS, bias=False)
        self.transform = nn.Conv2d(in_channels, channels, 1, groups=GROUPS, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h, w)."""
        return functional.relu(self.norm(self.pattern(x) + self.transform(x)))


class Residual(nn.Module):
    """1×1 reduction to half of the channels, blocks with a half and a quarter of them, 1×1 recovery."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half, quarter = channels // 2, channels // 4
        self.reduce = nn.Conv2d(channels, half, 1, bias=False)
        self.reduce_norm = nn.BatchNorm2d(half)
        self.first = PatternResidualBlock(half, half)
        self.second = PatternResidualBlock(half, quarter)
        self.recover = nn.Conv2d(quarter, channels, 1, bias=False)
        self.recover_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same."""
        x = functional.relu(self.reduce_norm(self.reduce(x)))
        recovered: Tensor = self.recover_norm(self.recover(self.second(self.first(x))))
        return recovered


class SEPModule(Unit):
    """SEP-Net module: what two pattern residual blocks make of the input is added to it."""

    def __init__(self, channels: int) -> None:
        super().__init__(Residual(channels))


class SEPNet(Model):
    """SEP-Net: (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(design)
        width = design.width
        self.stage1 = nn.Sequential(Convolution(design.channels, width, 5, 2), SEPModule(width))
        self.stage2 = nn.Sequential(Convolution(width, 2 * width, 3, 2), SEPModule(2 * width))
        conv3 = Convolution(2 * width, 4 * width, 3, 2, GROUPS)
        self.stage3 = nn.Sequential(conv3, SEPModule(4 * width), SEPModule(4 * width))
        self.head = Convolution(4 * width, design.head)
        self.classifier = Classifier(design.head, mapped(design.resolution, lambda side: -(-side // 8)), design.classes)


MODEL = SEPNet
