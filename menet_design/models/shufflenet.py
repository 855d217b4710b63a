"""ShuffleNet v1 in PyTorch (arXiv 1707.01083), in the layout of the MENet paper's Table I."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.layers import ResidualBranch, initialise
from menet_design.models.renaming import RESIDUAL_BRANCH, renamed
from menet_design.models.table_one import TableOne
from menet_design.zoo.shufflenet import ShuffleNet as Design


class ShuffleNetUnit(nn.Module):
    """Standard unit, which adds its input, or downsampling unit, which appends it pooled (Fig. 2b and c)."""

    def __init__(
        self, in_channels: int, channels: int, groups: int, *, first_groups: int | None = None, stride: int = 1
    ) -> None:
        super().__init__()
        emitted = channels if stride == 1 else channels - in_channels
        first_groups = groups if first_groups is None else first_groups
        self.identity = nn.Identity() if stride == 1 else nn.AvgPool2d(3, 2, 1)
        self.residual = ResidualBranch(in_channels, channels // 4, emitted, groups, first_groups, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        branch, identity = self.residual, self.identity(x)
        residual = branch.recover(branch.transform(branch.squeeze(x)))
        if isinstance(self.identity, nn.Identity):
            return functional.relu(residual + identity)
        return functional.relu(torch.cat((residual, identity), dim=1))


class ShuffleNet(TableOne):
    """ShuffleNet s× with g groups: logits of images of the design's resolution."""

    def __init__(self, design: Design) -> None:
        def unit(in_channels: int, stage: int, down: bool) -> ShuffleNetUnit:
            first_groups = 1 if down and stage == 0 else design.groups
            stride = 2 if down else 1
            return ShuffleNetUnit(
                in_channels, design.width * 2**stage, design.groups, first_groups=first_groups, stride=stride
            )

        super().__init__(unit, design.width, design.stem, design.resolution, design.classes)


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(ShuffleNet(design))


def rename_key(key: str) -> str:
    """The name in our state dict of a key of pytorchcv's; any other key as it is."""
    return renamed(key, RESIDUAL_BRANCH)
