"""GoogLeNet (Inception v1): its two readings, what is legal in them, and what the MENet paper quotes.

Source: arXiv 1409.4842, Table 1, without the auxiliary classifiers, which are discarded at inference. The paper's
5×5 branch has 5×5 kernels; torchvision builds it with 3×3 ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.design import Design, Lattice, Quote, on_lattice
from menet_design.zoo.lattices import resolutions

PAPER, TORCHVISION = 5, 3  # sides of the kernels in the 5×5 branch

_SPELLING = re.compile(r"googlenet(?:[-_]?(?P<kernel>[0-9]{1,9})x(?P=kernel)|\((?P<given>[0-9]{1,9})x(?P=given)\))?")


@dataclass(frozen=True, kw_only=True)
class GoogLeNet(Design):
    """GoogLeNet, whose widths are fixed; `kernel` is the height and width of the kernels in the 5×5 branch, 5 or 3."""

    family: ClassVar[str] = "googlenet"
    example: ClassVar[str] = "GoogLeNet"
    quantities: ClassVar[tuple[str, ...]] = ("resolution",)

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
        found = _SPELLING.fullmatch(text)
        if not found:
            return None
        kernel = found["kernel"] or found["given"]
        return {"kernel": int(kernel) if kernel else None}

    @classmethod
    def lattice(cls, quantity: str, numbers: Mapping[str, Any]) -> Lattice:
        return _LATTICES[quantity](numbers)

    def _kernel_fault(self) -> str:
        return f"kernel {self.kernel} of the 5×5 branch is neither the paper's nor torchvision's"


DESIGN = GoogLeNet

# What the paper leaves open or this network leaves out.
_READINGS = (
    "convolutions have biases; strided max pools round up unpadded, as in Caffe",
    "left out: auxiliary classifiers, and local response normalisation (no weights)",
)


def _kernels(_: Mapping[str, Any]) -> Lattice:
    """The paper's kernels and torchvision's."""
    return Lattice(range(TORCHVISION, PAPER + 1, PAPER - TORCHVISION))


_LATTICES = {"kernel": _kernels, "resolution": resolutions}

# 1550 MFLOPs are quoted from the MobileNet paper (arXiv 1704.04861); neither reading comes to as much.
GoogLeNet.published = {
    GoogLeNet(): (Quote("Table II", 1550, 69.8, 89.6),),
    GoogLeNet(kernel=TORCHVISION): (Quote("torchvision"),),
}
