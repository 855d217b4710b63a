"""ResNeXt-15 in PyTorch: ResNeXt's bottlenecks (arXiv 1611.05431, Fig. 3c) in the MENet paper's Table I."""

from math import gcd

from torch import nn

from menet_design.families.resnext15 import ResNeXt15 as Numbers
from menet_design.models.resnet15 import bottleneck_unit
from menet_design.models.table_one import TableOne


class ResNeXt15(TableOne):
    """w-ResNeXt-15: logits of images."""

    def __init__(self, design: Numbers) -> None:
        def unit(in_channels: int, channels: int, stride: int, _: int) -> nn.Module:
            # 24 channels do not split into 16 groups: then into as many as divide both.
            groups = gcd(design.cardinality, channels // 2)
            downsampling = design.downsampling if stride == 2 else ""
            return bottleneck_unit(downsampling, in_channels, channels, channels // 2, groups)

        super().__init__(unit, design)


MODEL = ResNeXt15
