"""SEP-Net: its names, what is legal in it, and what its paper quotes.

Source: "SEP-Nets", arXiv 1706.03912. Its table of layers ends with module 4; what follows is a reconstruction.
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.design import Design, Lattices, Quote, on_lattice
from menet_design.zoo.lattices import multiples
from menet_design.zoo.spelling import NUMBER, parts

WIDTH = 64
GROUPS = 4  # of the convolutions of pattern residual blocks, and of conv3
# Channels of the reconstructed head at that width. Of the multiples of 8, 712 alone makes sizes that are, rounded, both
# the paper's 5.2 MB (float32) and its 4.2 MB (pattern).
HEAD = 712

_SPELLINGS = (
    re.compile(rf"(?:(?P<width>{NUMBER})-)?sep-?net(?:-?(?:r|b|bq))?"),
    re.compile(rf"sepnet_w(?P<width>{NUMBER})"),
)


@dataclass(frozen=True, kw_only=True)
class SEPNet(Design):
    """SEP-Net; SEP-Net-R, -B and -BQ are this network stored under the schemes float32, pattern and pattern+int8.

    `width`: channels of the first convolution and of module 1, with which all others grow.
    """

    family: ClassVar[str] = "sepnet"
    example: ClassVar[str] = "SEP-Net"
    is_reconstruction: ClassVar[bool] = True
    # The second block of a module has a quarter of its channels, in groups.
    lattices: ClassVar[Lattices] = {"width": multiples(4 * GROUPS)}

    width: int = WIDTH

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", on_lattice(self, "width", self._width_fault))

    @property
    def name(self) -> str:
        return "SEP-Net" if self.width == WIDTH else f"{self.width}-SEP-Net"

    @property
    def title(self) -> str:
        return self.name

    @property
    def identifier(self) -> str:
        return "sepnet" if self.width == WIDTH else f"sepnet_w{self.width}"

    @property
    def head(self) -> int:
        """Channels of the reconstructed 1×1 convolution after module 4."""
        return self.width * HEAD // WIDTH

    @property
    def readings(self) -> tuple[str, ...]:
        return (
            "published up to module 4; head and classifier are this project's reconstruction",
            f"head: a 1×1 convolution to {self.head} channels, 89/8 of the width",
            "no source places norms and ReLUs: here after convolutions and block sums",
        )

    def _width_fault(self) -> str:
        return f"width {self.width} is not legal: a quarter of it does not split into {GROUPS} groups"

    @classmethod
    def read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _SPELLINGS)
        return None if said is None else {"width": int(said.get("width", WIDTH))}


DESIGN = SEPNet

SEPNet.published = {
    SEPNet(): (
        Quote("SEP-Net-R", top1=65.8, megabytes=5.2, scheme="float32"),
        Quote("SEP-Net-B", top1=63.7, megabytes=4.2, scheme="pattern"),
        Quote("SEP-Net-BQ", top1=63.5, megabytes=1.3, scheme="pattern+int8"),
    ),
}
