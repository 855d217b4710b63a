"""The families of networks: how each is written, what is legal in it, what has been published of it.

One file a family; a family is imported only when it is named. Importing the package imports none.
"""

from collections.abc import Iterator
from importlib import import_module

from menet_design.design import Design, Quote, check_known

FAMILIES = ("menet", "shufflenet")


def family(name: str) -> type[Design]:
    """The design type of a family. Raises DesignError unless it is one of FAMILIES."""
    check_known("family", name, FAMILIES)
    found: type[Design] = import_module(f"menet_design.zoo.{name}").DESIGN
    return found


def published() -> Iterator[tuple[Design, tuple[Quote, ...]]]:
    """Every published design of every family, with what the sources print of it."""
    for name in FAMILIES:
        yield from family(name).published.items()


def named_in(text: str) -> Iterator[type[Design]]:
    """The families whose name occurs in a network's name: no other need be imported to read it."""
    return (family(name) for name in FAMILIES if name in text)


def quotes(design: Design) -> tuple[Quote, ...]:
    """What the sources print of this very design, stem, resolution and classes included."""
    return type(design).published.get(design, ())
