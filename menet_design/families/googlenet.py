"""GoogLeNet (Inception v1): its names, its two assumptions, what is legal in it, and what the MENet paper figures.

Source: arXiv 1409.4842, Table 1, without the auxiliary classifiers, which are discarded at inference. The paper's
5×5 branch has 5×5 kernels; torchvision builds it with 3×3 ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, LegalValues, multiples
from menet_design.families.spelling import NUMBER, Spellings, sized
from menet_design.graph.network import Assumption

PAPER, TORCHVISION = 5, 3  # sides of the kernels in the 5×5 branch
WIDTH = 64  # output channels of the first convolution in Table 1, of which all others are multiples of an eighth


def _kernels(_: Mapping[str, Any]) -> LegalValues:
    """The paper's kernels and torchvision's."""
    return LegalValues(range(TORCHVISION, PAPER + 1, PAPER - TORCHVISION))


@dataclass(frozen=True, kw_only=True)
class GoogLeNet(Design):
    """GoogLeNet (arXiv 1409.4842, Table 1).

    `width`: output channels of the first convolution, with which all others grow; `kernel`: the height and width of
    the kernels in the 5×5 branch, 5 or 3.
    """

    family: ClassVar[str] = "googlenet"
    example: ClassVar[str] = "GoogLeNet"
    spellings: ClassVar[Spellings] = (
        re.compile(rf"(?:(?P<width>{NUMBER})-)?googlenet(?:[-_]?(?P<kernel>{NUMBER})x(?P=kernel))?"),
        re.compile(rf"(?:(?P<width>{NUMBER})-)?googlenet\((?P<kernel>{NUMBER})x(?P=kernel)\)"),
        re.compile(rf"googlenet(?:_(?P<kernel>{NUMBER})x(?P=kernel))?_w(?P<width>{NUMBER})"),
    )
    legal: ClassVar[LegalRules] = {"width": multiples(8), "kernel": _kernels}
    faults: ClassVar[Faults] = {
        "width": lambda it: f"width {it.width} is not legal: an eighth of it, {it.width}/8, is not whole",
        "kernel": lambda it: f"kernel {it.kernel} of the 5×5 branch is neither the paper's nor torchvision's",
    }

    width: int = WIDTH
    kernel: int = PAPER

    @property
    def name(self) -> str:
        return sized("GoogLeNet", self.width, WIDTH) + ("-3x3" if self.kernel == TORCHVISION else "")

    @property
    def title(self) -> str:
        return sized("GoogLeNet", self.width, WIDTH) + (" (3×3)" if self.kernel == TORCHVISION else "")

    @property
    def identifier(self) -> str:
        kernel, width = "_3x3" * (self.kernel == TORCHVISION), f"_w{self.width}" * (self.width != WIDTH)
        return f"googlenet{kernel}{width}"

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        whose = {PAPER: "as in its paper", TORCHVISION: "as in torchvision"}
        others = tuple(self.but(kernel=other).name for other in whose if other != self.kernel)
        branch = Assumption("5×5 branch", f"{self.kernel}×{self.kernel}", whose[self.kernel], others)
        return (branch, *_ASSUMPTIONS)

    @classmethod
    def said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        kernel = int(parts["kernel"]) if "kernel" in parts else None
        return {"width": int(parts.get("width", WIDTH)), "kernel": kernel}


DESIGN = GoogLeNet

# What the paper leaves open or this network leaves out.
_ASSUMPTIONS = (
    Assumption("strided max pools", "round up", "unpadded, as in Caffe; convolutions have biases"),
    Assumption(
        "auxiliary classifiers", "left out", "as at inference; so are response normalisations, which have no weights"
    ),
)

# 1550 MFLOPs are quoted from the MobileNet paper (arXiv 1704.04861); neither assumption comes to as much.
GoogLeNet.published = {
    GoogLeNet(): (PublishedFigure("Table II", 1550, 69.8, 89.6),),
    GoogLeNet(kernel=TORCHVISION): (PublishedFigure("torchvision"),),
}
