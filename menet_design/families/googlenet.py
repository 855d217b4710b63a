"""GoogLeNet (Inception v1): its names, whose it is, what is legal in it, and what the MENet paper figures.

Source: arXiv 1409.4842, Table 1, without the auxiliary classifiers, which are discarded at inference. torchvision's,
after github.com/google/inception, has batch norm in place of biases, 3×3 kernels in the 5×5 branch, and a last max pool
of 2×2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, multiples
from menet_design.families.spelling import NUMBER, Spellings, sized
from menet_design.graph.network import Assumption
from menet_design.values import listed

WIDTH = 64  # output channels of the first convolution in Table 1, of which all others are multiples of an eighth

# Whose network it is, and what that means.
VARIANTS = {
    "paper": "convolutions have biases, the 5×5 branch 5×5 kernels",
    "torchvision": "batch norm in place of biases, 3×3 kernels in the 5×5 branch, a last max pool of 2×2",
}
_KERNELS = {"5": "paper", "3": "torchvision"}  # in the 5×5 branch, by which names tell them apart


@dataclass(frozen=True, kw_only=True, repr=False)
class GoogLeNet(Design):
    """GoogLeNet (arXiv 1409.4842, Table 1).

    `width`: output channels of the first convolution, with which all others grow; `variant`: one of VARIANTS.
    """

    family: ClassVar[str] = "googlenet"
    example: ClassVar[str] = "GoogLeNet"
    _spellings: ClassVar[Spellings] = (
        re.compile(rf"(?:(?P<width>{NUMBER})-)?googlenet(?:[-_]?(?P<kernel>[35])x(?P=kernel))?"),
        re.compile(rf"(?:(?P<width>{NUMBER})-)?googlenet\((?P<kernel>[35])x(?P=kernel)\)"),
        re.compile(rf"googlenet(?:_(?P<kernel>[35])x(?P=kernel))?_w(?P<width>{NUMBER})"),
        re.compile(rf"(?:(?P<width>{NUMBER})-)?googlenet(?:-|\()(?P<variant>torchvision)\)?"),
    )
    _legal: ClassVar[LegalRules] = {"width": multiples(8)}
    _faults: ClassVar[Faults] = {
        "width": lambda it: f"width {it.width} is not legal: an eighth of it, {it.width}/8, is not whole",
    }

    width: int = WIDTH
    variant: str = "paper"

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise IllegalDesign(f"variant {self.variant!r:.20} is not known", f"Known: {listed(VARIANTS)}", VARIANTS)
        super().__post_init__()

    @property
    def name(self) -> str:
        return sized("GoogLeNet", self.width, WIDTH) + "-3x3" * self._is_torchvision

    @property
    def heading(self) -> str:
        return sized("GoogLeNet", self.width, WIDTH) + " (3×3)" * self._is_torchvision

    @property
    def identifier(self) -> str:
        kernel, width = "_3x3" * self._is_torchvision, f"_w{self.width}" * (self.width != WIDTH)
        return f"googlenet{kernel}{width}"

    @property
    def _is_torchvision(self) -> bool:
        return self.variant == "torchvision"

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        others = sum((self._named_with(variant=other) for other in VARIANTS if other != self.variant), ())
        return (Assumption("variant", self.variant, VARIANTS[self.variant], others), *_ASSUMPTIONS)

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        variant = parts.get("variant") or _KERNELS.get(parts.get("kernel", ""))
        return {"width": int(parts.get("width", WIDTH)), "variant": variant}


DESIGN = GoogLeNet

# What the paper leaves open or this network leaves out.
_ASSUMPTIONS = (
    Assumption("strided max pools", "round up", "unpadded, as in Caffe"),
    Assumption(
        "auxiliary classifiers", "left out", "as at inference; so are response normalisations, which have no weights"
    ),
)

# 1550 MFLOPs are quoted from the MobileNet paper (arXiv 1704.04861); neither assumption comes to as much.
GoogLeNet.published = {
    GoogLeNet(): (PublishedFigure("Table II", 1550, 69.8, 89.6),),
    GoogLeNet(variant="torchvision"): (PublishedFigure("torchvision"),),
}
