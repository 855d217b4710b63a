"""MENet in PyTorch (arXiv 1803.09127, Section III)."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.menet import COMBINES
from menet_design.families.menet import MENet as Numbers
from menet_design.models.layers import ResidualBranch, Unit
from menet_design.models.table_one import TableOne


class FusionBranch(nn.Module):
    """Merging and evolution: a narrow map that sees every channel (Fig. 2)."""

    def __init__(self, bottleneck: int, fusion: int, stride: int) -> None:
        super().__init__()
        self.merge = nn.Conv2d(bottleneck, fusion, 1, bias=False)
        self.merge_norm = nn.BatchNorm2d(fusion)
        self.evolve = nn.Conv2d(fusion, fusion, 3, stride, 1, bias=False)
        self.evolve_norm = nn.BatchNorm2d(fusion)
        self.match = nn.Conv2d(fusion, bottleneck, 1, bias=False)
        self.match_norm = nn.BatchNorm2d(bottleneck)

    def merging(self, x: Tensor) -> Tensor:
        """Z of Eq. 4: every channel at one position, in a few channels."""
        return functional.relu(self.merge_norm(self.merge(x)), inplace=True)

    def evolution(self, z: Tensor) -> Tensor:
        """Z_e of Eq. 5, matched to the bottleneck; the sigmoid of Eq. 6 is left to the module."""
        z = functional.relu(self.evolve_norm(self.evolve(z)), inplace=True)
        matched: Tensor = self.match_norm(self.match(z))
        return matched

    def forward(self, x: Tensor) -> Tensor:
        """(batch, bottleneck, h, w) to the same channels, h and w divided by the stride."""
        return self.evolution(self.merging(x))


class MEModule(Unit):
    """Merging-and-evolution module, standard (stride 1) or downsampling (stride 2) (Fig. 3).

    `combine` joins the fusion branch and the residual branch: "product" scales by the sigmoid of the
    fusion branch (Eq. 7), "add" adds the fusion branch without a sigmoid (Table VII).
    """

    if TYPE_CHECKING:  # a class that TorchScript must not see
        residual: ResidualBranch

    def __init__(
        self,
        in_channels: int,
        channels: int,
        fusion: int,
        groups: int,
        *,
        first_groups: int | None = None,
        shuffle_groups: int | None = None,
        stride: int = 1,
        combine: str = "product",
    ) -> None:
        if combine not in COMBINES:
            raise ValueError(f"combine {combine!r} is neither product nor add")
        first_groups = groups if first_groups is None else first_groups
        residual = ResidualBranch(in_channels, channels, groups, first_groups, stride, shuffle_groups)
        super().__init__(residual, stride)
        self.combine = combine
        self.fusion = FusionBranch(channels // 4, fusion, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        squeezed = self.residual.squeeze(x)
        residual, fused = self.residual.transform(squeezed), self.fusion(squeezed)
        combined = residual + fused if self.combine == "add" else residual * torch.sigmoid(fused)
        return functional.relu(self._join(self.residual.recover(combined), self.shortcut(x)), inplace=True)


class MENet(TableOne):
    """w-MENet-k×α with g groups (Table I): logits of images."""

    def __init__(self, design: Numbers) -> None:
        def unit(in_channels: int, channels: int, stride: int, stage: int) -> MEModule:
            return MEModule(
                in_channels,
                channels,
                design.fusions[stage] if design.fusions else int(design.fusion * design.expansion**stage),
                design.groups,
                shuffle_groups=design.shuffle_groups,
                # The paper does not group the first pointwise convolution of stage 2.
                first_groups=1 if (stage, stride) == (0, 2) else design.groups,
                stride=stride,
                combine=design.combine,
            )

        super().__init__(unit, design, blocks=design.blocks, widths=design.widths)


MODEL = MENet
