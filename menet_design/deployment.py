"""Models as they are deployed: the same numbers out of fewer operations, in the layout that convolutions like best."""

from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights, fuse_linear_bn_weights

from menet_design.errors import DesignError
from menet_design.families.design import Design, sides
from menet_design.graph.deployed import foldable
from menet_design.graph.network import Network, grouped
from menet_design.importing.graph import read
from menet_design.importing.modules import record
from menet_design.models.layers import ChannelShuffle

Module = TypeVar("Module", bound=nn.Module)


def deploy(
    model: Module, input: Sequence[int] | Sequence[Sequence[int]] | None = None, allow: Collection[str] = ()
) -> Module:
    """A copy of a model that is faster in evaluation and computes the same; the model stays as it is.

    Batch norms are folded into the convolutions and fully connected layers before them, whose biases they become;
    weights, maps and shuffles keep the channels of a pixel side by side. Layers keep their names. `input` is the shape
    of an input without the batch, or several, which a built-in model says itself; `allow` are operations of ATen that
    change nothing of it where they are not known. Raises DesignError where the forward
    pass fails or calls an operation that is not known.

    >>> from menet_design import build
    >>> unit = deploy(build("24-MENet-4x1/3", resolution=32)).get_submodule("stage2.0.fusion")
    >>> unit.merge, unit.merge_norm
    (Conv2d(6, 4, kernel_size=(1, 1), stride=(1, 1)), Identity())
    """
    copy = deepcopy(model).eval().requires_grad_(False)
    graph = read(record(copy, _shapes(copy, input)), allow)
    network = Network(inputs=graph.inputs, outputs=graph.outputs, blocks=grouped(graph.operations, lambda name: ""))
    for norm, layer in foldable(network).items():
        _fold(copy, graph.modules[layer], graph.modules[norm])
    for name, module in list(copy.named_modules()):
        if type(module) is ChannelShuffle:
            copy.set_submodule(name, ChannelShuffleLast(module.channels, module.groups))
    return copy.to(memory_format=torch.channels_last)


class ChannelShuffleLast(ChannelShuffle):
    """The same shuffle of maps that keep the channels of a pixel side by side, as what it makes does."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same."""
        pixels = x.permute(0, 2, 3, 1)
        batch, height, width, channels = pixels.shape
        pixels = pixels.reshape(batch, height, width, self.groups, channels // self.groups).transpose(3, 4)
        return pixels.reshape(batch, height, width, channels).permute(0, 3, 1, 2)


def _shapes(model: nn.Module, input: Sequence[Any] | None) -> list[Any]:
    """The shapes of a model's inputs: one or several that are given, or that of its design."""
    if input is not None:
        return list(input) if isinstance(input[0], Sequence) else [input]
    design = getattr(model, "design", None)
    if not isinstance(design, Design):
        raise DesignError(f"a {type(model).__name__} does not say its input", "Give input=(3, 224, 224)")
    return [(design.channels, *sides(design.resolution))]


def _fold(model: nn.Module, layer: str, norm: str) -> None:
    """Make a batch norm a part of the layer before it, in float64, so that weights are rounded once."""
    weighted: Any = model.get_submodule(layer)
    batch_norm: Any = model.get_submodule(norm)
    own = [weighted.weight, weighted.bias, batch_norm.running_mean, batch_norm.running_var]
    numbers: Any = (
        each if each is None else each.detach().double() for each in (*own, batch_norm.weight, batch_norm.bias)
    )
    weight, bias, mean, variance, scale, shift = numbers
    if isinstance(weighted, nn.Linear):
        folded = fuse_linear_bn_weights(weight, bias, mean, variance, batch_norm.eps, scale, shift)
    else:
        transposed = weighted.transposed
        folded = fuse_conv_bn_weights(weight, bias, mean, variance, batch_norm.eps, scale, shift, transposed)
    made = (nn.Parameter(each.to(weighted.weight.dtype), requires_grad=False) for each in folded)
    weighted.weight, weighted.bias = made
    model.set_submodule(norm, nn.Identity())
