"""PyTorch modules written by hand, one file a family, that read like the papers' figures.

They take their numbers from a design and nothing from `architectures` or `analysis`: what proves the
formulas must not borrow them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from menet_design.design import Design
from menet_design.errors import missing
from menet_design.zoo import module

if TYPE_CHECKING:
    from torch import nn


def build(design: Design) -> "nn.Module":
    """The PyTorch model of a design, in evaluation mode, with fresh weights (float32, on the CPU).

    Its input is (batch, 3, resolution, resolution), its output (batch, classes) logits. Raises
    MissingPackage where torch is not installed.
    """
    model: nn.Module = model_module(design.family).build(design)
    return model.eval()


def model_module(family: str) -> Any:
    """The module of a family: `build` and `rename_key`."""
    try:
        return import_module(f"menet_design.models.{module(family)}")
    except ModuleNotFoundError as error:
        raise missing(error) from None
