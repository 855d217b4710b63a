"""What ResNet-15, Xception-15 and ResNeXt-15 share: Table I's layout with another unit, named by width and unit.

Source: "Merging and Evolution", arXiv 1803.09127, Section IV-A, and the ShuffleNet paper, arXiv 1707.01083,
Section 4.1, from which it takes the units and the accuracies. The papers print one name for two sizes; here the
width stands before it, and the printed name alone is the network of the 140 MFLOPs row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Faults
from menet_design.families.legal import LegalRules, LegalValues, multiples_above
from menet_design.families.spelling import NUMBER, Spellings, one, parts
from menet_design.families.staged import SmallImages
from menet_design.graph.network import Assumption
from menet_design.values import MAX_CHANNELS, check_whole, given

DOWNSAMPLINGS = ("projection", "concat")
TABLE_I_STEM = 24

_HOW = "|".join(DOWNSAMPLINGS)

# How name, title and identifier carry a number that is not the default.
_MARKS = {"downsampling": ("-{}", "{}", "_{}"), "cardinality": ("/{}", "g = {}", "_g{}")}


def room(numbers: Mapping[str, Any]) -> int:
    """The channels that the first unit's output needs for its pooled input; Xception's units always append it."""
    return int(numbers["stem"]) if numbers.get("downsampling", "concat") == "concat" else 0


def _widths(numbers: Mapping[str, Any]) -> LegalValues:
    """Multiples of 4: the bottleneck is a quarter."""
    return multiples_above(room(numbers), 4)


def _width_fault(design: "TableOne") -> str:
    step = design.legal_values("width", vars(design)).indices.step
    larger = f", larger than the stem of {design.stem}" if room(vars(design)) else ""
    return f"width {design.width} is not legal: it has to be a multiple of {step}{larger}"


@dataclass(frozen=True, kw_only=True, repr=False)
class TableOne(SmallImages):
    """Table I with another unit: `width` output channels in stage 2, doubled by stages 3 and 4.

    `label` is the name that the papers print, `spelled` a pattern of its spellings and `printed_width` the width
    of the 140 MFLOPs row.
    """

    _spared: ClassVar[int] = 2
    label: ClassVar[str]
    spelled: ClassVar[str]
    printed_width: ClassVar[int]
    _legal: ClassVar[LegalRules] = {"width": _widths}
    _faults: ClassVar[Faults] = {"width": _width_fault}

    width: int
    stem: int

    def __post_init__(self) -> None:
        self._keep("stem", check_whole("stem", self.stem, 1, MAX_CHANNELS))
        super().__post_init__()

    @property
    def name(self) -> str:
        return f"{self.width}-{self.label}{''.join(self._marks(0))}"

    @property
    def heading(self) -> str:
        marks = ", ".join(self._marks(1))
        return f"{self.width}-{self.label}" + (f" ({marks})" if marks else "")

    @property
    def identifier(self) -> str:
        return f"{self.family}_w{self.width}{''.join(self._marks(2))}"

    def _marks(self, form: int) -> list[str]:
        """What the name says beside width and unit: the numbers that are not the defaults."""
        usual, numbers = self.defaults(), self.numbers()
        unusual = (key for key in _MARKS if self.has(key) and numbers[key] != usual[key])
        return [_MARKS[key][form].format(numbers[key]) for key in unusual]

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        blocks = Assumption("blocks", "16", "as in the paper's Table I, though its footnote says 15")
        if self.stem == TABLE_I_STEM:
            return (blocks,)
        printed = (f"--stem {TABLE_I_STEM}",) if self._named_with(stem=TABLE_I_STEM) else ()
        return blocks, Assumption("stem", str(self.stem), f"where Table I has {TABLE_I_STEM}", printed)

    @classmethod
    def _read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _spellings(cls.spelled))
        if said is None:
            return None
        numbers = {
            "width": int(said["width"]) if "width" in said else None,
            "downsampling": one(text, "downsampling", {said[key] for key in ("dash", "only", "also") if key in said}),
            "cardinality": one(text, "groups", {said[key] for key in ("slash", "given") if key in said}),
        }
        known = {key: value for key, value in numbers.items() if cls.has(key)}
        if any(value for key, value in numbers.items() if key not in known):
            return None
        return {key: int(value) if key == "cardinality" and value else value for key, value in known.items()}

    @classmethod
    def _resolve(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
        return {"width": cls.printed_width} | given(numbers)


@dataclass(frozen=True, kw_only=True, repr=False)
class Bottlenecked(TableOne):
    """Units of which no source says how they downsample, nor how wide they are at 140 MFLOPs.

    `downsampling`: the first unit of a stage adds a 1×1 "projection" of its input or, as ShuffleNet's does,
    appends its average pool, "concat"; in both the 3×3 convolution has the stride.
    """

    downsampling: str = "projection"

    def __post_init__(self) -> None:
        if self.downsampling not in DOWNSAMPLINGS:
            cause = f"downsampling {self.downsampling!r:.20} is neither {' nor '.join(DOWNSAMPLINGS)}"
            usual = self.defaults()["downsampling"]
            raise IllegalDesign(cause, f"Use {usual}, the default", (usual,))
        super().__post_init__()

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        joins = {"projection": "add a 1×1 projection", "concat": "append an average pool"}
        others = (self._named_with(downsampling=other) for other in joins if other != self.downsampling)
        remark = f"units with /2 {joins[self.downsampling]} and stride in the 3×3"
        downsampling = Assumption("downsampling", self.downsampling, remark, sum(others, ()))
        width = Assumption("width", str(self.width), "the nearest to the 140 MFLOPs of Table II")
        is_printed = self in type(self).published and self.width == self.printed_width
        return (*super().assumptions, downsampling, *([width] if is_printed else []))


@cache
def _spellings(label: str) -> Spellings:
    """Names as the papers would write them, "48-resnext-15-concat/8" or "…(concat,g=8)", and identifiers."""
    marks = rf"(?:-(?P<dash>{_HOW}))?(?:/g?(?P<slash>{NUMBER}))?"
    bracket = rf"(?:\((?:(?P<only>{_HOW})|(?:(?P<also>{_HOW}),)?g=(?P<given>{NUMBER}))\))?"
    return (
        re.compile(rf"(?:(?P<width>{NUMBER})-?)?{label}{marks}{bracket}"),
        re.compile(rf"{label}_w(?P<width>{NUMBER})(?:_(?P<dash>{_HOW}))?(?:_g(?P<slash>{NUMBER}))?"),
    )
