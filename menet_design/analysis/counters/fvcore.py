"""fvcore: the operations of TorchScript. Pools of one or three sides, and padding by a word, are others to it."""

from math import prod

from menet_design.analysis.conventions import Convention, Step
from menet_design.analysis.counters.failures import any_of, is_file, is_fused, is_vector
from menet_design.analysis.counters.increments import (
    by_function,
    by_kind,
    einsum_flops,
    functions,
    is_within,
    norm,
    operands,
    renamed,
    unseen,
    upsampled,
)
from menet_design.analysis.counters.shared import MATMUL, OTHER_NORMS
from menet_design.graph.operation import Integer, Operation


def _adaptive(op: Operation, macs: Integer) -> Integer:
    return 0 if is_within(op, "adaptive_avg_pool1d", "adaptive_avg_pool3d") else op.in_elements


def _einsum(op: Operation, macs: Integer) -> Integer:
    """As numpy counts it, but for two equations of batched matrices."""
    call = next((each for each in functions(op) if each.name == "einsum"), None)
    if call is None:
        return -macs if is_within(op, "einsum") else 0
    equation, (first, *others) = renamed(call.arguments[0]), operands(call)
    columns = {"abc,abd->acd": -1, "abc,adc->adb": 1}.get(equation)
    return (int(einsum_flops(call) // 2) if columns is None else prod(first) * others[-1][columns]) - macs


def _fvcore_sees(op: Operation) -> bool:
    if op.kind == "conv":
        return not any(isinstance(call.argument("padding", 4), str) for call in functions(op))
    return op.kind != "attention" and not is_within(op, "scaled_dot_product_attention", "baddbmm")


_FVCORE = (
    by_kind("batch norm, 2 an element", {("norm", "batch"): norm(2, 1)}),
    by_kind("other norms, 5 an element", dict.fromkeys(OTHER_NORMS, norm(5, 4))),
    by_kind("adaptive average pools, 1 an input", {("pool", "adaptive average"): _adaptive}),
    by_kind("upsampling, 1 an output; bilinear, 4", {"upsample": upsampled({(2, "nearest"): 1, (2, "linear"): 4})}),
    by_function("products of matrices, without broadcasting", MATMUL),
    Step("einsum, as numpy counts it to four digits", _einsum),
    unseen("attention, baddbmm, padding by a word: not counted", _fvcore_sees),
)

FVCORE = Convention(
    "fvcore",
    "as fvcore counts: multiply-adds, and 2 a batch-norm element",
    _FVCORE,
    any_of(is_file, is_fused, is_vector),
)
