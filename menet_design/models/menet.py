"""MENet in PyTorch (arXiv 1803.09127, Section III)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.menet import COMBINES
from menet_design.families.menet import MENet as Numbers
from menet_design.models.layers import ResidualBranch, Unit
from menet_design.models.renaming import PYTORCHCV, RESIDUAL_BRANCH, normed, renamed
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
        return functional.relu(self.merge_norm(self.merge(x)))

    def evolution(self, z: Tensor) -> Tensor:
        """Z_e of Eq. 5, matched to the bottleneck; the sigmoid of Eq. 6 is left to the module."""
        z = functional.relu(self.evolve_norm(self.evolve(z)))
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

    residual: ResidualBranch

    def __init__(
        self,
        in_channels: int,
        channels: int,
        fusion: int,
        groups: int,
        *,
        first_groups: int | None = None,
        stride: int = 1,
        combine: str = "product",
    ) -> None:
        if combine not in COMBINES:
            raise ValueError(f"combine {combine!r} is neither product nor add")
        first_groups = groups if first_groups is None else first_groups
        super().__init__(ResidualBranch(in_channels, channels, groups, first_groups, stride), stride)
        self.combine = combine
        self.fusion = FusionBranch(channels // 4, fusion, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        squeezed = self.residual.squeeze(x)
        residual, fused = self.residual.transform(squeezed), self.fusion(squeezed)
        combined = residual + fused if self.combine == "add" else residual * torch.sigmoid(fused)
        return functional.relu(self._join(self.residual.recover(combined), self.identity(x)))


class MENet(TableOne):
    """w-MENet-k×α with g groups (Table I): logits of images of the design's resolution."""

    def __init__(self, design: Numbers) -> None:
        def unit(in_channels: int, channels: int, stride: int, stage: int) -> MEModule:
            return MEModule(
                in_channels,
                channels,
                int(design.fusion * design.expansion**stage),
                design.groups,
                # The paper does not group the first pointwise convolution of stage 2.
                first_groups=1 if (stage, stride) == (0, 2) else design.groups,
                stride=stride,
                combine=design.combine,
            )

        super().__init__(unit, design.width, design.stem, design.resolution, design.classes)


MODEL = MENet

# Layers of our state dict by their names in the authors' checkpoints and in pytorchcv's.
_LAYERS = {
    # the authors
    "compress": "residual.compress",
    "bn_compress": "residual.compress_norm",
    "depthwise": "residual.depthwise",
    "bn_depthwise": "residual.depthwise_norm",
    "expand": "residual.expand",
    "bn_expand": "residual.expand_norm",
    "s_merge": "fusion.merge",
    "s_bn_merge": "fusion.merge_norm",
    "s_conv": "fusion.evolve",
    "s_bn_conv": "fusion.evolve_norm",
    "s_evolve": "fusion.match",
    "s_bn_evolve": "fusion.match_norm",
    # pytorchcv
    **RESIDUAL_BRANCH,
    "s_merge_conv": "fusion.merge",
    "s_merge_bn": "fusion.merge_norm",
    "s_conv_bn": "fusion.evolve_norm",
    "s_evolve_conv": "fusion.match",
    "s_evolve_bn": "fusion.match_norm",
}
_OTHER_LAYERS = PYTORCHCV | normed({"features.init": "stage1"}) | {"classifier": "classifier.fc"}


def rename_key(key: str) -> str:
    """The name in our state dict of a key of the authors' checkpoints or of pytorchcv's; any other key as it is."""
    return renamed(key, _LAYERS, _OTHER_LAYERS)
