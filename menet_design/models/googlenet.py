"""GoogLeNet in PyTorch (arXiv 1409.4842), without auxiliary classifiers and local response normalisation."""

import torch
from torch import Tensor, nn

from menet_design.families.googlenet import GoogLeNet as Numbers
from menet_design.models.layers import Activated, Classifier


class Inception(nn.Module):
    """Inception module with dimension reductions (Fig. 2b): four branches side by side.

    `conv3` and `conv5` are channels of the reduction and of the convolution; `kernel` is that of the 5×5 branch.
    """

    def __init__(
        self, in_channels: int, conv1: int, conv3: tuple[int, int], conv5: tuple[int, int], project: int, kernel: int
    ) -> None:
        super().__init__()
        self.branch1x1 = Activated(conv=nn.Conv2d(in_channels, conv1, 1))
        self.branch3x3 = _reduced(in_channels, *conv3, kernel=3)
        self.branch5x5 = _reduced(in_channels, *conv5, kernel=kernel)
        self.branch_pool = Activated(pool=nn.MaxPool2d(3, 1, 1), project=nn.Conv2d(in_channels, project, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels of all branches, h, w)."""
        return torch.cat((self.branch1x1(x), self.branch3x3(x), self.branch5x5(x), self.branch_pool(x)), dim=1)


class GoogLeNet(nn.Sequential):
    """GoogLeNet (Table 1): (batch, 3, resolution, resolution) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        def module(*channels: int) -> Inception:
            """A row of Table 1, the channels of its input first, at the design's width."""
            before, conv1, reduce3, conv3, reduce5, conv5, project = (each * width // 64 for each in channels)
            return Inception(before, conv1, (reduce3, conv3), (reduce5, conv5), project, design.kernel)

        super().__init__()
        width = design.width
        self.stage1 = Activated(conv=nn.Conv2d(3, width, 7, 2, 3), pool=_max_pool())
        reduce, conv = nn.Conv2d(width, width, 1), nn.Conv2d(width, 3 * width, 3, padding=1)
        self.stage2 = Activated(reduce=reduce, conv=conv, pool=_max_pool())
        self.stage3 = Activated(
            a=module(192, 64, 96, 128, 16, 32, 32),
            b=module(256, 128, 128, 192, 32, 96, 64),
            pool=_max_pool(),
        )
        self.stage4 = Activated(
            a=module(480, 192, 96, 208, 16, 48, 64),
            b=module(512, 160, 112, 224, 24, 64, 64),
            c=module(512, 128, 128, 256, 24, 64, 64),
            d=module(512, 112, 144, 288, 32, 64, 64),
            e=module(528, 256, 160, 320, 32, 128, 128),
            pool=_max_pool(),
        )
        self.stage5 = Activated(
            a=module(832, 256, 160, 320, 32, 128, 128),
            b=module(832, 384, 192, 384, 48, 128, 128),
        )
        # The 7×7 convolution rounds up; after it, four max pools halve and drop what is left over.
        self.classifier = Classifier(16 * width, (design.resolution + 1) // 2 // 16, design.classes, dropout=0.4)


def _reduced(in_channels: int, reduced: int, channels: int, kernel: int) -> Activated:
    """A 1×1 convolution, which reduces the channels, before one with a wider kernel."""
    reduce = nn.Conv2d(in_channels, reduced, 1)
    return Activated(reduce=reduce, conv=nn.Conv2d(reduced, channels, kernel, padding=kernel // 2))


def _max_pool() -> nn.MaxPool2d:
    """3×3 with stride 2; without padding, the last window may reach beyond the map."""
    return nn.MaxPool2d(3, 2, ceil_mode=True)


MODEL = GoogLeNet


def initialise(model: nn.Module) -> None:
    """Weights by He et al.'s normal, by fan-in: no norm rescales what a layer makes."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
