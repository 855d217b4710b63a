"""GoogLeNet (Inception v1): its two readings, what is legal in them, and what the MENet paper quotes.

Source: arXiv 1409.4842, Table 1, without the auxiliary classifiers, which are discarded at inference. The paper's
5×5 branch has 5×5 kernels; torchvision builds it with 3×3 ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.design import Design, Lattice, Lattices, Quote, on_lattice
from menet_design.zoo.spelling import NUMBER, parts

PAPER, TORCHVISION = 5, 3  # sides of the kernels in the 5×5 branch

_SPELLINGS = (
    re.compile(rf"googlenet(?:[-_]?(?P<kernel>{NUMBER})x(?P=kernel))?"),
    re.compile(rf"googlenet\((?P<kernel>{NUMBER})x(?P=kernel)\)"),
)


def _kernels(_: Mapping[str, Any]) -> Lattice:
    """The paper's kernels and torchvision's."""
    return Lattice(range(TORCHVISION, PAPER + 1, PAPER - TORCHVISION))


@dataclass(frozen=True, kw_only=True)
class GoogLeNet(Design):
    """GoogLeNet, whose widths are fixed; `kernel` is the height and width of the kernels in the 5×5 branch, 5 or 3."""

    family: ClassVar[str] = "googlenet"
    example: ClassVar[str] = "GoogLeNet"
    quantities: ClassVar[tuple[str, ...]] = ("resolution",)
    lattices: ClassVar[Lattices] = {"kernel": _kernels}

    kernel: int = PAPER

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("kernel", on_lattice(self, "kernel", self._kernel_fault))

    @property
    def name(self) -> str:
        return "GoogLeNet" + ("-3x3" if self.kernel == TORCHVISION else "")

    @property
    def title(self) -> str:
        return "GoogLeNet" + (" (3×3)" if self.kernel == TORCHVISION else "")

    @property
    def identifier(self) -> str:
        return "googlenet" + ("_3x3" if self.kernel == TORCHVISION else "")

    @property
    def readings(self) -> tuple[str, ...]:
        branch = {
            PAPER: "5×5 branch with 5×5 kernels, as in its paper; as in torchvision: GoogLeNet-3x3",
            TORCHVISION: "5×5 branch with 3×3 kernels, as in torchvision; as in its paper: GoogLeNet",
        }
        return (branch[self.kernel], *_READINGS)

    @classmethod
    def read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _SPELLINGS)
        if said is None:
            return None
        return {"kernel": int(said["kernel"]) if "kernel" in said else None}

    def _kernel_fault(self) -> str:
        return f"kernel {self.kernel} of the 5×5 branch is neither the paper's nor torchvision's"


DESIGN = GoogLeNet

# What the paper leaves open or this network leaves out.
_READINGS = (
    "convolutions have biases; strided max pools round up unpadded, as in Caffe",
    "left out: auxiliary classifiers, and local response normalisation (no weights)",
)


# 1550 MFLOPs are quoted from the MobileNet paper (arXiv 1704.04861); neither reading comes to as much.
GoogLeNet.published = {
    GoogLeNet(): (Quote("Table II", 1550, 69.8, 89.6),),
    GoogLeNet(kernel=TORCHVISION): (Quote("torchvision"),),
}
