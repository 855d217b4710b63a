"""The ShuffleNet of the EffNet paper (arXiv 1801.06434): what is legal in it, what no source says, what is printed."""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.design import Lattices, Reading
from menet_design.zoo.effnet_paper import ACTIVATIONS, SLOPE, WINDOWS, EffNetPaper, quoted
from menet_design.zoo.lattices import multiples


@dataclass(frozen=True, kw_only=True)
class EffNetShuffleNet(EffNetPaper):
    """EffNet's ShuffleNet: a 3×3 convolution with max pool, two bottlenecks with stride 2 and 4 groups."""

    family: ClassVar[str] = "effnet-shufflenet"
    example: ClassVar[str] = "EffNet-ShuffleNet-CIFAR-10"
    called: ClassVar[str] = "EffNet-ShuffleNet"
    lattices: ClassVar[Lattices] = {"width": multiples(8)}

    @property
    def readings(self) -> tuple[Reading, ...]:
        units = Reading("shuffle", "after the first 1×1 convolution", "and no shortcut")
        return units, WINDOWS, ACTIVATIONS, SLOPE

    def _width_fault(self) -> str:
        named = f"width {self.width} is not legal: the first bottleneck"
        if self.width % 2:
            return f"{named} {self.width}/2 is not whole"
        return f"{named} of {self.width // 2} channels does not split into 4 groups"


DESIGN = EffNetShuffleNet

EffNetShuffleNet.published = {
    EffNetShuffleNet(width=64): quoted("CIFAR-10", 77.30, 4.7),
    EffNetShuffleNet(width=8, classes=43): quoted("GTSRB", 88.99),
}
