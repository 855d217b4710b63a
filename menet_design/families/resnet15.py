"""ResNet-15: Table I's layout with ResNet's bottlenecks, and the two networks of the paper's Table II.

Sources: arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1 (bottlenecks of a quarter, 192 channels in
stage 4 at 38 MFLOPs). How the units downsample, and the width at 140 MFLOPs, no source says.
"""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.families.design import PublishedFigure
from menet_design.families.table_one import Bottlenecked


@dataclass(frozen=True, kw_only=True, repr=False)
class ResNet15(Bottlenecked):
    """w-ResNet-15: bottlenecks of a quarter, dense 3×3; `downsampling` by "projection" or "concat"."""

    family: ClassVar[str] = "resnet15"
    example: ClassVar[str] = "96-ResNet-15"
    label: ClassVar[str] = "ResNet-15"
    spelled: ClassVar[str] = "resnet[-_]?15"
    printed_width: ClassVar[int] = 96


DESIGN = ResNet15

ResNet15.published = {
    ResNet15(width=96, stem=24): (PublishedFigure("Table II", 140, 61.3),),
    ResNet15(width=48, stem=12): (PublishedFigure("Table II", 38, 51.1),),
}
