"""torch, and ptflops' ATen: the operations that are executed. Neither knows the attention of a CPU."""

from menet_design.analysis.conventions import Convention
from menet_design.analysis.counters.failures import any_of, is_file, is_fused
from menet_design.analysis.counters.increments import is_within, unseen
from menet_design.analysis.counters.shared import CONV_BIASES, LINEAR_BIASES, TWOFOLD
from menet_design.graph.operation import Operation


def _is_no_attention(op: Operation) -> bool:
    return op.kind != "attention"


_TORCH = (TWOFOLD, unseen("attention, not counted on a CPU", _is_no_attention, 2))
_ATEN = (
    CONV_BIASES,
    LINEAR_BIASES,
    unseen("attention, baddbmm: not counted", lambda op: _is_no_attention(op) and not is_within(op, "baddbmm")),
)

TORCH = Convention("torch", "as torch counts: 2 a multiply-add, convolutions and classifier only", _TORCH, is_fused)

PTFLOPS_ATEN = Convention(
    "ptflops_aten", "as ptflops (aten) counts: multiply-adds and biases", _ATEN, any_of(is_file, is_fused)
)
