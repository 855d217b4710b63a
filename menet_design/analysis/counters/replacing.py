"""DeepSpeed, and calflops, which was made of an older one: functions of torch are replaced."""

from collections.abc import Iterable, Mapping
from math import prod

from menet_design.analysis.conventions import Convention, Step
from menet_design.analysis.counters.failures import any_of, is_file, is_fused, is_misfit
from menet_design.analysis.counters.increments import (
    FUNCTIONAL,
    ByCall,
    again,
    attention,
    biases,
    by_function,
    calls,
    each_side,
    einsum_flops,
    made,
    named,
    norm,
    read,
    scaled,
    side_by_side,
    sized,
    unseen,
)
from menet_design.analysis.counters.shared import (
    CONVOLUTIONS,
    POOL_FUNCTIONS,
    TRANSPOSITIONS,
    TWOFOLD,
    elementwise,
    products,
    sums,
)
from menet_design.graph.operation import Integer, Operation
from menet_design.graph.recorded import FunctionCall


def _short(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """Padding by the word "same" gives an even window a pixel less to a side than torch does."""
    if call.argument("padding", 4) != "same":
        return 0
    (_, _, *sides), (_, _, *windows) = call.argument("input", 0), call.argument("weight", 1)
    steps = each_side(call.argument("dilation", 5), 1, len(sides))
    counted = prod(side - step * (window - 1) % 2 for side, step, window in zip(sides, steps, windows, strict=True))
    return (2 * macs + biases(op, macs)) // prod(sides) * (counted - prod(sides))


def _conv_biases(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    return biases(op, macs)


def _straight_biases(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """The pixels that a straight convolution would make, and the channels of one group: so calflops takes it."""
    if call.argument("bias", 2) is None:
        return 0
    (_, _, *sides), (_, channels, *windows) = call.argument("input", 0), call.argument("weight", 1)
    strides, paddings, dilations = (
        each_side(call.argument(name, place), default, len(sides))
        for name, place, default in (("stride", 3, 1), ("padding", 4, 0), ("dilation", 7, 1))
    )
    made = zip(sides, paddings, dilations, windows, strides, strict=True)
    return channels * prod(
        (side + 2 * pad - step * (window - 1) - 1) // stride + 1 for side, pad, step, window, stride in made
    )


def _divided(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """The channels that a transposed convolution makes are divided by its groups twice."""
    in_group = op.channels // op.groups
    return 2 * (macs // in_group * (in_group // op.groups) - macs)


def _batch_norm(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """By statistics that are given; by those of the batch itself it is another norm."""
    return norm(2, 1)(op, macs) if op.variant == "batch" else 0


def _other_norm(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    return norm(5, 4)(op, macs) if op.variant != "batch" else 0


def _replacing(products: Mapping[str, ByCall], others: Iterable[Step]) -> tuple[Step, ...]:
    """The steps of a counter that replaces functions: those of both, products of matrices, and others."""
    products = {**products, **sums(2), "torch.einsum": lambda op, macs, call: int(einsum_flops(call)) - 2 * macs}
    seen = frozenset({f"{FUNCTIONAL}linear", *CONVOLUTIONS, *TRANSPOSITIONS, *products})
    return (
        TWOFOLD,
        by_function("biases of convolutions", dict.fromkeys(CONVOLUTIONS, _conv_biases)),
        by_function("batch norm, 2 an element", {f"{FUNCTIONAL}batch_norm": _batch_norm}),
        by_function(
            "other norms, 5 an element",
            named(FUNCTIONAL, "batch_norm layer_norm group_norm instance_norm", _other_norm),
        ),
        by_function("ReLU, leaky or not, 1 an element", named(FUNCTIONAL, "relu relu6 leaky_relu", read)),
        by_function("other activations, 1 an element", named(FUNCTIONAL, "prelu elu silu gelu softmax", read)),
        by_function("pool inputs, 1 an element", POOL_FUNCTIONS),
        by_function("products of matrices, without broadcasting", products),
        by_function("padding by a word, a pixel less for even windows", dict.fromkeys(CONVOLUTIONS, _short)),
        *others,
        unseen("no function that it knows: not counted", lambda op: calls(op, seen), 2),
    )


_DEEPSPEED = _replacing(
    {
        **products(2, "matmul mm bmm", "matmul __matmul__ mm bmm"),
        f"{FUNCTIONAL}scaled_dot_product_attention": attention,
    },
    (
        by_function("biases of transposed convolutions", dict.fromkeys(TRANSPOSITIONS, _conv_biases)),
        by_function(
            "upsampling, 1 an output, or 1 a pixel of a size", named(FUNCTIONAL, "upsample interpolate", sized(scaled))
        ),
        by_function("products and sums, 1 an element", elementwise(made)),
    ),
)
_CALFLOPS_ONCE = _replacing(
    products(2, "matmul", "matmul"),
    (
        by_function(
            "biases of transposed convolutions, as of straight ones", dict.fromkeys(TRANSPOSITIONS, _straight_biases)
        ),
        by_function("transposed convolutions, divided by their groups twice", dict.fromkeys(TRANSPOSITIONS, _divided)),
        by_function(
            "upsampling, 1 an input, or 1 a pixel of a size", named(FUNCTIONAL, "upsample interpolate", sized(read))
        ),
        by_function("products and sums, 1 an element", elementwise(side_by_side)),
    ),
)
_CALFLOPS = (*_CALFLOPS_ONCE, again(_CALFLOPS_ONCE, lambda op: True, lambda ways: ways))

_FAILURE = any_of(is_file, is_fused, is_misfit)
DEEPSPEED = Convention(
    "deepspeed",
    "as DeepSpeed counts: 2 a multiply-add, conv biases, batch norm, ReLU, pools",
    _DEEPSPEED,
    _FAILURE,
)

CALFLOPS = Convention(
    "calflops",
    "as calflops counts: 2 a multiply-add, conv biases, batch norm, ReLU, pools",
    _CALFLOPS,
    _FAILURE,
)
