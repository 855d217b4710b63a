"""imgclsmob: the figures of its READMEs, by what is computed, whoever calls it.

Those of 2018 are by `measure_model` of github.com/ShichenLiu/CondenseNet, `utils.py`, which refuses layers that it does
not know, with more layers; what is counted of each follows from the figures. From 2019 on they are half of what
`pytorch/model_stats.py` of github.com/osmr/imgclsmob counts. Its networks are pytorchcv's, in which ReLU, shuffles and
pools are layers, and the sigmoid of MENet, unlike that of SE blocks, is a function that neither sees.
"""

from math import prod

from menet_design.analysis.conventions import Convention
from menet_design.analysis.counters.increments import by_kind, by_layer, inputs, outputs
from menet_design.analysis.counters.shared import LINEAR_BIASES, TWOFOLD
from menet_design.graph.operation import Integer, Operation


def _windows(op: Operation, macs: Integer) -> Integer:
    """The elements of each window, for each element that is made."""
    return op.elements * prod(op.kernel)


def _missing_conv(op: Operation, macs: Integer) -> Integer:
    """One less for each channel of a group and each that is made, without a bias, whatever the map."""
    return 0 if op.bias else -(op.in_channels * op.channels // op.groups)


def _missing_linear(op: Operation, macs: Integer) -> Integer:
    """One less for each element that gets no bias."""
    return 0 if op.bias else -op.elements


_ONCE = ("relu", "relu6", "leaky relu")
_POOLS_AND_SHUFFLES = (
    by_kind("shuffles, 1 an element", {"shuffle": outputs(1)}),
    by_kind("windows of pools, 1 an element", {("pool", "max"): _windows, ("pool", "average"): _windows}),
    by_kind("adaptive average pools, 1 an input", {("pool", "adaptive average"): inputs(1)}),
)
_README = (
    LINEAR_BIASES,
    by_kind("ReLU, leaky or not, 1 an element", {("activation", each): outputs(1) for each in _ONCE}),
    by_layer("sigmoid, 1 an element (modules)", {"Sigmoid": outputs(1)}),
    *_POOLS_AND_SHUFFLES,
)
_MODEL_STATS = (
    TWOFOLD,
    by_kind("no conv bias, less 1 a pair of channels", {("conv", ""): _missing_conv}),
    by_kind("no linear bias, less 1 an output", {"linear": _missing_linear}),
    by_kind("batch norm, 4 an element", {("norm", "batch"): outputs(4)}),
    by_kind(
        "ReLU, 1 an element; leaky, 2",
        {("activation", name): outputs(times) for name, times in zip(_ONCE, (1, 1, 2), strict=True)},
    ),
    by_layer("sigmoid, 4 an element (modules)", {"Sigmoid": outputs(4)}),
    *_POOLS_AND_SHUFFLES,
)
# What the figures show how it is counted, and what moves data.
_SHOWN = {
    *(("conv", ""), ("linear", ""), ("norm", "batch"), ("shuffle", "")),
    *(("activation", each) for each in (*_ONCE, "sigmoid")),
    *(("pool", each) for each in ("max", "average", "adaptive average")),
    *((kind, "") for kind in ("concat", "add", "product", "slice", "select", "pad", "constant")),
}


def _is_unseen(op: Operation) -> str:
    what = " ".join(filter(None, (op.variant, op.kind)))
    shown = (op.kind, op.variant) in _SHOWN
    return "" if shown else f"cannot be told: no figure of its READMEs shows how it counts {{name}}, {what}"


IMGCLSMOB = Convention(
    "imgclsmob",
    "as imgclsmob's README of 2018: multiply-adds, ReLU, shuffles, windows of pools",
    _README,
    _is_unseen,
)

IMGCLSMOB_FLOPS = Convention(
    "imgclsmob_flops",
    "as imgclsmob counts since 2019: 2 a multiply-add, batch norm, ReLU, shuffles, pools",
    _MODEL_STATS,
    _is_unseen,
)
