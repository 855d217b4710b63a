"""ResNeXt-15 in PyTorch: ResNeXt's bottlenecks (arXiv 1611.05431, Fig. 3c) in the MENet paper's Table I."""

from math import gcd

from torch import nn

from menet_design.models.layers import initialise
from menet_design.models.resnet15 import StandardUnit, downsampling_unit, rename_key
from menet_design.models.table_one import TableOne
from menet_design.zoo.resnext15 import ResNeXt15 as Design

__all__ = ["ResNeXt15", "build", "rename_key"]


class ResNeXt15(TableOne):
    """w-ResNeXt-15: logits of images of the design's resolution."""

    def __init__(self, design: Design) -> None:
        def unit(in_channels: int, stage: int, down: bool) -> nn.Module:
            channels = design.width * 2**stage
            # 24 channels do not split into 16 groups: then into as many as divide both.
            groups = gcd(design.cardinality, channels // 2)
            if down:
                return downsampling_unit(design.downsampling, in_channels, channels, channels // 2, groups)
            return StandardUnit(channels, channels // 2, groups)

        super().__init__(unit, design.width, design.stem, design.resolution, design.classes)


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(ResNeXt15(design))
