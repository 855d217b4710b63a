"""VGG for CIFAR, as everyone there means it: batch norm, and one fully connected layer in place of three.

Source: no paper; the networks of github.com/kuangliu/pytorch-cifar, whose convolutions keep their biases.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from menet_design.families.design import PublishedFigure
from menet_design.families.multipliers import MULTIPLIER
from menet_design.families.spelling import NUMBER, Spellings, sized
from menet_design.families.vgg import WIDTH, Layered
from menet_design.graph.network import Assumption

_VGG = rf"vgg(?:net)?[-_]?(?P<depth>{NUMBER})(?:[-_]?bn)?[-_]?cifar"


@dataclass(frozen=True, kw_only=True, repr=False)
class VGGNetCIFAR(Layered):
    """VGG-16 for CIFAR: VGG-16's convolutions, each with a bias and batch norm, and a classifier of one layer."""

    family: ClassVar[str] = "vgg-cifar"
    example: ClassVar[str] = "VGG-16-CIFAR"
    _spellings: ClassVar[Spellings] = (
        re.compile(rf"(?:(?P<width>{NUMBER})-)?{_VGG}(?:-?(?P<classes>100?))?"),
        re.compile(rf"{_VGG}_w(?P<multiplier>{MULTIPLIER})"),
    )
    _always: ClassVar[tuple[Assumption, ...]] = (
        Assumption("classifier", "one fully connected layer", "as in github.com/kuangliu/pytorch-cifar: in no paper"),
    )

    resolution: int = 32
    classes: int = 10

    @property
    def name(self) -> str:
        return sized(f"VGG-{self.depth}-CIFAR", self.width, WIDTH)

    @property
    def identifier(self) -> str:
        return f"vgg{self.depth}_cifar{self._multiplier}"

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        numbers = super()._said(parts)
        return numbers and numbers | ({"classes": int(parts["classes"])} if "classes" in parts else {})


DESIGN = VGGNetCIFAR

VGGNetCIFAR.published = {VGGNetCIFAR(): (PublishedFigure("pytorch-cifar"),)}
