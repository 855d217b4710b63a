"""GoogLeNet in PyTorch (arXiv 1409.4842), without auxiliary classifiers and local response normalisation."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.zoo.googlenet import GoogLeNet as Design


class Pointwise(nn.Module):
    """The branch of a 1×1 convolution alone."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h, w)."""
        return functional.relu(self.conv(x))


class Reduced(nn.Module):
    """A branch whose 1×1 convolution reduces the channels before a wider kernel."""

    def __init__(self, in_channels: int, reduced: int, channels: int, kernel: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(in_channels, reduced, 1)
        self.conv = nn.Conv2d(reduced, channels, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h, w)."""
        return functional.relu(self.conv(functional.relu(self.reduce(x))))


class Pooled(nn.Module):
    """The branch of a 3×3 max pool, projected by a 1×1 convolution."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.project = nn.Conv2d(in_channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h, w)."""
        return functional.relu(self.project(self.pool(x)))


class Inception(nn.Module):
    """Inception module with dimension reductions (Fig. 2b): four branches side by side.

    `conv3` and `conv5` are channels of the reduction and of the convolution; `kernel` is that of the 5×5 branch.
    """

    def __init__(
        self, in_channels: int, conv1: int, conv3: tuple[int, int], conv5: tuple[int, int], project: int, kernel: int
    ) -> None:
        super().__init__()
        self.branch1x1 = Pointwise(in_channels, conv1)
        self.branch3x3 = Reduced(in_channels, *conv3, kernel=3)
        self.branch5x5 = Reduced(in_channels, *conv5, kernel=kernel)
        self.branch_pool = Pooled(in_channels, project)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels of all branches, h, w)."""
        return torch.cat((self.branch1x1(x), self.branch3x3(x), self.branch5x5(x), self.branch_pool(x)), dim=1)


class Stage1(nn.Module):
    """7×7 conv and 3×3 max pool, both with stride 2."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 7, 2, 3)
        self.pool = _max_pool()

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, h, w) to (batch, width, h / 4, w / 4)."""
        pooled: Tensor = self.pool(functional.relu(self.conv(x)))
        return pooled


class Stage2(nn.Module):
    """1×1 and 3×3 conv, 3×3 max pool with stride 2."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(width, width, 1)
        self.conv = nn.Conv2d(width, 3 * width, 3, padding=1)
        self.pool = _max_pool()

    def forward(self, x: Tensor) -> Tensor:
        """(batch, width, h, w) to (batch, 3 · width, h / 2, w / 2)."""
        pooled: Tensor = self.pool(functional.relu(self.conv(functional.relu(self.reduce(x)))))
        return pooled


class Classifier(nn.Module):
    """Average pool over the whole map, dropout, fully connected layer; its logits go to a softmax in the loss."""

    def __init__(self, channels: int, size: int, classes: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(size)
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, size, size) to (batch, classes)."""
        logits: Tensor = self.fc(self.dropout(self.pool(x).flatten(1)))
        return logits


class GoogLeNet(nn.Module):
    """GoogLeNet (Table 1): logits of images of the design's resolution."""

    def __init__(self, design: Design) -> None:
        def module(*channels: int) -> Inception:
            """A row of Table 1, the channels of its input first, at the design's width."""
            before, conv1, reduce3, conv3, reduce5, conv5, project = (each * design.width // 64 for each in channels)
            return Inception(before, conv1, (reduce3, conv3), (reduce5, conv5), project, design.kernel)

        super().__init__()
        self.stage1 = Stage1(design.width)
        self.stage2 = Stage2(design.width)
        self.stage3 = _stage(
            a=module(192, 64, 96, 128, 16, 32, 32),
            b=module(256, 128, 128, 192, 32, 96, 64),
            pool=_max_pool(),
        )
        self.stage4 = _stage(
            a=module(480, 192, 96, 208, 16, 48, 64),
            b=module(512, 160, 112, 224, 24, 64, 64),
            c=module(512, 128, 128, 256, 24, 64, 64),
            d=module(512, 112, 144, 288, 32, 64, 64),
            e=module(528, 256, 160, 320, 32, 128, 128),
            pool=_max_pool(),
        )
        self.stage5 = _stage(
            a=module(832, 256, 160, 320, 32, 128, 128),
            b=module(832, 384, 192, 384, 48, 128, 128),
        )
        # The 7×7 convolution rounds up; after it, four max pools halve and drop what is left over.
        self.classifier = Classifier(16 * design.width, (design.resolution + 1) // 2 // 16, design.classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, resolution, resolution) to (batch, classes) logits."""
        x = self.stage5(self.stage4(self.stage3(self.stage2(self.stage1(x)))))
        logits: Tensor = self.classifier(x)
        return logits


def _stage(**modules: nn.Module) -> nn.Sequential:
    """Modules one after the other, by the letters of Table 1."""
    return nn.Sequential(OrderedDict(modules))


def _max_pool() -> nn.MaxPool2d:
    """3×3 with stride 2; without padding, the last window may reach beyond the map."""
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-in: no norm rescales what a layer makes."""
    model = GoogLeNet(design)
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return model


def rename_key(key: str) -> str:
    """The key itself: no other names of these layers are known."""
    return key
