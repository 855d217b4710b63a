"""thop: hooks of layers, twice for a layer that two modules hold, whose count it then takes twice."""

from math import prod

from menet_design.analysis.conventions import Convention
from menet_design.analysis.counters.failures import any_of, is_file, is_nameless
from menet_design.analysis.counters.increments import (
    again,
    by_layer,
    functions,
    in_1d_2d_3d,
    layer,
    named,
    norm,
    outputs,
    unseen,
    upsampled,
)
from menet_design.analysis.counters.shared import BATCH_NORMS, HOOKED, INSTANCE_NORMS, LAYERS, TRANSPOSED
from menet_design.graph.operation import Integer, Operation


def _transposed(op: Operation, macs: Integer) -> Integer:
    """What a group reads in a window, for each element that is made."""
    return op.elements * (op.in_channels // op.groups) * prod(op.kernel) - macs


def _adaptive_window(op: Operation, macs: Integer) -> Integer:
    """The mean window and a division for each element that is made, in floating point as it does it."""
    window = prod(read / made for read, made in zip(op.reads[0][1:], op.output[1:], strict=True))
    return int((window + 1) * op.elements)


def _softmax(op: Operation, macs: Integer) -> Integer:
    """An exponential and a division for each element, and an addition for each but the first of those that sum to 1."""
    (call,) = functions(op)
    return 3 * op.elements - op.elements // call.arguments[0][call.arguments[1]]


def is_hooked(op: Operation) -> bool:
    """Whether it multiplies, and a hook of thop counts it."""
    return layer(op) in LAYERS.split()


INTERPOLATIONS = {(1, "linear"): 5, (2, "linear"): 11, (2, "bicubic"): 259}
UPSAMPLING_LAYERS = "Upsample UpsamplingNearest2d UpsamplingBilinear2d"
TRANSPOSITIONS = by_layer("transposed convolutions, by what they make", named("", TRANSPOSED, _transposed))
_UPSAMPLING = {**{(sides, "nearest"): 1 for sides in (1, 2, 3)}, **INTERPOLATIONS}
_THOP_LAYERS = (
    TRANSPOSITIONS,
    by_layer("batch norm, 4 an element", named("", f"{BATCH_NORMS} SyncBatchNorm", norm(4, 2))),
    by_layer("other norms, 4 an element", named("", f"{INSTANCE_NORMS} LayerNorm", norm(4, 2))),
    by_layer("average-pool outputs, 1 an element (modules)", named("", in_1d_2d_3d("AvgPool"), outputs(1))),
    by_layer(
        "adaptive average pools, 1 an input and 1 an output (modules)",
        named("", in_1d_2d_3d("AdaptiveAvgPool"), _adaptive_window),
    ),
    by_layer("PReLU, 1 an element; softmax, 3 (modules)", {"PReLU": outputs(1), "Softmax": _softmax}),
    by_layer(
        "upsampling, 1 to 259 an output by its method (modules)",
        named("", UPSAMPLING_LAYERS, upsampled(_UPSAMPLING)),
    ),
)
_THOP = (
    *_THOP_LAYERS,
    again(_THOP_LAYERS, is_hooked, lambda ways: ways**2),
    unseen("no layer that it knows: not counted", is_hooked),
)

THOP = Convention(
    "thop",
    "as thop counts: multiply-adds, 4 a batch-norm element, average-pool outputs",
    _THOP,
    any_of(is_file, is_nameless((*HOOKED, "Softmax", "SyncBatchNorm"))),
)
