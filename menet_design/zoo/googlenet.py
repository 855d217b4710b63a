"""GoogLeNet (Inception v1): its names, its two readings, what is legal in it, and what the MENet paper quotes.

Source: arXiv 1409.4842, Table 1, without the auxiliary classifiers, which are discarded at inference. The paper's
5×5 branch has 5×5 kernels; torchvision builds it with 3×3 ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.design import Design, Lattice, Lattices, Quote, Reading, on_lattice
from menet_design.zoo.lattices import multiples
from menet_design.zoo.spelling import NUMBER, parts

PAPER, TORCHVISION = 5, 3  # sides of the kernels in the 5×5 branch
WIDTH = 64  # output channels of the first convolution in Table 1, of which all others are multiples of an eighth

_SPELLINGS = (
    re.compile(rf"(?:(?P<width>{NUMBER})-)?googlenet(?:[-_]?(?P<kernel>{NUMBER})x(?P=kernel))?"),
    re.compile(rf"(?:(?P<width>{NUMBER})-)?googlenet\((?P<kernel>{NUMBER})x(?P=kernel)\)"),
    re.compile(rf"googlenet(?:_(?P<kernel>{NUMBER})x(?P=kernel))?_w(?P<width>{NUMBER})"),
)


def _kernels(_: Mapping[str, Any]) -> Lattice:
    """The paper's kernels and torchvision's."""
    return Lattice(range(TORCHVISION, PAPER + 1, PAPER - TORCHVISION))


@dataclass(frozen=True, kw_only=True)
class GoogLeNet(Design):
    """GoogLeNet (arXiv 1409.4842, Table 1).

    `width`: output channels of the first convolution, with which all others grow; `kernel`: the height and width of
    the kernels in the 5×5 branch, 5 or 3.
    """

    family: ClassVar[str] = "googlenet"
    example: ClassVar[str] = "GoogLeNet"
    lattices: ClassVar[Lattices] = {"width": multiples(8), "kernel": _kernels}

    width: int = WIDTH
    kernel: int = PAPER

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", on_lattice(self, "width", self._width_fault))
        self._keep("kernel", on_lattice(self, "kernel", self._kernel_fault))

    @property
    def name(self) -> str:
        return self._sized + ("-3x3" if self.kernel == TORCHVISION else "")

    @property
    def title(self) -> str:
        return self._sized + (" (3×3)" if self.kernel == TORCHVISION else "")

    @property
    def identifier(self) -> str:
        kernel, width = "_3x3" * (self.kernel == TORCHVISION), f"_w{self.width}" * (self.width != WIDTH)
        return f"googlenet{kernel}{width}"

    @property
    def _sized(self) -> str:
        return "GoogLeNet" if self.width == WIDTH else f"{self.width}-GoogLeNet"

    @property
    def readings(self) -> tuple[Reading, ...]:
        whose = {PAPER: "as in its paper", TORCHVISION: "as in torchvision"}
        others = tuple(self.but(kernel=other).name for other in whose if other != self.kernel)
        branch = Reading("5×5 branch", f"{self.kernel}×{self.kernel}", whose[self.kernel], others)
        return (branch, *_READINGS)

    @property
    def patterns(self) -> tuple[str, ...]:
        return ("*.branch3x3.conv", "*.branch5x5.conv") if (self.width, self.kernel) == (WIDTH, PAPER) else ()

    @classmethod
    def read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _SPELLINGS)
        if said is None:
            return None
        kernel = int(said["kernel"]) if "kernel" in said else None
        return {"width": int(said.get("width", WIDTH)), "kernel": kernel}

    def _width_fault(self) -> str:
        return f"width {self.width} is not legal: an eighth of it, {self.width}/8, is not whole"

    def _kernel_fault(self) -> str:
        return f"kernel {self.kernel} of the 5×5 branch is neither the paper's nor torchvision's"


DESIGN = GoogLeNet

# What the paper leaves open or this network leaves out.
_READINGS = (
    Reading("strided max pools", "round up", "unpadded, as in Caffe; convolutions have biases"),
    Reading(
        "auxiliary classifiers", "left out", "as at inference; so are response normalisations, which have no weights"
    ),
)

# 1550 MFLOPs are quoted from the MobileNet paper (arXiv 1704.04861); neither reading comes to as much.
GoogLeNet.published = {
    GoogLeNet(): (Quote("Table II", 1550, 69.8, 89.6),),
    GoogLeNet(kernel=TORCHVISION): (Quote("torchvision"),),
}
