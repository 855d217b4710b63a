"""thop as it was: the rules of three releases, each named by its year and month.

0.0.31.post1912272122 counts as those from October 2019 on do, post2001170342 stands alone, and post2005241907 counts as
those from April 2020 to 2021 do. They hook layers by their very class, again for each module that holds them. The first
two add in float32: what they report of a large network is some tens off.
"""

from collections.abc import Sequence
from math import prod

from menet_design.analysis.conventions import Convention, Step
from menet_design.analysis.counters.failures import any_of, is_file, is_nameless
from menet_design.analysis.counters.increments import (
    again,
    by_layer,
    each_side,
    functions,
    in_1d_2d_3d,
    layer,
    layers_biases,
    named,
    outputs,
    unseen,
    upsampled,
)
from menet_design.analysis.counters.shared import BATCH_NORMS, LAYERS
from menet_design.analysis.counters.thop import INTERPOLATIONS, TRANSPOSITIONS, UPSAMPLING_LAYERS, is_hooked
from menet_design.graph.operation import Integer, Operation

_AVERAGING, _ADAPTIVE = in_1d_2d_3d("AvgPool"), in_1d_2d_3d("AdaptiveAvgPool")


def _written(op: Operation) -> Sequence[Integer]:
    """The window of an average pool as its layer has it: one number for all sides, or one for each.

    What is built here has one for each only where the window is the whole map.
    """
    if op.call is not None:
        return each_side(functions(op)[0].argument("kernel_size", 1), 1, 1)
    is_whole = op.reads[0][1:] == op.kernel and prod(op.output[1:]) == 1
    return op.kernel if is_whole else op.kernel[:1]


def _written_window(op: Operation, macs: Integer) -> Integer:
    """The product of what is written of the window, and a division, for each element that is made."""
    return op.elements * (prod(_written(op)) + 1)


def _whole_window(op: Operation, macs: Integer) -> Integer:
    """The window, each side without its fraction, and a division, for each element that is made."""
    window = prod(read // made for read, made in zip(op.reads[0][1:], op.output[1:], strict=True))
    return op.elements * (window + 1)


def _additions(op: Operation, macs: Integer) -> Integer:
    """One less than multiplications for each element that is made, and one for its bias."""
    return macs - op.elements + layers_biases(op, macs)


def _is_unsized(op: Operation) -> str:
    """It divides by the size of an adaptive pool, each side of which must be given."""
    if op.call is None or layer(op) not in _ADAPTIVE.split():
        return ""
    sides = each_side(functions(op)[0].argument("output_size", 1), 1, 1)
    return "fails: {name} leaves a side as it is" if None in sides or not sides else ""


_BIASES = by_layer("biases of convolutions", named("", in_1d_2d_3d("Conv ConvTranspose"), layers_biases))
_OTHERS = (
    by_layer(
        "adaptive average pools, the window and 1 an output (modules)",
        named("", _ADAPTIVE, _whole_window),
    ),
    by_layer("leaky ReLU, 1 an element (modules)", {"LeakyReLU": outputs(1)}),
    by_layer(
        "upsampling, 5 to 259 an output by its method (modules)",
        named("", UPSAMPLING_LAYERS, upsampled(INTERPOLATIONS)),
    ),
)
_ADDITIONS = by_layer("additions of fully connected layers", {"Linear": _additions})
_AVERAGES = by_layer("average-pool outputs, 1 an element (modules)", named("", _AVERAGING, outputs(1)))


def _norms(times: int, names: str = BATCH_NORMS) -> Step:
    return by_layer(f"batch norm, {times} an element", named("", names, outputs(times)))


def _rule(release: str, counted: str, own: tuple[Step, ...], power: int = 1) -> Convention:
    """The rule of a release; what several modules hold counts by that power of the ways that lead to it."""
    layers = (TRANSPOSITIONS, _BIASES, *own, *_OTHERS)
    known = (*LAYERS.split(), *BATCH_NORMS.split(), *_AVERAGING.split(), *_ADAPTIVE.split(), "LeakyReLU")
    return Convention(
        f"thop_{release[:4]}",
        f"as thop 0.0.31.post{release} counts: {counted}",
        (
            *layers,
            again(layers, is_hooked, lambda ways: ways**power),
            unseen("no layer that it knows: not counted", is_hooked),
        ),
        any_of(is_file, is_nameless((*known, *UPSAMPLING_LAYERS.split())), _is_unsized),
    )


THOP_1912 = _rule(
    "1912272122",
    "classifier twice, 4 a batch-norm element, pools",
    (
        _ADDITIONS,
        _norms(4),
        by_layer("average pools, the window and 1 an output (modules)", named("", _AVERAGING, _written_window)),
    ),
)
THOP_2001 = _rule(
    "2001170342",
    "classifier twice, 2 a batch-norm element, pools",
    (_ADDITIONS, _norms(2), _AVERAGES),
)
THOP_2005 = _rule(
    "2005241907",
    "conv biases, 2 a batch-norm element, pools",
    (_norms(2, f"{BATCH_NORMS} SyncBatchNorm"), _AVERAGES),
    power=2,
)
