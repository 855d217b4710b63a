"""Xception-15: Table I's layout with Xception-like units, and the two networks of the paper's Table II.

Sources: arXiv 1803.09127, Section IV-A; arXiv 1707.01083, Section 4.1 (the unit is ShuffleNet's with one group).
"""

from dataclasses import dataclass
from typing import ClassVar

from menet_design.families.design import PublishedFigure
from menet_design.families.table_one import TableOne


@dataclass(frozen=True, kw_only=True, repr=False)
class Xception15(TableOne):
    """w-Xception-15: bottlenecks of a quarter, depthwise 3×3; widths 144 and 72 are documented."""

    family: ClassVar[str] = "xception15"
    example: ClassVar[str] = "144-Xception-15"
    label: ClassVar[str] = "Xception-15"
    spelled: ClassVar[str] = "xception[-_]?15"
    printed_width: ClassVar[int] = 144


DESIGN = Xception15

Xception15.published = {
    Xception15(width=144, stem=24): (PublishedFigure("Table II", 140, 64.9),),
    Xception15(width=72, stem=12): (PublishedFigure("Table II", 38, 53.9),),
}
