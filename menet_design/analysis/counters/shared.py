"""What several counters look up: classes of layers, functions, and steps that they have in common."""

from menet_design.analysis.counters.increments import (
    FUNCTIONAL,
    WEIGHTED,
    ByCall,
    biases,
    by_kind,
    in_1d_2d_3d,
    named,
    once,
    product,
    read,
)

TRANSPOSED, LAYERS = in_1d_2d_3d("ConvTranspose"), f"{in_1d_2d_3d('Conv ConvTranspose')} Linear"
POOLS = in_1d_2d_3d("MaxPool AvgPool AdaptiveMaxPool AdaptiveAvgPool")
BATCH_NORMS, INSTANCE_NORMS = in_1d_2d_3d("BatchNorm"), in_1d_2d_3d("InstanceNorm")
POOL_FUNCTIONS = named(FUNCTIONAL, in_1d_2d_3d("max_pool avg_pool adaptive_max_pool adaptive_avg_pool"), read)
CONVOLUTIONS = tuple(named(FUNCTIONAL, in_1d_2d_3d("conv"), None))
TRANSPOSITIONS = tuple(named(FUNCTIONAL, in_1d_2d_3d("conv_transpose"), None))


def products(times: int, names: str, methods: str) -> dict[str, ByCall]:
    """Products of matrices as functions and as methods of tensors."""
    return {**named("torch.", names, product(times)), **named("Tensor.", methods, product(times))}


def sums(times: int) -> dict[str, ByCall]:
    """Products of matrices to which something is added."""
    return {**named("torch.", "addmm baddbmm", product(times, added=True)), "Tensor.addmm": product(times, added=True)}


def elementwise(rule: ByCall) -> dict[str, ByCall]:
    """Products and sums of elements."""
    return {**named("torch.", "mul add", rule), **named("Tensor.", "mul add", rule)}


TWOFOLD = by_kind("a multiply-add counted as 2", dict.fromkeys(WEIGHTED, once))
CONV_BIASES = by_kind("biases of convolutions", {"conv": biases})
LINEAR_BIASES = by_kind("biases of fully connected layers", {"linear": biases})
OTHER_NORMS = (("norm", "instance"), ("norm", "group"), ("norm", "layer"))
MATMUL = products(1, "matmul mm bmm", "matmul __matmul__ mm bmm")
HOOKED = f"{LAYERS} {POOLS} {BATCH_NORMS} {INSTANCE_NORMS} LayerNorm PReLU Upsample".split()
