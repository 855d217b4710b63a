"""The baseline of the EffNet paper (arXiv 1801.06434): what no source says of it, and what is printed of it."""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.families.effnet_paper import ACTIVATIONS, SLOPE, WINDOWS, EffNetPaper, quoted
from menet_design.graph.network import Assumption


@dataclass(frozen=True, kw_only=True, repr=False)
class EffNetBaseline(EffNetPaper):
    """EffNet's baseline: three 3×3 convolutions, each with a max pool."""

    family: ClassVar[str] = "effnet-baseline"
    example: ClassVar[str] = "EffNet-baseline-CIFAR-10"
    called: ClassVar[str] = "EffNet-baseline"
    _always: ClassVar[tuple[Assumption, ...]] = (
        *(WINDOWS, ACTIVATIONS, SLOPE),
        Assumption("classifier", "on the last pool's map", "where the printed FLOPs need 16×16 pixels"),
    )


DESIGN = EffNetBaseline

EffNetBaseline.published = {
    EffNetBaseline(width=64): quoted("CIFAR-10", 82.78, 80.3),
    EffNetBaseline(width=12): quoted("SVHN", 91.08),
    EffNetBaseline(width=8, classes=43): quoted("GTSRB", 94.48),
}
