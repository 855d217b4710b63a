"""PyTorch modules written by hand, one file a family, that read like the papers' figures.

They take their numbers from a design and nothing from `architectures` or `analysis`: what proves the
formulas must not borrow them.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from menet_design.errors import missing
from menet_design.families import module
from menet_design.families.design import Design

if TYPE_CHECKING:
    from menet_design.models.model import Model


def build(design: Design) -> "Model":
    """The PyTorch model of a design, in training mode, with fresh weights."""
    kind, initialise = described(design)
    model = kind(design)
    initialise(model)
    return model


def described(design: Design) -> "tuple[type[Model], Callable[[Model], None]]":
    """The class of a design's model, and what gives a model its first weights."""
    found = model_module(design.family)
    from menet_design.models.layers import initialise_convolutions

    return found.MODEL, getattr(found, "initialise", initialise_convolutions)


def model_module(family: str) -> Any:
    """The module of a family, which has `MODEL`."""
    try:
        return import_module(f"menet_design.models.{module(family)}")
    except ModuleNotFoundError as error:
        raise missing(error) from None
