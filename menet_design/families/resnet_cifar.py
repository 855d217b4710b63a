"""ResNets for CIFAR: their names, units and shortcuts, what is legal in them, and what SEP-Net's paper figures.

Sources: arXiv 1512.03385, Section 4.2, whose networks have basic blocks and shortcuts without parameters (option A);
arXiv 1603.05027, which makes ResNet-164 and ResNet-1001 of bottlenecks, and puts norms and ReLUs before convolutions;
pytorchcv, which has 1×1 convolutions on all shortcuts that change the map. "SEP-Nets", arXiv 1706.03912, binarizes
ResNet-20/32/44/56; the ResNet-20 that its authors released (github.com/zli79/SEP-Nets) has 3×3 convolutions there,
which He et al. have not. Its convolutions also have biases, which the batch norms after them cancel; here they have
none.
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
IMAGENET = (50, 101, 152, 200)  # depths of well-known networks for ImageNet
# Depths by unit: as many units in each of three stages, of 2 or 3 layers each, and 2 layers around them.
DEPTHS = {
    unit: tuple(depth for depth in range(2 + 3 * layers, 1203, 3 * layers) if depth not in IMAGENET)
    for unit, layers in {"basic": 2, "bottleneck": 3}.items()
}  # He et al.'s deepest has 1202 layers
ALL_DEPTHS = tuple(sorted({depth for depths in DEPTHS.values() for depth in depths}))
HOMONYMS = (14, 26)  # depths of networks for ImageNet in timm and pytorchcv: "resnet26", where ours is "ResNet-26"
# Of the depths that both units make, those that the literature makes of bottlenecks.
BOTTLENECK_DEPTHS = (164, 272, 542)
# How a shortcut changes the map; letters are He et al.'s options. The first is that of basic blocks.
SHORTCUTS = ("A", "B", "3x3")
USUAL_SHORTCUTS = {"basic": "A", "bottleneck": "B"}
ORDERS = {"post": "", "pre": "Pre"}

_WIDTH, _PRE, _DEPTH = rf"(?:(?P<width>{NUMBER})-)?", "(?P<pre>pre(?:act)?-?)?", rf"resnet-?(?P<depth>{NUMBER})"
_UNIT, _SHORTCUT = "(?P<unit>basic|bottleneck|bn)", "(?P<shortcut>a|b|3x3)"
_DATASET = "_(?:(?:cifar|cifar-)(?P<classes>100?)|(?P<svhn>svhn))"


@dataclass(frozen=True, kw_only=True, repr=False)
class ResNetCIFAR(Design):
    """ResNet-(6n + 2) of basic blocks, or ResNet-(9n + 2) of bottlenecks: a 3×3 convolution, 3n units, a classifier.

    `depth` counts the convolutions outside of shortcuts and the fully connected layer; `width`: channels of the first
    convolution and inside the units of the first stage, doubled by the second and the third, of which a bottleneck
    makes four times as many; `unit`: "basic" or "bottleneck", by default the one that the literature has at this depth;
    `order`: norm and ReLU after convolutions, "post", or before, "pre"; `shortcut`: how shortcuts change the map, by
    option "A", subsampling and zero channels, by option "B", 1×1 convolutions, or by "3x3" ones.
    """

    family: ClassVar[str] = "resnet-cifar"
    example: ClassVar[str] = "ResNet-20"
    _spellings: ClassVar[Spellings] = (
        re.compile(rf"{_WIDTH}{_PRE}{_DEPTH}(?:[-_]?{_UNIT})?(?:[-_]?{_SHORTCUT})?"),
        re.compile(rf"{_WIDTH}{_PRE}{_DEPTH}\({_UNIT}?,?(?:(?:option)?{_SHORTCUT})?\)"),
        re.compile(rf"{_PRE}{_DEPTH}(?:_?{_UNIT})?(?:_{_SHORTCUT})?_w(?P<width>{NUMBER})"),
        re.compile(rf"{_PRE}{_DEPTH}(?P<unit>bn)?{_DATASET}"),
    )
    _halvings: ClassVar[int] = 2
    _legal: ClassVar[LegalRules] = {"width": multiples(1)}  # nothing is divided

    width: int = WIDTH
    depth: int = 20
    unit: str | None = None
    order: str = "post"
    shortcut: str | None = None
    resolution: int = 32
    classes: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self._keep("width", check_whole("width", self.width, 1, MAX_CHANNELS))
        self._keep("depth", _check_depth(self.depth, DEPTHS.get(str(self.unit), ALL_DEPTHS)))
        for field, value in self._resolve(vars(self)).items():
            self._keep(field, value)
        for field, known in {"unit": tuple(DEPTHS), "order": tuple(ORDERS), "shortcut": SHORTCUTS}.items():
            value = getattr(self, field)
            if value not in known:
                raise IllegalDesign(f"{field} {value!r:.20} is not known", f"Known: {listed(known)}", known)

    @property
    def name(self) -> str:
        return "-".join((self._sized, *self._marks))

    @property
    def heading(self) -> str:
        marks = ", ".join(f"option {mark}" if mark in ("A", "B") else mark.replace("x", "×") for mark in self._marks)
        return self._sized + (f" ({marks})" if marks else "")

    @property
    def identifier(self) -> str:
        network = f"{ORDERS[self.order].lower()}resnet{self.depth}"
        if (self.width, self.shortcut) == (WIDTH, "B") and self.classes in (10, 100) and not self._is_unusual:
            return f"{network}{'bn' * (self.depth in BOTTLENECK_DEPTHS)}_cifar{self.classes}"
        width = [] if self.width == WIDTH else [f"w{self.width}"]
        marks = [str(self.shortcut)] if self._is_homonym else self._marks
        return "_".join((network, *marks, *width)).lower()

    @property
    def _sized(self) -> str:
        return sized(f"{ORDERS[self.order]}ResNet-{self.depth}", self.width, WIDTH)

    @property
    def _is_unusual(self) -> bool:
        """Whether the units are not those that the literature has at this depth."""
        return self.unit != usual_unit(self.depth)

    @property
    def _marks(self) -> list[str]:
        """What the name says beside width and depth: units and shortcuts that are not the usual ones."""
        unit, shortcut = str(self.unit), str(self.shortcut)
        return [unit] * self._is_unusual + [shortcut] * (shortcut != USUAL_SHORTCUTS[unit])

    @property
    def _is_homonym(self) -> bool:
        return self.depth in HOMONYMS and not self._marks

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        return (*self._assumed_units, *self._assumed_order, *self._assumed_shortcuts)

    @property
    def _assumed_units(self) -> tuple[Assumption, ...]:
        others = [unit for unit in DEPTHS if unit != self.unit and self.depth in DEPTHS[unit]]
        instead = sum((self._named_with(unit=unit, shortcut=None) for unit in others), ())
        whose = "as the literature has them at this depth" if not self._is_unusual else "unlike the literature's"
        return (Assumption("units", str(self.unit), whose, instead),) if others else ()

    @property
    def _assumed_order(self) -> tuple[Assumption, ...]:
        if self.unit == "basic" and self.order == "post":
            return ()
        remark = "norm and ReLU {} convolutions: arXiv 1603.05027 compares both"
        where, other = ("after", "pre") if self.order == "post" else ("before", "post")
        return (Assumption("order", self.order, remark.format(where), self._named_with(order=other)),)

    @property
    def _assumed_shortcuts(self) -> tuple[Assumption, ...]:
        others = sum((self._named_with(shortcut=other) for other in SHORTCUTS if other != self.shortcut), ())
        return (Assumption("shortcuts", *_SHORTCUTS_SAID[str(self.shortcut)], others),)

    @classmethod
    def _read(cls, text: str) -> dict[str, Any] | None:
        is_elsewhere = text.removeprefix("pre") in [f"resnet{depth}" for depth in HOMONYMS]
        return None if is_elsewhere else super()._read(text)

    @classmethod
    def _said(cls, parts: Mapping[str, str]) -> dict[str, Any] | None:
        depth, unit = int(parts["depth"]), parts.get("unit")
        unit = "bottleneck" if unit == "bn" else unit
        if depth not in DEPTHS.get(str(unit), ALL_DEPTHS):
            return None
        is_collected = "classes" in parts or "svhn" in parts
        shortcut = "B" if is_collected else parts.get("shortcut", "").replace("a", "A").replace("b", "B") or None
        numbers = {"depth": depth, "width": int(parts.get("width", WIDTH)), "unit": unit, "shortcut": shortcut}
        classes = {"classes": int(parts.get("classes", 10))} if is_collected else {}
        return numbers | {"order": "pre" if "pre" in parts else "post"} | classes

    @classmethod
    def _resolve(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
        unit = numbers.get("unit") or usual_unit(numbers.get("depth") or cls.depth)
        shortcut = numbers.get("shortcut") or USUAL_SHORTCUTS.get(unit)
        return {**numbers, "unit": unit, "shortcut": shortcut}


DESIGN = ResNetCIFAR

_SHORTCUTS_SAID = {
    "A": ("A", "without parameters, as He et al. have them: subsampled, with zero channels behind the others"),
    "B": ("B", "1×1 convolutions where they change the map, as in pytorchcv"),
    "3x3": ("3×3", "convolutions, as in the ResNet-20 that SEP-Net's authors released"),
}


def usual_unit(depth: int) -> str:
    """The unit that the literature has at a depth: bottlenecks where no other make it, or where it says so."""
    return "bottleneck" if depth in BOTTLENECK_DEPTHS or depth not in DEPTHS["basic"] else "basic"


def _check_depth(depth: Any, legal: tuple[int, ...]) -> int:
    if is_whole(depth) and depth in legal:
        return int(depth)
    number: Any = depth if isinstance(depth, Real) and not is_nan(depth) else legal[0]
    below, above = [each for each in legal if each <= number], [each for each in legal if each >= number]
    nearest = tuple(dict.fromkeys((*below[-1:], *above[:1])))
    forms = "6n + 2" if legal == DEPTHS["basic"] else "9n + 2" if legal == DEPTHS["bottleneck"] else "6n + 2 or 9n + 2"
    cause = "is that of another network" if depth in IMAGENET else f"is not {forms}, up to {legal[-1]}"
    raise IllegalDesign(f"depth {depth!s:.20} {cause}", f"Nearest legal depths: {listed(nearest)}", nearest)


def _figures(full: float, binarized: float, tuned: float) -> tuple[PublishedFigure, ...]:
    """What SEP-Net's paper prints: in floating point, with binarized residual branches, and these fine-tuned."""
    return (
        PublishedFigure("SEP-Net", top1=full, dataset="CIFAR-10"),
        PublishedFigure("SEP-Net, binarized", top1=binarized, dataset="CIFAR-10"),
        PublishedFigure("SEP-Net, fine-tuned", top1=tuned, dataset="CIFAR-10"),
    )


ResNetCIFAR.published = {
    ResNetCIFAR(depth=20, shortcut="3x3"): _figures(91.18, 15.46, 86.49),
    ResNetCIFAR(depth=32, shortcut="3x3"): _figures(92.76, 26.34, 90.21),
    ResNetCIFAR(depth=44, shortcut="3x3"): _figures(92.83, 48.25, 91.45),
    ResNetCIFAR(depth=56, shortcut="3x3"): _figures(93.75, 53.82, 93.02),
}
