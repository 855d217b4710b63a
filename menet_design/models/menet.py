"""MENet in PyTorch (arXiv 1803.09127, Section III)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.layers import ResidualBranch, initialise
from menet_design.models.renaming import PYTORCHCV, RESIDUAL_BRANCH, renamed
from menet_design.models.table_one import TableOne
from menet_design.zoo.menet import COMBINES
from menet_design.zoo.menet import MENet as Design


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


class MEModule(nn.Module):
    """Merging-and-evolution module, standard (stride 1) or downsampling (stride 2) (Fig. 3).

    `combine` joins the fusion branch and the residual branch: "product" scales by the sigmoid of the
    fusion branch (Eq. 7), "add" adds the fusion branch without a sigmoid (Table VII).
    """

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
        super().__init__()
        if combine not in COMBINES:
            raise ValueError(f"combine {combine!r} is neither product nor add")
        bottleneck = channels // 4
        emitted = channels if stride == 1 else channels - in_channels
        first_groups = groups if first_groups is None else first_groups
        self.combine = combine
        self.identity = nn.Identity() if stride == 1 else nn.AvgPool2d(3, 2, 1)
        self.residual = ResidualBranch(in_channels, bottleneck, emitted, groups, first_groups, stride)
        self.fusion = FusionBranch(bottleneck, fusion, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        squeezed = self.residual.squeeze(x)
        residual, fused = self.residual.transform(squeezed), self.fusion(squeezed)
        combined = residual + fused if self.combine == "add" else residual * torch.sigmoid(fused)
        return functional.relu(self._join(self.residual.recover(combined), self.identity(x)))

    def _join(self, residual: Tensor, identity: Tensor) -> Tensor:
        if isinstance(self.identity, nn.Identity):
            return residual + identity
        return torch.cat((residual, identity), dim=1)


class MENet(TableOne):
    """w-MENet-k×α with g groups (Table I): logits of images of the design's resolution."""

    def __init__(self, design: Design) -> None:
        def unit(in_channels: int, stage: int, down: bool) -> MEModule:
            return MEModule(
                in_channels,
                design.width * 2**stage,
                int(design.fusion * design.expansion**stage),
                design.groups,
                # The paper does not group the first pointwise convolution of stage 2.
                first_groups=1 if down and stage == 0 else design.groups,
                stride=2 if down else 1,
                combine=design.combine,
            )

        super().__init__(unit, design.width, design.stem, design.resolution, design.classes)


def build(design: Design) -> nn.Module:
    """The model of a design, initialised as the authors' model config says: He et al.'s normal, by fan-out."""
    return initialise(MENet(design))


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
_OTHER_LAYERS = PYTORCHCV | {
    "features.init.conv": "stage1.conv",
    "features.init.bn": "stage1.norm",
    "classifier": "classifier.fc",
}


def rename_key(key: str) -> str:
    """The name in our state dict of a key of the authors' checkpoints or of pytorchcv's; any other key as it is."""
    return renamed(key, _LAYERS, _OTHER_LAYERS)
