"""GoogLeNet in PyTorch (arXiv 1409.4842), without auxiliary classifiers and local response normalisation."""

import torch
from torch import Tensor, nn

from menet_design.families.googlenet import GoogLeNet as Numbers
from menet_design.models.layers import Activated, Classifier, Normed, mapped
from menet_design.models.model import Model


class Inception(nn.Module):
    """Inception module with dimension reductions (Fig. 2b): four branches side by side.

    `conv3` and `conv5` are channels of the reduction and of the convolution; where it is `normed`, there is batch norm
    in place of biases, and the 5×5 branch has 3×3 kernels.
    """

    def __init__(
        self, in_channels: int, conv1: int, conv3: tuple[int, int], conv5: tuple[int, int], project: int, normed: bool
    ) -> None:
        super().__init__()
        layers = _normed if normed else Activated
        self.branch1x1 = layers(conv=_conv(in_channels, conv1))
        self.branch3x3 = layers(reduce=_conv(in_channels, conv3[0]), conv=_conv(*conv3, 3))
        self.branch5x5 = layers(reduce=_conv(in_channels, conv5[0]), conv=_conv(*conv5, 3 if normed else 5))
        self.branch_pool = layers(pool=nn.MaxPool2d(3, 1, 1), project=_conv(in_channels, project))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels of all branches, h, w)."""
        return torch.cat((self.branch1x1(x), self.branch3x3(x), self.branch5x5(x), self.branch_pool(x)), dim=1)


class GoogLeNet(Model):
    """GoogLeNet (Table 1): (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        def module(*channels: int) -> Inception:
            """A row of Table 1, the channels of its input first, at the design's width."""
            before, conv1, reduce3, conv3, reduce5, conv5, project = (each * width // 64 for each in channels)
            return Inception(before, conv1, (reduce3, conv3), (reduce5, conv5), project, normed)

        super().__init__(design)
        width, normed = design.width, design.variant == "torchvision"
        layers = _normed if normed else Activated
        self.stage1 = layers(conv=_conv(design.channels, width, 7, 2), pool=_max_pool())
        self.stage2 = layers(reduce=_conv(width, width), conv=_conv(width, 3 * width, 3), pool=_max_pool())
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
            pool=_max_pool(2 if normed else 3),
        )
        self.stage5 = Activated(
            a=module(832, 256, 160, 320, 32, 128, 128),
            b=module(832, 384, 192, 384, 48, 128, 128),
        )
        # The 7×7 convolution rounds up; after it, four max pools halve and drop what is left over.
        size = mapped(design.resolution, lambda side: (side + 1) // 2 // 16)
        dropout = 0.2 if normed else 0.4
        self.classifier = Classifier(16 * width, size, design.classes, dropout, adaptive=normed)


def _conv(in_channels: int, channels: int, kernel: int = 1, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2)


def _normed(**modules: nn.Module) -> Normed:
    """Modules one after the other, in which convolutions have a batch norm in place of their bias."""
    with_norms: dict[str, nn.Module] = {}
    for name, module in modules.items():
        with_norms[name] = module
        if isinstance(module, nn.Conv2d):
            module.register_parameter("bias", None)
            with_norms[f"{name}_norm"] = nn.BatchNorm2d(module.out_channels, eps=0.001)
    return Normed(**with_norms)


def _max_pool(kernel: int = 3) -> nn.MaxPool2d:
    """Stride 2; without padding, the last window may reach beyond the map."""
    return nn.MaxPool2d(kernel, 2, ceil_mode=True)


MODEL = GoogLeNet


def initialise(model: nn.Module) -> None:
    """Weights by He et al.'s normal, by fan-in: in the paper's network no norm rescales what a layer makes."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
