"""What the networks of the EffNet paper have in common: how they are written, and the data sets that it measures on.

Source: arXiv 1801.06434. Three stages of w, 2w and 4w channels on images of 32×32 pixels, and a fully connected
layer. FLOPs in that paper are 2 a multiply-add.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from menet_design.families.design import Design, Faults, PublishedFigure
from menet_design.families.legal import LegalRules, multiples
from menet_design.families.spelling import NUMBER, Spellings, parts
from menet_design.graph.network import Assumption

# Channels of the first stage, and classes.
FIRST = "CIFAR-10"  # which the paper's networks are described for: a name alone means it
DATASETS = {"CIFAR-10": (64, 10), "SVHN": (12, 10), "GTSRB": (8, 43)}

# What no source documents of more than one network.
SLOPE = Assumption("slope", "0.01", "that of leaky ReLUs, which changes no count")
WINDOWS = Assumption("windows", "padded by 1", "those of 3×3 convolutions; max pools are 2×2")
ACTIVATIONS = Assumption("activations", "leaky ReLU, then batch norm", "after each convolution as in EffNet")

_NAMES = {name.lower().replace("-", ""): name for name in DATASETS}
_ANY = "cifar-?10|svhn|gtsrb"


@dataclass(frozen=True, kw_only=True, repr=False)
class EffNetPaper(Design):
    """A network of the EffNet paper, named by its width, "20-EffNet", or by a data set, "EffNet-CIFAR-10".

    `width` w: output channels of the first stage, doubled by the second and by the third; `called`: the name without
    numbers, "EffNet-MobileNet".
    """

    called: ClassVar[str]
    _halvings: ClassVar[int] = 3
    _legal: ClassVar[LegalRules] = {"width": multiples(1)}
    _faults: ClassVar[Faults] = {"width": lambda it: f"width {it.width} is not legal"}

    width: int
    resolution: int = 32
    classes: int = 10

    @property
    def name(self) -> str:
        return f"{self.called}-{self.dataset}" if self.dataset else f"{self.width}-{self.called}"

    @property
    def heading(self) -> str:
        of, size = self.called.replace("-", "'s "), self.dataset or f"w = {self.width}"
        return f"{of} ({size})"

    @property
    def identifier(self) -> str:
        size = self.dataset.lower().replace("-", "") if self.dataset else f"w{self.width}"
        return f"{self.called.lower().replace('-', '_')}_{size}"

    @property
    def unnamed(self) -> tuple[str, ...]:
        return ("resolution", *self.optional) if self.dataset else ("resolution", "classes", *self.optional)

    @property
    def dataset(self) -> str | None:
        """The data set for which the paper has a network of this width and so many classes."""
        return next((name for name, numbers in DATASETS.items() if numbers == (self.width, self.classes)), None)

    @classmethod
    def _read(cls, text: str) -> dict[str, Any] | None:
        said = parts(text, _spellings(cls.called.lower()))
        if said is None:
            return None
        if "dataset" not in said and "width" in said:
            return {"width": int(said["width"])}
        dataset = _NAMES[said["dataset"].replace("-", "")] if "dataset" in said else FIRST
        width, classes = DATASETS[dataset]
        return {"width": int(said.get("width", width)), "classes": classes}


@cache
def _spellings(called: str) -> Spellings:
    """Names by width, "20-effnet-mobilenet", by data set, which need not say whose network it is, and bare ones."""
    whose, _, network = called.partition("-")
    mark = "(?:['’]s)?[-_]?" if network else ""
    name = f"{whose}{mark}{network}"
    width, dataset = f"(?P<width>{NUMBER})", f"(?P<dataset>{_ANY})"
    measured = rf"(?:{width}-?)?(?:{name}|{network or whose})"
    patterns = (
        rf"{width}-?{name}",
        rf"{name}[-_]w?{width}",
        rf"{name}\(w={width}\)",
        rf"{measured}[-_]?{dataset}",
        rf"{measured}\({dataset}\)",
        name,
    )
    return tuple(map(re.compile, patterns))


def quoted(dataset: str, top1: float, mflops: float | None = None) -> tuple[PublishedFigure, ...]:
    """What the paper prints of a network on a data set: accuracy in percent, millions of FLOPs."""
    return (PublishedFigure(dataset, mflops, top1, dataset=dataset, flops_per_mac=2),)
