"""FD-MobileNet: MobileNet with fast downsampling, its names and what has been published of it.

Source: arXiv 1802.03750, of MENet's authors.
"""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.families.design import PublishedFigure
from menet_design.families.mobilenet import MobileNet, spellings
from menet_design.families.spelling import Spellings


@dataclass(frozen=True, kw_only=True, repr=False)
class FDMobileNet(MobileNet):
    """α× FD-MobileNet-ρ: 11 depthwise separable convolutions, of which the first halves the map too.

    `width`: output channels of the first pointwise convolution, 64 times the width multiplier α.
    """

    family: ClassVar[str] = "fd-mobilenet"
    example: ClassVar[str] = "0.5x-FD-MobileNet-224"
    called: ClassVar[str] = "FD-MobileNet"
    _spellings: ClassVar[Spellings] = spellings("fd[-_]?mobilenet", "fdmobilenet")


DESIGN = FDMobileNet

FDMobileNet.published = {FDMobileNet(width=width): (PublishedFigure("release"),) for width in (64, 32, 16)}
