"""ptflops, pytorch: hooks of layers and functions. A layer that calls its function counts twice.

Attention layers are counted as a whole, and the layers that they hold are not.
"""

from menet_design.analysis.conventions import Convention, Step
from menet_design.analysis.counters.failures import any_of, is_file, is_fused, is_nameless
from menet_design.analysis.counters.increments import (
    FUNCTIONAL,
    again,
    by_function,
    by_layer,
    calls,
    in_1d_2d_3d,
    inputs,
    is_inside,
    layer,
    layers_biases,
    named,
    norm,
    outputs,
    read,
    scaled,
    side_by_side,
    unseen,
)
from menet_design.analysis.counters.shared import (
    BATCH_NORMS,
    HOOKED,
    INSTANCE_NORMS,
    LAYERS,
    POOL_FUNCTIONS,
    POOLS,
    elementwise,
    products,
    sums,
)
from menet_design.graph.operation import Integer, Operation

_TIMMS = ("timm.layers.attention.Attention", "timm.models.vision_transformer.Attention")
_WHOLE = frozenset({"MultiheadAttention", *_TIMMS})
_PTFLOPS_LAYERS = (
    by_layer("biases of convolutions", named("", in_1d_2d_3d("Conv ConvTranspose"), layers_biases), _WHOLE),
    by_layer("biases of fully connected layers", {"Linear": layers_biases}, _WHOLE),
    by_layer("batch norm, 2 an element", named("", BATCH_NORMS, norm(2, 1)), _WHOLE),
    by_layer(
        "other norms, 2 an element; layer norm, 1",
        {**named("", f"{INSTANCE_NORMS} GroupNorm", norm(2, 1)), "LayerNorm": outputs(1)},
        _WHOLE,
    ),
    by_layer(
        "ReLU and its like, 1 an element (modules)",
        named("", "ReLU ReLU6 LeakyReLU PReLU ELU GELU", outputs(1)),
        _WHOLE,
    ),
    by_layer("pool inputs, 1 an element (modules)", named("", POOLS, inputs(1)), _WHOLE),
    by_layer("upsampling, 1 an output (modules)", {"Upsample": outputs(1)}, _WHOLE),
)
_PTFLOPS_PRODUCTS = {**products(1, "matmul mm bmm", "matmul mm bmm"), **sums(1)}


def _ptflops_hooks(op: Operation) -> bool:
    return layer(op) in LAYERS.split() and not is_inside(op, _WHOLE)


def _is_timms_attention(op: Operation) -> bool:
    return op.kind in ("matmul", "attention") and is_inside(op, _TIMMS)


def _timms_attention(op: Operation, macs: Integer) -> Integer:
    """The queries before their product with the keys, the scores before their product with the values."""
    if not _is_timms_attention(op):
        return 0
    return op.in_elements + (op.in_elements // op.channels * op.kernel[1] if op.kind == "attention" else 0)


def _ptflops_sees(op: Operation) -> bool:
    return _ptflops_hooks(op) or _is_timms_attention(op) or calls(op, _PTFLOPS_PRODUCTS)


_PTFLOPS = (
    *_PTFLOPS_LAYERS,
    again(_PTFLOPS_LAYERS, _ptflops_hooks, lambda ways: ways),
    by_function("ReLU, 1 an element (functions)", named(FUNCTIONAL, "relu relu6", read)),
    by_function("other activations, 1 an element (functions)", named(FUNCTIONAL, "prelu elu gelu silu softmax", read)),
    by_function("pool inputs, 1 an element (functions)", POOL_FUNCTIONS),
    by_function("upsampling, 1 an output (functions)", named(FUNCTIONAL, "upsample interpolate", scaled)),
    by_function("products and sums, 1 an element (functions)", elementwise(side_by_side)),
    by_function("products of matrices, without broadcasting (functions)", _PTFLOPS_PRODUCTS),
    Step("attention of timm, 1 a query's and 1 a score's element", _timms_attention),
    unseen("no layer or function that it knows: not counted", _ptflops_sees),
)

PTFLOPS_PYTORCH = Convention(
    "ptflops_pytorch",
    "as ptflops (pytorch) counts: multiply-adds, biases, batch norm, ReLU and pools",
    _PTFLOPS,
    any_of(is_file, is_fused, is_nameless((*HOOKED, "GroupNorm", "ReLU", "ReLU6", "LeakyReLU", "ELU", "GELU"))),
)
