"""EffNet: what is legal in it, what no source says of it, and what its paper prints (arXiv 1801.06434)."""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.families.design import Faults
from menet_design.families.effnet_paper import SLOPE, EffNetPaper, quoted
from menet_design.families.legal import LegalRules, multiples
from menet_design.graph.network import Assumption


@dataclass(frozen=True, kw_only=True, repr=False)
class EffNet(EffNetPaper):
    """EffNet: three blocks that halve the height by a pool and the width by a convolution, the first layer included."""

    family: ClassVar[str] = "effnet"
    example: ClassVar[str] = "EffNet-CIFAR-10"
    called: ClassVar[str] = "EffNet"
    _legal: ClassVar[LegalRules] = {"width": multiples(2)}
    _faults: ClassVar[Faults] = {
        "width": lambda it: f"width {it.width} is not legal: the first block compresses to half of it, {it.width}/2"
    }
    _always: ClassVar[tuple[Assumption, ...]] = (SLOPE, Assumption("strided kernels", "1×2", "along the stride"))


DESIGN = EffNet

EffNet.published = {
    EffNet(width=64): quoted("CIFAR-10", 80.20, 11.4),
    EffNet(width=12): quoted("SVHN", 88.51, 0.5176),
    EffNet(width=8, classes=43): quoted("GTSRB", 91.79, 0.3441),
}
