"""The MobileNet of the EffNet paper (arXiv 1801.06434): what no source says of it, and what is printed of it."""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.families.effnet_paper import ACTIVATIONS, SLOPE, WINDOWS, EffNetPaper, quoted
from menet_design.graph.network import Assumption


@dataclass(frozen=True, kw_only=True, repr=False)
class EffNetMobileNet(EffNetPaper):
    """EffNet's MobileNet: a 3×3 convolution with max pool, two depthwise separable ones with stride 2."""

    family: ClassVar[str] = "effnet-mobilenet"
    example: ClassVar[str] = "EffNet-MobileNet-CIFAR-10"
    called: ClassVar[str] = "EffNet-MobileNet"
    _always: ClassVar[tuple[Assumption, ...]] = (WINDOWS, ACTIVATIONS, SLOPE)


DESIGN = EffNetMobileNet

EffNetMobileNet.published = {
    EffNetMobileNet(width=64): quoted("CIFAR-10", 77.48, 5.8),
    EffNetMobileNet(width=12): quoted("SVHN", 85.64, 0.7734),
    EffNetMobileNet(width=8, classes=43): quoted("GTSRB", 88.15, 0.5330),
}
