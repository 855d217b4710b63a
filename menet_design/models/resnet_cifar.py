"""ResNet for CIFAR in PyTorch (arXiv 1512.03385, Section 4.2; pre-activation: arXiv 1603.05027)."""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.design import Size
from menet_design.families.resnet_cifar import ResNetCIFAR as Numbers
from menet_design.models import layers
from menet_design.models.layers import Classifier, Convolution, Pooled, Projection, mapped
from menet_design.models.model import Model


class Residual(nn.Module):
    """Two 3×3 convolutions, the first with the stride (arXiv 1512.03385, Fig. 5, left)."""

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, width, h / stride, w / stride)."""
        x = functional.relu(self.norm1(self.conv1(x)))
        second: Tensor = self.norm2(self.conv2(x))
        return second


class Bottleneck(nn.Module):
    """1×1, 3×3 with the stride, and 1×1 to four times the channels (arXiv 1512.03385, Fig. 5, right)."""

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(4 * width)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, 4 · width, h / stride, w / stride)."""
        x = functional.relu(self.norm1(self.conv1(x)))
        x = functional.relu(self.norm2(self.conv2(x)))
        third: Tensor = self.norm3(self.conv3(x))
        return third


class PreActivation(nn.Module):
    """What pre-activation branches begin with: a norm and a ReLU, whose map shortcuts that change it read too."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)

    def activate(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w), normed and cut off at 0."""
        return functional.relu(self.norm1(x))


class PreResidual(PreActivation):
    """Two 3×3 convolutions of an activated map, norm and ReLU before the second (arXiv 1603.05027, Fig. 4e)."""

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__(in_channels)
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, width, h / stride, w / stride)."""
        second: Tensor = self.conv2(functional.relu(self.norm2(self.conv1(x))))
        return second


class PreBottleneck(PreActivation):
    """The convolutions of a bottleneck on an activated map, norm and ReLU before all others."""

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__(in_channels)
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, 4 · width, h / stride, w / stride)."""
        x = self.conv2(functional.relu(self.norm2(self.conv1(x))))
        third: Tensor = self.conv3(functional.relu(self.norm3(x)))
        return third


class ZeroPadding(nn.Module):
    """Option A, without weights: every stride-th pixel of every stride-th row, between channels of zeros.

    The paper does not say where the zeros are; half of them stand first in the one public implementation with
    weights, akamaster/pytorch_resnet_cifar10.
    """

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.subsample = nn.MaxPool2d(1, stride)
        zeros = channels - in_channels
        self.zeros = (zeros // 2, zeros - zeros // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.pad(self.subsample(x), (0, 0, 0, 0, *self.zeros))


class PostUnit(nn.Module):
    """Residual and shortcut, added, and a ReLU (arXiv 1603.05027, Fig. 4a)."""

    def __init__(self, residual: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.residual = residual
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        return functional.relu(self.residual(x) + self.shortcut(x))


class PreUnit(nn.Module):
    """Norm and ReLU before the branches; a shortcut that is the identity passes the map as it came (Fig. 4e)."""

    def __init__(self, residual: PreResidual | PreBottleneck, shortcut: nn.Module) -> None:
        super().__init__()
        self.residual = residual
        self.shortcut = shortcut
        self.passes = isinstance(shortcut, nn.Identity)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        activated = self.residual.activate(x)
        joined: Tensor = self.residual(activated) + self.shortcut(x if self.passes else activated)
        return joined


class PreClassifier(Pooled):
    """The norm and ReLU that end a network of pre-activation units, before average pool and fully connected layer."""

    def __init__(self, channels: int, size: Size, classes: int) -> None:
        super().__init__(channels, size)
        self.norm = nn.BatchNorm2d(channels)
        self.fc = self.layer(classes)

    def finish(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w), normed and cut off at 0."""
        return functional.relu(self.norm(x))


class Stem(nn.Sequential):
    """A convolution alone, as pre-activation units read it."""

    def __init__(self, in_channels: int, channels: int, kernel: int) -> None:
        super().__init__(OrderedDict(conv=nn.Conv2d(in_channels, channels, kernel, 1, kernel // 2, bias=False)))


class ResNetCIFAR(Model):
    """Three stages of residual units: (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(design)
        width, wide = design.width, design.width * (1 if design.unit == "basic" else 4)
        self.stage1 = (Convolution if design.order == "post" else Stem)(design.channels, width, 3)
        self.stage2 = _stage(design, width, width, 1)
        self.stage3 = _stage(design, wide, 2 * width, 2)
        self.stage4 = _stage(design, 2 * wide, 4 * width, 2)
        end = Classifier if design.order == "post" else PreClassifier
        self.classifier = end(4 * wide, mapped(design.resolution, lambda side: -(-side // 4)), design.classes)


def _stage(design: Numbers, in_channels: int, width: int, stride: int) -> nn.Sequential:
    """Units, of which the first changes channels and size."""
    is_basic = design.unit == "basic"
    channels, repeats = (width, (design.depth - 2) // 6) if is_basic else (4 * width, (design.depth - 2) // 9)
    standard = (unit(design, channels, width) for _ in range(repeats - 1))
    return nn.Sequential(unit(design, in_channels, width, stride), *standard)


def unit(design: Numbers, in_channels: int, width: int, stride: int = 1) -> nn.Module:
    """A residual unit of a design, with so many channels inside."""
    is_basic = design.unit == "basic"
    channels = width if is_basic else 4 * width
    changes = stride > 1 or in_channels != channels
    shortcut = _shortcut(design, in_channels, channels, stride) if changes else nn.Identity()
    if design.order == "post":
        return PostUnit((Residual if is_basic else Bottleneck)(in_channels, width, stride), shortcut)
    return PreUnit((PreResidual if is_basic else PreBottleneck)(in_channels, width, stride), shortcut)


def _shortcut(design: Numbers, in_channels: int, channels: int, stride: int) -> nn.Module:
    """A shortcut that changes the map has no weights (option A) or is a convolution, 1×1 (option B) or 3×3."""
    if design.shortcut == "A":
        return ZeroPadding(in_channels, channels, stride)
    kernel = 1 if design.shortcut == "B" else 3
    if design.order == "post":
        return Projection(in_channels, channels, kernel, stride)
    conv = nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(OrderedDict(conv=conv))


MODEL = ResNetCIFAR


def initialise(model: nn.Module) -> None:
    """Weights by He et al.'s normal, by fan-out; residual branches the smaller, the more of them there are.

    The last norm of a branch, or its last convolution where no norm follows, is divided by the root of their number, as
    batch norms do in training (arXiv 2002.10444): otherwise what hundreds of units add up overflows before that.
    """
    layers.initialise_convolutions(model)
    kinds = Residual | Bottleneck | PreResidual | PreBottleneck
    branches = [module for module in model.modules() if isinstance(module, kinds)]
    for branch in branches:
        *_, last = (each for name, each in branch.named_parameters() if name.endswith("weight"))
        last.data /= len(branches) ** 0.5
