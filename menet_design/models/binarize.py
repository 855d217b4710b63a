"""Pattern binarization of PyTorch models ("SEP-Nets", arXiv 1706.03912)."""

from collections.abc import Iterable
from copy import deepcopy
from typing import TypeGuard, TypeVar

import torch
from torch import Tensor, nn

from menet_design.values import check_type, matching

Model = TypeVar("Model", bound=nn.Module)


def binarize(model: Model, layers: Iterable[str] | None = None) -> Model:
    """A copy of a model whose k×k kernels (k > 1) are patterns: α·B instead of W, filter by filter.

    `layers` are names of the convolutions to binarize, wildcards included ("*.residual.*"); by default all with
    k×k kernels are. 1×1 convolutions, fully connected layers, biases and norms stay as they are, and so does the
    model itself. Raises DesignError for a name that no convolution with k×k kernels has, and TypeError for
    what is no module.

    >>> pool, conv = nn.MaxPool2d(2), nn.Conv2d(1, 1, 3)
    >>> len(binarize(nn.Sequential(pool, conv))[1].weight.abs().unique())
    1
    """
    check_type("a model", model, nn.Module, "an nn.Module")
    binarized = deepcopy(model)
    with torch.no_grad():
        for weight in kernels(binarized, layers):
            weight.copy_(pattern(weight))
    return binarized


def kernels(model: nn.Module, layers: Iterable[str] | None = None) -> list[Tensor]:
    """The weights of the convolutions of these names, wildcards included, that have k×k kernels; by default of all."""
    found = {name: module.weight for name, module in model.named_modules() if _has_kernels(module)}
    return [found[name] for name in matching("layer with k×k kernels", list(found), layers)]


def pattern(weight: Tensor) -> Tensor:
    """α·B of each filter W: B = sign(W), where sign(0) = +1, and α = mean |W|, which minimise ‖W - αB‖.

    `weight` is (filters, channels a group, height, width).
    """
    signs = torch.where(weight < 0, -1.0, 1.0)
    # In float64, in which the mean of equal float32 is exact: patterns stay as they are.
    scales = weight.double().abs().mean(dim=(1, 2, 3), keepdim=True)
    return (scales * signs).to(weight.dtype)


def _has_kernels(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    return isinstance(module, nn.Conv2d) and max(module.kernel_size) > 1
