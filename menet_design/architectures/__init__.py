"""What a network is: one file a family, a function from a few numbers to a Network."""

from importlib import import_module
from typing import Any

from menet_design.architectures.network import Network
from menet_design.design import Design
from menet_design.zoo import module


def architecture(family: str) -> Any:
    """The module of a family: `network`, a function of its numbers; `LETTERS` and `multiples` for its formula."""
    return import_module(f"menet_design.architectures.{module(family)}")


def network(design: Design) -> Network:
    """The network of a design, by the architecture function of its family."""
    built: Network = architecture(design.family).network(**design.numbers())
    return built
