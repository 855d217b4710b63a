"""What the networks of the families are: one file a family, a function from a few numbers to a Network."""

from dataclasses import replace
from importlib import import_module
from typing import Any

from menet_design.families import module
from menet_design.families.design import IMAGE_CHANNELS, Design, sides
from menet_design.graph.network import Network


def architecture(family: str) -> Any:
    """The module of a family: `network`, a function of its numbers, and what its formula needs, if anything.

    `MULTIPLES` are factors, by number: where all divisions are exact, a number is a multiple of the product of its.
    `LETTERS` and `MEANINGS` of numbers are given where they are not the usual ones.
    """
    return import_module(f"menet_design.families.architectures.{module(family)}")


def of_numbers(family: str, *, resolution: Any, channels: Any = IMAGE_CHANNELS, **numbers: Any) -> Network:
    """The network of a family's numbers, whatever they are: ints, expressions or arrays."""
    made: Network = architecture(family).network(image=(channels, *sides(resolution)), **numbers)
    return made


def network(design: Design) -> Network:
    """The network of a design, by the architecture function of its family."""
    numbers = design.numbers()
    built = of_numbers(design.family, **numbers)
    names: dict[str, Any] = {"name": design.name, "title": design.title, "source": design.family}
    return replace(built, **names, numbers=numbers, assumptions=design.assumptions)
