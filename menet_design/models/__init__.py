"""PyTorch modules written by hand, one file a family, that read like the papers' figures.

They take their numbers from a design and nothing from `architectures` or `analysis`: what proves the
formulas must not borrow them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from menet_design.errors import missing
from menet_design.families import module
from menet_design.families.design import Design

if TYPE_CHECKING:
    from menet_design.models.model import Model


def build(design: Design) -> "Model":
    """The PyTorch model of a design, in training mode, with fresh weights."""
    described = model_module(design.family)
    from menet_design.models.layers import initialise

    model: Model = described.MODEL(design)
    getattr(described, "initialise", initialise)(model)
    return model


def model_module(family: str) -> Any:
    """The module of a family, which has `MODEL`."""
    try:
        return import_module(f"menet_design.models.{module(family)}")
    except ModuleNotFoundError as error:
        raise missing(error) from None
