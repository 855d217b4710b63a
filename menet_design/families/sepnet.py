"""SEP-Net: its names, what is legal in it, and what its paper figures.

Source: "SEP-Nets", arXiv 1706.03912. Its table of layers ends with module 4; what follows is a reconstruction.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, LegalValues
from menet_design.families.spelling import NUMBER, Spellings, sized
from menet_design.graph.network import Assumption
from menet_design.values import MAX_CHANNELS

WIDTH = 64
GROUPS = 4  # of the convolutions of pattern residual blocks, and of conv3
# Channels of the reconstructed head at that width. Of the multiples of 8, 712 alone makes sizes that are, rounded, both
# the paper's 5.2 MB (float32) and its 4.2 MB (pattern).
HEAD = 712


def _widths(_: Mapping[str, Any]) -> LegalValues:
    """Multiples of 16, since a module's second block has a quarter of its channels in groups, up to the widest head."""
    return LegalValues(range(4 * GROUPS, MAX_CHANNELS * WIDTH // HEAD + 1, 4 * GROUPS))


@dataclass(frozen=True, kw_only=True, repr=False)
class SEPNet(Design):
    """SEP-Net; SEP-Net-R, -B and -BQ are this network stored under the schemes float32, pattern and pattern+int8.

    `width`: channels of the first convolution and of module 1, with which all others grow; `head`: those of the
    reconstructed 1×1 convolution after module 4, by default 89/8 of the width.
    """

    family: ClassVar[str] = "sepnet"
    example: ClassVar[str] = "SEP-Net"
    _spellings: ClassVar[Spellings] = (
        re.compile(rf"(?:(?P<width>{NUMBER})-)?sep[-_]?net(?:-?(?:r|b|bq))?(?:-head(?P<head>{NUMBER}))?"),
        re.compile(rf"(?:(?P<width>{NUMBER})-)?sep-?net\(head=(?P<head>{NUMBER})\)"),
        re.compile(rf"sepnet(?:_w(?P<width>{NUMBER}))?(?:_h(?P<head>{NUMBER}))?"),
    )
    _halvings: ClassVar[int] = 3
    _legal: ClassVar[LegalRules] = {"width": _widths}
    _faults: ClassVar[Faults] = {
        "width": lambda it: f"width {it.width} is not legal: a quarter of it does not split into {GROUPS} groups"
    }

    width: int = WIDTH
    head: int = None  # type: ignore[assignment]  # the usual one, where none is given

    @property
    def name(self) -> str:
        return sized("SEP-Net", self.width, WIDTH) + ("" if self.head == self._usual["head"] else f"-head{self.head}")

    @property
    def heading(self) -> str:
        head = "" if self.head == self._usual["head"] else f" (head = {self.head})"
        return sized("SEP-Net", self.width, WIDTH) + head

    @property
    def identifier(self) -> str:
        width = "" if self.width == WIDTH else f"_w{self.width}"
        return f"sepnet{width}" + ("" if self.head == self._usual["head"] else f"_h{self.head}")

    @property
    def _usual(self) -> dict[str, int]:
        return {"head": self.width * HEAD // WIDTH}

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        head = "a 1×1 convolution to so many channels, then the classifier: the layers after module 4 are not published"
        another = 1024 if self.head == self._usual["head"] else self._usual["head"]
        return (
            Assumption("head", str(self.head), head, self._named_with(head=another)),
            Assumption("norms", "after each convolution or block sum", "and before each ReLU"),
        )

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        return {"width": int(parts.get("width", WIDTH)), "head": int(parts["head"]) if "head" in parts else None}


DESIGN = SEPNet

SEPNet.published = {
    SEPNet(): (
        PublishedFigure("SEP-Net-R", top1=65.8, megabytes=5.2, scheme="float32", of_reconstruction=True),
        PublishedFigure("SEP-Net-B", top1=63.7, megabytes=4.2, scheme="pattern", of_reconstruction=True),
        PublishedFigure("SEP-Net-BQ", top1=63.5, megabytes=1.3, scheme="pattern+int8", of_reconstruction=True),
    ),
}
