"""The ShuffleNet of the EffNet paper (arXiv 1801.06434): what is legal in it, what no source says, what is printed."""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.families.design import Faults
from menet_design.families.effnet_paper import ACTIVATIONS, SLOPE, WINDOWS, EffNetPaper, quoted
from menet_design.families.legal import LegalRules, multiples
from menet_design.graph.network import Assumption


def _width_fault(design: EffNetPaper) -> str:
    named = f"width {design.width} is not legal: the first bottleneck"
    if design.width % 2:
        return f"{named} {design.width}/2 is not whole"
    return f"{named} of {design.width // 2} channels does not split into 4 groups"


@dataclass(frozen=True, kw_only=True, repr=False)
class EffNetShuffleNet(EffNetPaper):
    """EffNet's ShuffleNet: a 3×3 convolution with max pool, two bottlenecks with stride 2 and 4 groups."""

    family: ClassVar[str] = "effnet-shufflenet"
    example: ClassVar[str] = "EffNet-ShuffleNet-CIFAR-10"
    called: ClassVar[str] = "EffNet-ShuffleNet"
    _legal: ClassVar[LegalRules] = {"width": multiples(8)}
    _faults: ClassVar[Faults] = {"width": _width_fault}
    _always: ClassVar[tuple[Assumption, ...]] = (
        Assumption("shuffle", "after the first 1×1 convolution", "and no shortcut"),
        *(WINDOWS, ACTIVATIONS, SLOPE),
    )


DESIGN = EffNetShuffleNet

EffNetShuffleNet.published = {
    EffNetShuffleNet(width=64): quoted("CIFAR-10", 77.30, 4.7),
    EffNetShuffleNet(width=8, classes=43): quoted("GTSRB", 88.99),
}
