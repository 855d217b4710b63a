"""ResNet-20/32/44/56 for CIFAR-10: their names, shortcuts, what is legal in them, and what SEP-Net's paper figures.

Source: arXiv 1512.03385, Section 4.2. "SEP-Nets", arXiv 1706.03912, binarizes these networks; the ResNet-20 that
its authors released (github.com/zli79/SEP-Nets) has 3×3 convolutions on the shortcuts, which He et al. have not. Its
convolutions also have biases, which the batch norms after them cancel; here they have none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Design, PublishedFigure
from menet_design.families.legal import LegalRules, multiples
from menet_design.families.spelling import NUMBER, Spellings, sized
from menet_design.graph.network import Assumption
from menet_design.values import MAX_CHANNELS, check_whole, is_nan, is_whole, listed

WIDTH = 16
IMAGENET = (50, 152)  # ResNet-50 and ResNet-152 are names of networks of bottlenecks
DEPTHS = tuple(depth for depth in range(8, 1203, 6) if depth not in IMAGENET)  # He et al.'s deepest has 1202 layers
# How a shortcut halves the map and doubles the channels, and what the name says of it. Letters are He et al.'s options.
SHORTCUTS = {"3x3": "", "A": "-A", "B": "-B"}


@dataclass(frozen=True, kw_only=True)
class ResNetCIFAR(Design):
    """ResNet-(6n + 2): a 3×3 convolution, three stages of n basic blocks, and a classifier.

    `depth` 6n + 2 counts the convolutions outside of shortcuts and the fully connected layer; `width`: channels of
    the first stage, doubled by the second and the third; `shortcut`: how the shortcuts between stages are made, by
    "3x3" convolutions with stride 2, by option "A", subsampling and zero channels, or by option "B", 1×1 convolutions.
    """

    family: ClassVar[str] = "resnet-cifar"
    example: ClassVar[str] = "ResNet-20"
    spellings: ClassVar[Spellings] = (
        re.compile(rf"(?:(?P<width>{NUMBER})-)?resnet-?(?P<depth>{NUMBER})(?:[-_]?(?P<letter>[ab]))?"),
        re.compile(rf"(?:(?P<width>{NUMBER})-)?resnet-?(?P<depth>{NUMBER})\(option(?P<letter>[ab])\)"),
        re.compile(rf"resnet(?P<depth>{NUMBER})(?:_(?P<letter>[ab]))?_w(?P<width>{NUMBER})"),
        re.compile(rf"resnet(?P<depth>{NUMBER})(?P<pytorchcv>_cifar10)"),
    )
    halvings: ClassVar[int] = 2
    legal: ClassVar[LegalRules] = {"width": multiples(1)}  # nothing is divided

    width: int = WIDTH
    depth: int = 20
    shortcut: str = "3x3"
    resolution: int = 32
    classes: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", check_whole("width", self.width, 1, MAX_CHANNELS))
        self._keep("depth", _check_depth(self.depth))
        if self.shortcut not in SHORTCUTS:
            known = tuple(SHORTCUTS)
            raise IllegalDesign(f"shortcut {self.shortcut!r:.20} is not known", f"Known: {listed(known)}", known)

    @property
    def name(self) -> str:
        return sized(f"ResNet-{self.depth}", self.width, WIDTH) + SHORTCUTS[self.shortcut]

    @property
    def title(self) -> str:
        option = "" if self.shortcut == "3x3" else f" (option {self.shortcut})"
        return sized(f"ResNet-{self.depth}", self.width, WIDTH) + option

    @property
    def identifier(self) -> str:
        if (self.width, self.shortcut) == (WIDTH, "B"):
            return f"resnet{self.depth}_cifar10"
        letter = SHORTCUTS[self.shortcut].lower().replace("-", "_")
        return f"resnet{self.depth}{letter}" + ("" if self.width == WIDTH else f"_w{self.width}")

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        others = tuple(self.but(shortcut=other).name for other in SHORTCUTS if other != self.shortcut)
        whose = "convolutions, as in the ResNet-20 that SEP-Net's authors released"
        assumed = {"A": ("A", "subsampled, with zero channels behind the others"), "3x3": ("3×3", whose)}
        return (Assumption("shortcuts", *assumed[self.shortcut], others),) if self.shortcut in assumed else ()

    @classmethod
    def said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        depth, width = int(parts["depth"]), int(parts.get("width", WIDTH))
        letter = "b" if "pytorchcv" in parts else parts.get("letter")
        numbers = {"depth": depth, "width": width, "shortcut": letter.upper() if letter else None}
        return numbers if depth in DEPTHS else None


DESIGN = ResNetCIFAR


def _check_depth(depth: Any) -> int:
    if is_whole(depth) and depth in DEPTHS:
        return int(depth)
    number: Any = depth if isinstance(depth, Real) and not is_nan(depth) else DEPTHS[0]
    below, above = [each for each in DEPTHS if each <= number], [each for each in DEPTHS if each >= number]
    nearest = tuple(dict.fromkeys((*below[-1:], *above[:1])))
    cause = "is that of another network" if depth in IMAGENET else f"is not 6n + 2, up to {DEPTHS[-1]}"
    raise IllegalDesign(f"depth {depth!s:.20} {cause}", f"Nearest legal depths: {listed(nearest)}", nearest)


def _figures(full: float, binarized: float, tuned: float) -> tuple[PublishedFigure, ...]:
    """What SEP-Net's paper prints: in floating point, with binarized residual branches, and these fine-tuned."""
    return (
        PublishedFigure("SEP-Net", top1=full, dataset="CIFAR-10"),
        PublishedFigure("SEP-Net, binarized", top1=binarized, dataset="CIFAR-10"),
        PublishedFigure("SEP-Net, fine-tuned", top1=tuned, dataset="CIFAR-10"),
    )


ResNetCIFAR.published = {
    ResNetCIFAR(depth=20): _figures(91.18, 15.46, 86.49),
    ResNetCIFAR(depth=32): _figures(92.76, 26.34, 90.21),
    ResNetCIFAR(depth=44): _figures(92.83, 48.25, 91.45),
    ResNetCIFAR(depth=56): _figures(93.75, 53.82, 93.02),
}
