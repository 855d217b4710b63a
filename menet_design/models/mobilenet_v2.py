"""MobileNetV2 in PyTorch (arXiv 1801.04381)."""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.design import Size
from menet_design.families.mobilenet_v2 import MobileNetV2 as Numbers
from menet_design.models.layers import Classifier, Pooled, Projection, mapped
from menet_design.models.model import Model


class Convolution(Projection):
    """Convolution, batch norm, ReLU6."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu6(self.norm(self.conv(x)))


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


class ConvolutionalClassifier(Pooled):
    """Average pool over the whole map and a 1×1 convolution without bias, as pytorchcv ends the network."""

    def __init__(self, channels: int, size: Size, classes: int) -> None:
        super().__init__(channels, size, bias=False)
        self.fc = self.layer(classes)

    def layer(self, classes: int) -> nn.Module:
        """A fresh layer that makes logits of pooled maps."""
        return nn.Conv2d(self.head_hidden_size, classes, 1, bias=False)

    def logits(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, classes)."""
        logits: Tensor = self.fc(self.pooled(x)).flatten(1)
        return logits


class MobileNetV2(Model):
    """α× MobileNetV2-ρ (Table 2): (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(design)
        stride = 1 if design.small_images else 2
        stem, expansion = design.stem, design.expansion
        a, b, c, d, e, f, g = (_channels(each, design) for each in (16, 24, 32, 64, 96, 160, 320))
        self.conv1 = Convolution(design.channels, stem, 3, stride=stride)
        self.stage1 = nn.Sequential(InvertedResidual(stem, a, 1, 1, expands=design.variant == "pytorchcv"))
        self.stage2 = nn.Sequential(*_blocks(a, b, 2, 2, expansion))
        self.stage3 = nn.Sequential(*_blocks(b, c, 3, 2, expansion))
        self.stage4 = nn.Sequential(*_blocks(c, d, 4, 2, expansion), *_blocks(d, e, 3, 1, expansion))
        self.stage5 = nn.Sequential(*_blocks(e, f, 3, 2, expansion), *_blocks(f, g, 1, 1, expansion))
        self.head = Convolution(g, design.head)
        end = Classifier if design.variant == "torchvision" else ConvolutionalClassifier
        self.classifier = end(
            design.head, mapped(design.resolution, lambda side: -(-side // (16 * stride))), design.classes
        )


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
