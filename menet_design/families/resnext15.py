"""ResNeXt-15: Table I's layout with ResNeXt's bottlenecks, and the two networks of the paper's Table II.

Sources: arXiv 1803.09127, Section IV-A, which misprints it as "RexNeXt-15"; arXiv 1707.01083, Section 4.1
(cardinality 16, bottlenecks of a half, 192 channels in stage 4 at 38 MFLOPs). How the units downsample, how 24
channels split into 16 groups, and the width at 140 MFLOPs, no source says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd, lcm
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import PublishedFigure
from menet_design.families.legal import LegalRules, LegalValues, multiples_above
from menet_design.families.table_one import Bottlenecked, room
from menet_design.graph.network import Assumption
from menet_design.values import MAX_CHANNELS, check_whole


def _widths(numbers: Mapping[str, Any]) -> LegalValues:
    """Multiples of the cardinality: stage 3 splits into as many groups, stage 2 into as many or half of them.

    With half of them it costs more, so that cost grows along every second width alone.
    """
    cardinality = numbers["cardinality"]
    legal = multiples_above(room(numbers), lcm(2, cardinality))
    return legal._replace(interleaved=2 if cardinality % 2 == 0 else 1)


@dataclass(frozen=True, kw_only=True, repr=False)
class ResNeXt15(Bottlenecked):
    """w-ResNeXt-15: bottlenecks of a half, 3×3 in groups; `downsampling` by "concat" or "projection".

    `cardinality`: groups of the 3×3 convolutions. Those of stage 2, `stage2_groups`, follow from it: the greatest
    common divisor with the bottleneck, which is the cardinality or half of it.
    """

    family: ClassVar[str] = "resnext15"
    example: ClassVar[str] = "96-ResNeXt-15"
    label: ClassVar[str] = "ResNeXt-15"
    spelled: ClassVar[str] = "re[sx]next[-_]?15"
    printed_width: ClassVar[int] = 96
    _legal: ClassVar[LegalRules] = {"width": _widths}
    derived: ClassVar[tuple[str, ...]] = ("stage2_groups",)

    downsampling: str = "concat"
    cardinality: int = 16
    stage2_groups: int | None = None

    def __post_init__(self) -> None:
        self._keep("cardinality", check_whole("cardinality", self.cardinality, 1, MAX_CHANNELS))
        super().__post_init__()
        split = gcd(self.cardinality, self.width // 2)
        if self.stage2_groups not in (None, split):
            cause = f"stage 2 of {self.name} has not {self.stage2_groups!s:.20} groups"
            raise IllegalDesign(cause, f"It has {split}", (split,))
        self._keep("stage2_groups", split)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        if self.stage2_groups == self.cardinality:
            return super().assumptions
        remark = f"where {self.width // 2} channels do not split into {self.cardinality} groups"
        return (*super().assumptions, Assumption("groups of stage 2", str(self.stage2_groups), remark))


DESIGN = ResNeXt15

ResNeXt15.published = {
    ResNeXt15(width=96, stem=24): (PublishedFigure("Table II", 140, 65.7),),
    ResNeXt15(width=48, stem=12): (PublishedFigure("Table II", 38, 53.7),),
}
