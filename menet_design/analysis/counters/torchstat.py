"""torchstat: "Flops" and "MAdd", of layers by their class or a class that it is made of.

Of a layer that is called several times it keeps the last call. Both cannot be told of a network that was recorded: a
recording says of a call which class of layer makes it, and not which layer.
"""

from math import prod

from menet_design.analysis.conventions import Convention
from menet_design.analysis.counters.increments import by_layer, inputs, layers_biases, named, norm, outputs
from menet_design.analysis.counters.shared import TWOFOLD
from menet_design.graph.operation import Integer, Operation


def _additions_less(op: Operation, macs: Integer) -> Integer:
    """One addition less than multiplications for each element that gets no bias."""
    return layers_biases(op, macs) - op.elements


def _comparisons(op: Operation, macs: Integer) -> Integer:
    """One less than the elements of each window, for each element that is made."""
    return op.elements * (prod(op.kernel) - 1)


def _windows(op: Operation, macs: Integer) -> Integer:
    """The elements of each window, for each element that is made."""
    return op.elements * prod(op.kernel)


_FLOPS = (
    by_layer("biases of convolutions", {"Conv2d": layers_biases}),
    by_layer("batch norm, 2 an element", {"BatchNorm2d": norm(2, 1)}),
    by_layer("pool inputs, 1 an element (modules)", named("", "MaxPool2d AvgPool2d", inputs(1))),
)
_MADD = (
    TWOFOLD,
    by_layer("no conv bias, less 1 an output", {"Conv2d": _additions_less}),
    by_layer("fully connected, less 1 an output", {"Linear": outputs(-1)}),
    by_layer("batch norm, 4 an element", {"BatchNorm2d": outputs(4)}),
    by_layer("max pools, the window less 1 an output (modules)", {"MaxPool2d": _comparisons}),
    by_layer("average pools, the window (modules)", {"AvgPool2d": _windows}),
)


def _is_not_ours(op: Operation) -> str:
    is_ours = op.call is None and op.parameters is None
    return "" if is_ours else "cannot be told: of a layer that is called again it keeps the last call alone"


TORCHSTAT = Convention(
    "torchstat",
    "as torchstat 0.0.7 counts Flops: multiply-adds, 2 a batch-norm element, pool inputs",
    _FLOPS,
    _is_not_ours,
)

TORCHSTAT_MADD = Convention(
    "torchstat_madd",
    "as torchstat 0.0.7 counts MAdd: 2 a multiply-add but for the first, batch norm, pools",
    _MADD,
    _is_not_ours,
)
