"""mmcv: hooks of layers by their very class, in `mmcv/cnn/utils/flops_counter.py`, made of an early ptflops."""

from menet_design.analysis.conventions import Convention
from menet_design.analysis.counters.failures import any_of, is_file, is_nameless
from menet_design.analysis.counters.increments import (
    by_layer,
    in_1d_2d_3d,
    inputs,
    layer,
    layers_biases,
    named,
    norm,
    outputs,
    unseen,
)
from menet_design.analysis.counters.shared import BATCH_NORMS, INSTANCE_NORMS, POOLS
from menet_design.graph.operation import Operation

_CONVOLUTIONS = f"{in_1d_2d_3d('Conv')} ConvTranspose2d"
_NORMS = f"{BATCH_NORMS} {INSTANCE_NORMS} GroupNorm LayerNorm"


def _is_hooked(op: Operation) -> bool:
    return layer(op) in (*_CONVOLUTIONS.split(), "Linear")


_MMCV = (
    by_layer("biases of convolutions", named("", _CONVOLUTIONS, layers_biases)),
    by_layer("batch and other norms, 2 an element", named("", _NORMS, norm(2, 1))),
    by_layer("ReLU and its like, 1 an element (modules)", named("", "ReLU ReLU6 LeakyReLU PReLU ELU", outputs(1))),
    by_layer("pool inputs, 1 an element (modules)", named("", POOLS, inputs(1))),
    by_layer("upsampling, 1 an output (modules)", {"Upsample": outputs(1)}),
    unseen("no layer that it knows: not counted", _is_hooked),
)

MMCV = Convention(
    "mmcv",
    "as mmcv 2.2.0 counts: multiply-adds, conv biases, 2 a batch-norm element, pool inputs",
    _MMCV,
    any_of(is_file, is_nameless(f"{_CONVOLUTIONS} Linear {_NORMS} {POOLS}".split())),
)
