"""The families of networks: how each is written, what is legal in it, what has been published of it.

One file a family; a family is imported only when it is named. Importing the package imports none.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module

from menet_design.families.design import Design, PublishedFigure
from menet_design.values import check_known

# Each family and the word that occurs, whatever separates its parts, in the name of each of its networks.
FAMILIES = {
    "menet": "menet",
    "shufflenet": "shufflenet",
    "mobilenet-v2": "mobilenetv2",
    "fd-mobilenet": "fdmobilenet",
    "mobilenet": "mobilenet",
    "vgg": "vgg",
    "vgg-cifar": "vgg",
    "googlenet": "googlenet",
    "resnet15": "resnet15",
    "xception15": "xception15",
    "resnext15": "next15",  # Table II of the MENet paper misprints it as RexNeXt-15
    "effnet": "effnet",
    "effnet-baseline": "baseline",
    "effnet-mobilenet": "mobilenet",
    "effnet-shufflenet": "shufflenet",
    "resnet-cifar": "resnet",
    "sepnet": "sepnet",
}


def family(name: str) -> type[Design]:
    """The design type of a family, with hyphens or without. Raises DesignError unless it is one of FAMILIES."""
    known = name if name in FAMILIES else {_bare(each): each for each in FAMILIES}.get(_bare(str(name)), name)
    check_known("family", known, tuple(FAMILIES))
    found: type[Design] = import_module(f"menet_design.families.{module(known)}").DESIGN
    return found


def module(name: str) -> str:
    """The name of a family's modules, here and wherever else there is one file a family."""
    return name.replace("-", "_")


def published() -> Iterator[tuple[Design, tuple[PublishedFigure, ...]]]:
    """Every published design of every family, with what the sources print of it."""
    for name in FAMILIES:
        yield from family(name).published.items()


def named_in(text: str) -> Iterator[type[Design]]:
    """The families whose word occurs in a network's name: no other need be imported to read it."""
    bare = _bare(text)
    return (family(name) for name, word in FAMILIES.items() if word in bare)


def _bare(name: str) -> str:
    """A name without what separates its parts: ResNet-15 as resnet15."""
    return name.lower().replace("-", "").replace("_", "")


def figures(design: Design) -> tuple[PublishedFigure, ...]:
    """What the sources print of this very design, stem, resolution and classes included."""
    return type(design).published.get(design, ())


def other_units(designs: Iterable[Design]) -> list[str]:
    """Of designs whose own paper counts more than one FLOP a multiply-add: that it does."""
    units = {
        design.name: figure.flops_per_mac
        for design in designs
        for figures in type(design).published.values()
        for figure in figures
        if figure.flops_per_mac > 1
    }
    hints = {2: ", as --convention torch does"}
    return [f"{name}: its own paper counts {n} FLOPs a multiply-add{hints.get(n, '')}" for name, n in units.items()]
