"""VGG-11/13/16/19, with batch norm and without: their names, what is legal in them, and what the MENet paper prints.

Source: arXiv 1409.1556, configurations A, B, D and E of Table 1, which have no batch norm. Those with batch norm have
biases in their convolutions as well in torchvision and timm, none in pytorchcv's bn_vgg16.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from menet_design.errors import IllegalDesign
from menet_design.families.design import Design, PublishedFigure, sides
from menet_design.families.legal import LegalRules, multiples
from menet_design.families.multipliers import MULTIPLIER, abbreviated, width_said
from menet_design.families.spelling import NUMBER, TAG, Spellings, sized
from menet_design.graph.network import Assumption
from menet_design.values import MAX_CHANNELS, check_whole, is_whole, listed

# Output channels of the first convolutions in Table 1.
WIDTH = 64
DEPTHS = (11, 13, 16, 19)
# Whether there is batch norm after convolutions, beside their biases or in place of them, and what the name says of it.
NORMS = {"none": "", "batch": "-BN", "unbiased": "-BN-unbiased"}

_SIZED, _VGG = rf"(?:(?P<width>{NUMBER})-)?", rf"vgg(?:net)?[-_]?(?P<depth>{NUMBER})"
_MULTIPLIER = rf"(?:_w(?P<multiplier>{MULTIPLIER}))?"


@dataclass(frozen=True, kw_only=True, repr=False)
class Layered(Design):
    """A network of VGG's stages: 3×3 convolutions, each stage ended by a max pool.

    `depth`: convolutions and fully connected layers of the network in Table 1; `width`: output channels of the first
    stage; the next stages have 2, 4, 8 and 8 times as many.
    """

    _legal: ClassVar[LegalRules] = {"width": multiples(1)}  # nothing is divided

    width: int = WIDTH
    depth: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", check_whole("width", self.width, 1, MAX_CHANNELS))
        if not is_whole(self.depth) or self.depth not in DEPTHS:
            raise IllegalDesign(f"depth {self.depth!s:.20} is not one of VGG's", f"Known: {listed(DEPTHS)}", DEPTHS)

    @property
    def heading(self) -> str:
        return self.name

    @property
    def _multiplier(self) -> str:
        return "" if self.width == WIDTH else f"_w{abbreviated(Fraction(self.width, WIDTH))}"

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        depth = int(parts["depth"])
        return {"width": width_said(parts, WIDTH), "depth": depth} if depth in DEPTHS else None


@dataclass(frozen=True, kw_only=True, repr=False)
class VGGNet(Layered):
    """VGG-16: 13 convolutions in five stages and three fully connected layers (arXiv 1409.1556, Table 1, D).

    The hidden fully connected layers have 4096 features at any width. `norm`: "none", or "batch" norm after each
    convolution, which has a bias as well, or is "unbiased".
    """

    family: ClassVar[str] = "vgg"
    example: ClassVar[str] = "VGG-16"
    _spellings: ClassVar[Spellings] = (
        re.compile(rf"{_SIZED}{_VGG}(?:[-_]?(?P<bn>bn)(?P<unbiased>[-_]unbiased)?)?{TAG}"),
        re.compile(rf"{_VGG}(?:_(?P<bn>bn))?{_MULTIPLIER}"),
        re.compile(rf"(?P<owned>bn)[-_]{_VGG}(?P<biased>b)?{_MULTIPLIER}"),
    )

    norm: str = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.norm not in NORMS:
            raise IllegalDesign(f"norm {self.norm!r:.20} is not known", f"Known: {listed(NORMS)}", NORMS)

    @property
    def name(self) -> str:
        return sized(f"VGG-{self.depth}", self.width, WIDTH) + NORMS[self.norm]

    @property
    def identifier(self) -> str:
        named = {"none": "vgg{}", "batch": "vgg{}_bn", "unbiased": "bn_vgg{}"}[self.norm]
        return named.format(self.depth) + self._multiplier

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        biases = {"batch": ("with", "torchvision and timm", "unbiased"), "unbiased": ("without", "pytorchcv", "batch")}
        assumed: list[Assumption] = []
        if self.norm in biases:
            answer, whose, other = biases[self.norm]
            instead = self._named_with(norm=other)
            assumed = [Assumption("convolutions", f"{answer} biases", f"beside batch norm, as in {whose}", instead)]
        if self.also:
            remark = "as for ImageNet: those for CIFAR have one, and batch norm"
            others = tuple(other.name for other in self.also)
            assumed += [Assumption("classifier", "three fully connected layers", remark, others)]
        return tuple(assumed)

    @property
    def also(self) -> tuple[Design, ...]:
        """On images as small as CIFAR's, what everyone there means by the name."""
        if max(sides(self.resolution)) > CIFAR:
            return ()
        from menet_design.families.vgg_cifar import VGGNetCIFAR

        given = {} if self.classes == type(self).classes else {"classes": self.classes}
        return (VGGNetCIFAR(width=self.width, depth=self.depth, **given),)

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        numbers = super()._said(parts)
        is_unbiased = "unbiased" in parts or ("owned" in parts and "biased" not in parts)
        norm = "unbiased" if is_unbiased else "batch" if parts.keys() & {"bn", "owned"} else "none"
        return numbers and numbers | {"norm": norm}


CIFAR = 32  # the sides of its images

DESIGN = VGGNet

# The printed MFLOPs are those of the convolutions alone, cut to hundreds.
VGGNet.published = {VGGNet(): (PublishedFigure("Table II", 15300, 71.5, 89.8),)}
