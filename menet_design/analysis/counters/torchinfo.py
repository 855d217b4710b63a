"""torchinfo: for each call of a module that holds no others, the sizes of its weights and biases.

They are multiplied by the batch, and by the pixels if its class is called a Conv.
"""

from collections.abc import Callable
from math import prod

from menet_design.analysis.conventions import Convention, Increment, Step
from menet_design.analysis.counters.failures import is_file
from menet_design.analysis.counters.increments import biases, by_kind, layer, nothing, unseen
from menet_design.analysis.counters.shared import OTHER_NORMS
from menet_design.graph.operation import Integer, Operation, kinds_and_variants
from menet_design.graph.recorded import LayerCall


def _counted(call: LayerCall, names: str) -> int:
    """What it counts of a layer for the parameters of some names, or for others whose names speak of such ("")."""
    first, *rest = call.output or (1,)
    places = first * prod(rest[1:]) if "Conv" in call.name.rpartition(".")[2] else first
    if names:
        return places * sum(size for name, size in call.parameters if name in names.split())
    spoken = (
        size
        for name, size in call.parameters
        if ("weight" in name or "bias" in name) and name not in ("weight", "bias")
    )
    return sum(spoken) * prod(call.output[:2])


def _of_layer(own: Increment, recorded: Callable[[LayerCall, Integer], Integer]) -> Increment:
    """What it counts of torch's own layers: of networks that are built here, and of recorded ones."""

    def amount(op: Operation, macs: Integer) -> Integer:
        if op.call is None:
            return own(op, macs)
        return 0 if op.call.layer is None or "." in op.call.layer.name else recorded(op.call.layer, macs)

    return amount


def _all(call: LayerCall, macs: Integer) -> Integer:
    return _counted(call, "weight bias") + _counted(call, "")


def _others(op: Operation, macs: Integer) -> Integer:
    """For layers that are not torch's the parameters that they have, whatever it is that they multiply."""
    if "." not in op.layer:
        return 0
    return (_all(op.call.layer, macs) if op.call and op.call.layer else 0) - macs


_BIAS = _of_layer(biases, lambda call, macs: _counted(call, "bias"))
_WEIGHT = _of_layer(nothing, lambda call, macs: _counted(call, "weight") + _counted(call, "") - macs)
_TORCHINFO = (
    by_kind("biases of convolutions", {"conv": _BIAS}),
    by_kind("biases of fully connected layers", {"linear": _BIAS}),
    by_kind(
        "batch-norm parameters, counted as multiply-adds",
        {("norm", "batch"): _of_layer(lambda op, macs: 2 * op.channels, _all)},
    ),
    by_kind(
        "parameters of other layers, counted as multiply-adds",
        {
            **{
                kind: _of_layer(nothing, _all)
                for kind, _ in kinds_and_variants()
                if kind not in ("conv", "linear", "norm")
            },
            **dict.fromkeys((*OTHER_NORMS, ("norm", "rms")), _of_layer(nothing, _all)),
        },
    ),
    by_kind("transposed convolutions, by what they make", {"conv": _WEIGHT}),
    by_kind("weights of fully connected layers, once for all places", {"linear": _WEIGHT}),
    Step("layers that are not torch's, by their parameters", _others),
    unseen("no layer: not counted", lambda op: bool(layer(op)) or "." in op.layer),
)

TORCHINFO = Convention(
    "torchinfo", "as torchinfo counts: multiply-adds, biases and batch-norm parameters", _TORCHINFO, is_file
)
