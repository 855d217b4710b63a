"""MobileNetV2 in PyTorch (arXiv 1801.04381)."""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.mobilenet_v2 import MobileNetV2 as Numbers
from menet_design.models.layers import Classifier, Projection
from menet_design.models.renaming import PYTORCHCV, normed, renamed


class Convolution(Projection):
    """Convolution, batch norm, ReLU6."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu6(super().forward(x))


class InvertedResidual(nn.Module):
    """1×1 convolution to a wide inside, 3×3 on each channel, linear 1×1 to the bottleneck (Fig. 3b, Table 1)."""

    def __init__(self, in_channels: int, channels: int, stride: int, expansion: int, expands: bool = True) -> None:
        super().__init__()
        inside = in_channels * expansion
        self.expand = Convolution(in_channels, inside) if expands else nn.Identity()
        self.depthwise = Convolution(inside, inside, 3, stride, groups=inside)
        self.project = Projection(inside, channels)
        self.is_residual = stride == 1 and in_channels == channels

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        projected: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + projected if self.is_residual else projected


class MobileNetV2(nn.Sequential):
    """α× MobileNetV2-ρ (Table 2): (batch, 3, resolution, resolution) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__()
        numbers, expansion = design.numbers(), design.expansion
        stem, head = numbers["stem"], numbers["head"]
        a, b, c, d, e, f, g = (_channels(each, design) for each in (16, 24, 32, 64, 96, 160, 320))
        self.conv1 = Convolution(3, stem, 3, stride=2)
        self.stage1 = nn.Sequential(InvertedResidual(stem, a, 1, 1, expands=design.variant == "pytorchcv"))
        self.stage2 = nn.Sequential(*_blocks(a, b, 2, 2, expansion))
        self.stage3 = nn.Sequential(*_blocks(b, c, 3, 2, expansion))
        self.stage4 = nn.Sequential(*_blocks(c, d, 4, 2, expansion), *_blocks(d, e, 3, 1, expansion))
        self.stage5 = nn.Sequential(*_blocks(e, f, 3, 2, expansion), *_blocks(f, g, 1, 1, expansion))
        self.head = Convolution(g, head)
        end = Classifier if design.variant == "torchvision" else _unbiased_classifier
        self.classifier = end(head, -(-design.resolution // 32), design.classes)


def _unbiased_classifier(channels: int, size: int, classes: int) -> nn.Sequential:
    """Average pool over the whole map and a 1×1 convolution without bias, as pytorchcv ends the network."""
    fc = nn.Conv2d(channels, classes, 1, bias=False)
    return nn.Sequential(OrderedDict(pool=nn.AvgPool2d(size), fc=fc, flatten=nn.Flatten()))


def _channels(channels: int, design: Numbers) -> int:
    """Channels of Table 2 times the width multiplier, rounded as the authors' and torchvision's code rounds them."""
    exact = channels * design.width / 320
    if design.variant != "torchvision":
        return int(exact)
    rounded = max(8, int(exact + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * exact else rounded


def _blocks(in_channels: int, channels: int, repeats: int, stride: int, expansion: int) -> list[nn.Module]:
    """A row of Table 2: the first block changes channels and size."""
    repeated = (InvertedResidual(channels, channels, 1, expansion) for _ in range(repeats - 1))
    return [InvertedResidual(in_channels, channels, stride, expansion), *repeated]


MODEL = MobileNetV2

# Layers of our state dict by their names in pytorchcv's, inside of blocks and outside.
_LAYERS = normed({"conv1": "expand", "conv2": "depthwise", "conv3": "project"})
_OTHER_LAYERS = PYTORCHCV | normed({"features.init_block": "conv1", "features.final_block": "head"})


def rename_key(key: str) -> str:
    """The name in our state dict of a key of pytorchcv's; any other key as it is."""
    return renamed(key, _LAYERS, _OTHER_LAYERS, first_stage=1)
