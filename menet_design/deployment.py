"""Models as they are deployed: the same numbers out of fewer operations, in the layout that convolutions like best."""

from collections.abc import Collection, Iterable, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights, fuse_linear_bn_weights

from menet_design.errors import DesignError, lines_of
from menet_design.families.design import Design, sides
from menet_design.graph.deployed import foldable
from menet_design.graph.network import Network, grouped
from menet_design.importing.calls import Trace
from menet_design.importing.graph import read
from menet_design.importing.modules import ForwardError, record
from menet_design.models.layers import ChannelShuffle
from menet_design.values import check_type, named, shapes_of

Module = TypeVar("Module", bound=nn.Module)


def deploy(
    model: Module,
    input: Sequence[int] | Sequence[Sequence[int]] | None = None,
    allow: str | Iterable[str] | None = None,
) -> Module:
    """A copy of a model that is faster in evaluation and computes the same; the model stays as it is.

    Batch norms are folded into the convolutions and fully connected layers before them, whose biases they become;
    weights, maps and shuffles keep the channels of a pixel side by side, where the forward pass takes that. Layers keep
    their names. `input` is the shape
    of an input without the batch, or several, which a built-in model says itself; `allow` are operations of ATen that
    change nothing of it where they are not known. Raises DesignError where the forward pass fails, or calls an
    operation that is not known.

    >>> from menet_design import build
    >>> unit = deploy(build("24-MENet-4x1/3", resolution=32)).get_submodule("stage2.0.fusion")
    >>> unit.merge, unit.merge_norm
    (Conv2d(6, 4, kernel_size=(1, 1), stride=(1, 1)), Identity())
    """
    check_type("a model", model, nn.Module, "an nn.Module")
    shapes = _shapes(model, input)
    copy = folded(model, shapes, named("allow", allow))
    for module in list(copy.modules()):
        if type(module) is ChannelShuffle:
            _replace(copy, module, NativeShuffle(module.channels, module.groups))
    _lay_out(copy, torch.channels_last)
    if not _runs(copy, shapes):
        _lay_out(copy, torch.contiguous_format)
    return copy


def folded(model: Module, inputs: Sequence[Sequence[int]], allow: Collection[str] = ()) -> Module:
    """A copy of a model in evaluation mode whose batch norms are folded, as `deploy` does first."""
    copy = _copied(model).eval().requires_grad_(False)
    trace = record(copy, inputs)
    graph = read(trace, allow)
    elsewhere = _read_elsewhere(copy, trace)
    network = Network(inputs=graph.inputs, outputs=graph.outputs, blocks=grouped(graph.operations, lambda name: ""))
    for norm, layer in foldable(network).items():
        modules = [copy.get_submodule(graph.modules[name]) for name in (layer, norm)]
        if not any(is_hooked(each) or not elsewhere.isdisjoint(each.parameters()) for each in modules):
            _fold(*modules)
            _replace(copy, modules[1], nn.Identity())
    return copy


def _lay_out(model: nn.Module, layout: torch.memory_format) -> None:
    """Give the weights of 2d convolutions a layout in memory, which the maps that they make have too."""
    for each in model.parameters():
        if each.dim() == 4:
            each.data = each.data.contiguous(memory_format=layout)


def _runs(model: nn.Module, inputs: Sequence[Sequence[int]]) -> bool:
    """Whether the forward pass succeeds: `view` takes no map whose channels are side by side."""
    try:
        record(model, inputs)
    except ForwardError:
        return False
    return True


def _copied(model: Module) -> Module:
    """A copy of a model. Raises DesignError where torch makes none, as of weights that weight norm has made."""
    try:
        return deepcopy(model)
    except Exception as error:
        raise DesignError(f"{type(model).__name__} cannot be copied: {lines_of(error)[0]}") from None


def is_hooked(module: nn.Module) -> bool:
    """Whether other code runs with a module, which its layer alone does not show."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _read_elsewhere(model: nn.Module, trace: Trace) -> set[nn.Parameter]:
    """The parameters that modules other than their own read, which have to stay as they are."""
    parameters = dict(model.named_parameters())
    return {
        parameters[value.parameter]
        for call in trace.calls
        for value in call.values
        if value.parameter
        and all(parameters[value.parameter] is not own for own in model.get_submodule(call.module).parameters(False))
    }


def _replace(model: nn.Module, module: nn.Module, other: nn.Module) -> None:
    """Put another module in the place of one, under all the names that it has."""
    for name, each in list(model.named_modules(remove_duplicate=False)):
        if each is module:
            model.set_submodule(name, other)


class NativeShuffle(ChannelShuffle):
    """The same shuffle by torch's own kernel, which keeps the channels of a pixel side by side where they are so."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same."""
        return functional.channel_shuffle(x, self.groups)


def _shapes(model: nn.Module, input: Sequence[Any] | None) -> list[tuple[int, ...]]:
    """The shapes of a model's inputs: one or several that are given, or that of its design."""
    if found := shapes_of(input):
        return found
    design = getattr(model, "design", None)
    if not isinstance(design, Design):
        raise DesignError(f"a {type(model).__name__} does not say its input", "Give input=(3, 224, 224)")
    return [(design.channels, *sides(design.resolution))]


def _fold(weighted: Any, batch_norm: Any) -> None:
    """Make a batch norm a part of the layer before it, in float64, so that weights are rounded once."""
    own = (weighted.weight, weighted.bias, batch_norm.running_mean, batch_norm.running_var)
    weight, bias, mean, variance, scale, shift = map(_exact, (*own, batch_norm.weight, batch_norm.bias))
    if isinstance(weighted, nn.Linear):
        made = fuse_linear_bn_weights(weight, bias, mean, variance, batch_norm.eps, scale, shift)
    else:
        transposed = weighted.transposed
        made = fuse_conv_bn_weights(weight, bias, mean, variance, batch_norm.eps, scale, shift, transposed)
    weighted.weight, weighted.bias = (nn.Parameter(each.to(weighted.weight.dtype), False) for each in made)


def _exact(numbers: Tensor | None) -> Any:
    """Numbers in float64; None where a layer has none."""
    return None if numbers is None else numbers.detach().double()
