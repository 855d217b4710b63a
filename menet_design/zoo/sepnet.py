"""SEP-Net: its names, what is legal in it, and what its paper quotes.

Source: "SEP-Nets", arXiv 1706.03912. Its table of layers ends with module 4; what follows is a reconstruction.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from menet_design.design import MAX_CHANNELS, Design, Lattice, Lattices, Quote, Reading, check_whole, on_lattice
from menet_design.zoo.spelling import NUMBER, parts

WIDTH = 64
GROUPS = 4  # of the convolutions of pattern residual blocks, and of conv3
# Channels of the reconstructed head at that width. Of the multiples of 8, 712 alone makes sizes that are, rounded, both
# the paper's 5.2 MB (float32) and its 4.2 MB (pattern).
HEAD = 712

_SPELLINGS = (
    re.compile(rf"(?:(?P<width>{NUMBER})-)?sep[-_]?net(?:-?(?:r|b|bq))?(?:-head(?P<head>{NUMBER}))?"),
    re.compile(rf"(?:(?P<width>{NUMBER})-)?sep-?net\(head=(?P<head>{NUMBER})\)"),
    re.compile(rf"sepnet(?:_w(?P<width>{NUMBER}))?(?:_h(?P<head>{NUMBER}))?"),
)


def _widths(_: Mapping[str, Any]) -> Lattice:
    """Multiples of 16, since a module's second block has a quarter of its channels in groups, up to the widest head."""
    return Lattice(range(4 * GROUPS, MAX_CHANNELS * WIDTH // HEAD + 1, 4 * GROUPS))


@dataclass(frozen=True, kw_only=True)
class SEPNet(Design):
    """SEP-Net; SEP-Net-R, -B and -BQ are this network stored under the schemes float32, pattern and pattern+int8.

    `width`: channels of the first convolution and of module 1, with which all others grow; `head`: those of the
    reconstructed 1×1 convolution after module 4, by default 89/8 of the width.
    """

    family: ClassVar[str] = "sepnet"
    example: ClassVar[str] = "SEP-Net"
    halvings: ClassVar[int] = 3
    is_reconstruction: ClassVar[bool] = True
    lattices: ClassVar[Lattices] = {"width": _widths}

    width: int = WIDTH
    head: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", on_lattice(self, "width", self._width_fault))
        head = self._usual_head if self.head is None else self.head
        self._keep("head", check_whole("head", head, 1, MAX_CHANNELS))

    @property
    def name(self) -> str:
        return self._sized + ("" if self.head == self._usual_head else f"-head{self.head}")

    @property
    def title(self) -> str:
        return self._sized + ("" if self.head == self._usual_head else f" (head = {self.head})")

    @property
    def identifier(self) -> str:
        width = "" if self.width == WIDTH else f"_w{self.width}"
        return f"sepnet{width}" + ("" if self.head == self._usual_head else f"_h{self.head}")

    @property
    def _sized(self) -> str:
        return "SEP-Net" if self.width == WIDTH else f"{self.width}-SEP-Net"

    @property
    def _usual_head(self) -> int:
        """The channels of the head that go with the width."""
        return self.width * HEAD // WIDTH

    def but(self, **changes: Any) -> Self:
        widened = "width" in changes and self.head == self._usual_head
        return super().but(**{"head": None} | changes if widened else changes)

    @property
    def readings(self) -> tuple[Reading, ...]:
        head = "a 1×1 convolution to so many channels, then the classifier: the layers after module 4 are not published"
        another = 1024 if self.head == self._usual_head else self._usual_head
        return (
            Reading("head", str(self.head), head, self.named_with(head=another)),
            Reading("norms", "after each convolution or block sum", "and before each ReLU"),
        )

    def _width_fault(self) -> str:
        return f"width {self.width} is not legal: a quarter of it does not split into {GROUPS} groups"

    @classmethod
    def read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _SPELLINGS)
        if said is None:
            return None
        return {"width": int(said.get("width", WIDTH)), "head": int(said["head"]) if "head" in said else None}


DESIGN = SEPNet

SEPNet.published = {
    SEPNet(): (
        Quote("SEP-Net-R", top1=65.8, megabytes=5.2, scheme="float32"),
        Quote("SEP-Net-B", top1=63.7, megabytes=4.2, scheme="pattern"),
        Quote("SEP-Net-BQ", top1=63.5, megabytes=1.3, scheme="pattern+int8"),
    ),
}
