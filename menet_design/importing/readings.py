"""What the operations of ATen are, by name: one reading for each, a function of the reader and the call."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import Any

from menet_design.importing.calls import Call, Value
from menet_design.importing.reader import Reader

Reading = Callable[[Reader, Call], None]


def _input(call: Call) -> Value:
    """The tensor that an operation of one operand reads."""
    value: Value = call.arguments["input"] if "input" in call.arguments else call.arguments["self"]
    return value


def _last(value: Value) -> int:
    return len(value.shape) - 1


def _sides(value: Any, sides: int) -> tuple[int, ...]:
    """One number for all sides of a window, or one for each."""
    numbers = tuple(value) if isinstance(value, list | tuple) else (value,)
    return numbers * sides if len(numbers) == 1 else numbers


def _conv(reader: Reader, call: Call) -> None:
    arguments, value = call.arguments, call.arguments["input"]
    first, second, *kernel = arguments["weight"].shape
    is_transposed, groups = arguments.get("transposed") or "transpose" in call.operation, arguments.get("groups", 1)
    axis = len(value.shape) - 1 - len(kernel)
    if value.shape[axis] != (first if is_transposed else second * groups):
        raise ValueError("a kernel for other channels")
    reader.add(
        call,
        "conv",
        [(value, axis)],
        axis,
        "transposed" if is_transposed else "",
        kernel=tuple(kernel),
        stride=_sides(arguments.get("stride", 1), len(kernel)),
        groups=groups,
        bias=arguments.get("bias") is not None,
    )


def _linear(reader: Reader, call: Call) -> None:
    """A fully connected layer along the last axis."""
    value, has_bias = call.arguments["input"], call.arguments.get("bias") is not None
    reader.add(call, "linear", [(value, _last(value))], _last(call.outputs[0]), bias=has_bias)


def _matrices(left: str, right: str, bias: str = "") -> Reading:
    """A product of matrices: a fully connected layer where one of them is made of parameters, or is constant."""

    def read(reader: Reader, call: Call) -> None:
        one, other, output = call.arguments[left], call.arguments[right], call.outputs[0]
        has_bias = bool(bias) and call.arguments.get(bias) is not None
        if not (reader.flows([other]) or reader.tensor(other).parameters):
            reader.add(call, "matmul", [(one, _last(one))], _last(output), kernel=(one.shape[-1],), bias=has_bias)
        elif not reader.flows([other]):
            reader.add(call, "linear", [(one, _last(one))], _last(output), bias=has_bias)
        elif not reader.flows([one]):
            rows = max(_last(other) - 1, 0)
            reader.add(call, "linear", [(other, rows)], max(_last(output) - 1, 0), bias=has_bias)
        else:
            operands = [(one, _last(one)), (other, _last(other))]
            reader.add(call, "matmul", operands, _last(output), kernel=(one.shape[-1],))

    return read


def _einsum(reader: Reader, call: Call) -> None:
    """A sum of products of two tensors; `kernel` is what it contracts: the axes of both that it does not make."""
    tensors, (read, made) = call.arguments["tensors"], call.arguments["equation"].replace(" ", "").split("->")
    one, other = (
        dict(zip(word, value.shape, strict=True)) for word, value in zip(read.split(","), tensors, strict=True)
    )
    contracted = prod(side for axis, side in one.items() if axis in other and axis not in made)
    if contracted == 1:
        elementwise(reader, call, "product")
        return
    operands = [(each, reader.axis(each)) for each in reader.flows(tensors)]
    reader.add(call, "matmul", operands, max(_last(call.outputs[0]), 0), kernel=(contracted,))


def _attention(reader: Reader, call: Call) -> None:
    """Scaled dot-product attention; `kernel` are the lengths that its two products of matrices contract."""
    query, key, value = (call.arguments[name] for name in ("query", "key", "value"))
    lengths = (query.shape[-1], key.shape[-2])
    reader.add(call, "attention", [(each, _last(each)) for each in (query, key, value)], _last(query), kernel=lengths)


def _norm(variant: str, along_last: bool = False) -> Reading:
    def read(reader: Reader, call: Call) -> None:
        value, arguments = _input(call), call.arguments
        axis = _last(value) if along_last else min(1, _last(value))
        by_instance = variant == "batch" and (arguments.get("training") or arguments.get("use_input_stats"))
        groups = arguments.get("num_groups") or arguments.get("group") or 1
        scaled = arguments.get("weight") is not None
        variant_ = "instance" if by_instance else variant
        reader.add(call, "norm", [(value, axis)], axis, variant_, groups=groups, bias=scaled)

    return read


def elementwise(reader: Reader, call: Call, kind: str, variant: str = "") -> None:
    """An operation on each element for itself: operands may be broadcast, and have their channels on one axis."""
    flowing = reader.flows(call.values) or call.values
    widest = max(flowing, key=lambda value: (len(value.shape), prod(value.shape)))
    from_end = len(widest.shape) - reader.axis(widest)
    operands = [(value, len(value.shape) - from_end) for value in flowing if len(value.shape) >= max(from_end, 1)]
    axis = max(len(call.outputs[0].shape) - from_end, 0)
    reader.add(call, kind, _gate_last(reader, operands) if kind == "product" else operands, axis, variant)


def _gate_last(reader: Reader, operands: Sequence[tuple[Value, int]]) -> list[tuple[Value, int]]:
    """The factors of a product, what gates behind: the smaller one, or the one that a sigmoid or its like makes."""
    largest = max(prod(value.shape) for value, _ in operands)

    def is_gate(operand: tuple[Value, int]) -> tuple[bool, bool]:
        maker = reader.maker(operand[0])
        return prod(operand[0].shape) < largest, maker is not None and maker.variant in _GATES

    return sorted(operands, key=is_gate)


_GATES = ("sigmoid", "hard sigmoid", "softmax", "tanh")


def _of(kind: str, variant: str = "") -> Reading:
    return lambda reader, call: elementwise(reader, call, kind, variant)


def _hard_tanh(reader: Reader, call: Call) -> None:
    """ReLU6 is a hard tanh from 0 to 6."""
    bounds = call.arguments.get("min_val", -1), call.arguments.get("max_val", 1)
    elementwise(reader, call, "activation", "relu6" if bounds == (0, 6) else "hard tanh")


def _pool(variant: str) -> Reading:
    def read(reader: Reader, call: Call) -> None:
        value, output, window = _input(call), call.outputs[0], call.arguments.get("kernel_size")
        sides = len(output.shape) - 2
        if window is None:  # adaptive: windows that overlap where the sizes do not divide
            window = [-(-size // made) for size, made in zip(value.shape[2:], output.shape[2:], strict=True)]
        stride = _sides(call.arguments.get("stride") or window, sides)
        axis = len(value.shape) - 1 - sides
        reader.add(call, "pool", [(value, axis)], axis, variant, kernel=_sides(window, sides), stride=stride)

    return read


def _reduce(reader: Reader, call: Call) -> None:
    """A mean, a sum or the like over axes; over all sides of a map it may be how a pool is executed."""
    value, output, dims = _input(call), call.outputs[0], call.arguments.get("dim")
    over = (
        {axis % len(value.shape) for axis in _sides(dims, 1)}
        if dims not in (None, [])
        else set(range(len(value.shape)))
    )
    axis = reader.axis(value)
    if axis in over:
        reader.add(call, "reduce", [(value, axis)], min(1, max(_last(output), 0)), "channels")
        return
    kept = axis if len(output.shape) == len(value.shape) else axis - sum(each < axis for each in over)
    if "adaptive_avg_pool" in call.function:
        window = tuple(value.shape[each] for each in sorted(over))
        ones = (1,) * len(window)
        reader.add(call, "pool", [(value, axis)], kept, "adaptive average", kernel=window, stride=ones)
    else:
        reader.add(call, "reduce", [(value, axis)], kept, "sides")


def _softmax(reader: Reader, call: Call) -> None:
    value = _input(call)
    reader.add(call, "activation", [(value, reader.axis(value))], reader.axis(value), "softmax")


def _cumulate(reader: Reader, call: Call) -> None:
    """Sums of all that stands before along an axis: of channels, each depends on others."""
    value, axis = _input(call), reader.axis(_input(call))
    if call.arguments["dim"] % len(value.shape) == axis:
        reader.add(call, "reduce", [(value, axis)], axis, "channels")
    else:
        elementwise(reader, call, "elementwise")


def _upsample(variant: str) -> Reading:
    return lambda reader, call: reader.add(call, "upsample", [(_input(call), 1)], 1, variant)


def _embedding(reader: Reader, call: Call) -> None:
    indices = call.arguments["indices"]
    reader.add(call, "embedding", [(indices, _last(indices))], _last(call.outputs[0]))


def _copy(reader: Reader, call: Call) -> None:
    reader.put(call.outputs, call.arguments["src"])


def _as_strided(reader: Reader, call: Call) -> None:
    """Other strides of the same elements, which layouts of memory set."""
    reader.put(call.outputs, _input(call))


def _named(reading: Reading, names: str) -> dict[str, Reading]:
    """A reading by names, and by those of the operations in place."""
    return {each: reading for name in names.split() for each in (name, f"{name}_")}


_ACTIVATIONS = {
    "relu": "relu",
    "relu6": "relu6",
    "leaky relu": "leaky_relu",
    "prelu": "prelu _prelu_kernel",
    "elu": "elu selu celu",
    "sigmoid": "sigmoid log_sigmoid log_sigmoid_forward",
    "hard sigmoid": "hardsigmoid",
    "silu": "silu",
    "hard swish": "hardswish",
    "gelu": "gelu",
    "mish": "mish",
    "softplus": "softplus",
    "tanh": "tanh",
}
_UPSAMPLINGS = {
    "nearest": "upsample_nearest1d upsample_nearest2d upsample_nearest3d",
    "nearest exact": "_upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d",
    "linear": "upsample_linear1d upsample_bilinear2d upsample_trilinear3d",
    "bicubic": "upsample_bicubic2d",
    "antialiased": "_upsample_bilinear2d_aa _upsample_bicubic2d_aa",
}
_PRODUCTS = {
    "addmm": _matrices("mat1", "mat2", "self"),
    "mm": _matrices("self", "mat2"),
    "bmm": _matrices("self", "mat2"),
    "matmul": _matrices("self", "other"),
    "baddbmm": _matrices("batch1", "batch2"),
    "einsum": _einsum,
}
_NORMS = {
    **_named(_norm("batch"), "batch_norm native_batch_norm _native_batch_norm_legit cudnn_batch_norm"),
    **_named(_norm("batch"), "_native_batch_norm_legit_no_training _batch_norm_no_update"),
    **_named(_norm("instance"), "instance_norm"),
    **_named(_norm("group"), "group_norm native_group_norm"),
    **_named(_norm("layer", along_last=True), "layer_norm native_layer_norm"),
    **_named(_norm("rms", along_last=True), "rms_norm _fused_rms_norm"),
}
READINGS: Mapping[str, Reading] = MappingProxyType(
    {
        **_named(_conv, "convolution _convolution conv1d conv2d conv3d mkldnn_convolution convolution_overrideable"),
        **_named(_conv, "conv_transpose1d conv_transpose2d conv_transpose3d cudnn_convolution"),
        "linear": _linear,
        **_PRODUCTS,
        **_named(_attention, "scaled_dot_product_attention _scaled_dot_product_flash_attention_for_cpu"),
        **_named(_attention, "_scaled_dot_product_flash_attention _scaled_dot_product_efficient_attention"),
        **_NORMS,
        **{
            name: read
            for variant, names in _ACTIVATIONS.items()
            for name, read in _named(_of("activation", variant), names).items()
        },
        **_named(_hard_tanh, "hardtanh"),
        **_named(_softmax, "softmax _softmax _safe_softmax log_softmax _log_softmax"),
        **_named(_of("add"), "add sub rsub"),
        **_named(_of("product"), "mul div"),
        **_named(_of("elementwise"), "exp sqrt rsqrt pow abs neg clamp clamp_min clamp_max erf log log1p reciprocal"),
        **_named(
            _of("elementwise"), "maximum minimum where square sin cos floor ceil round sign masked_fill threshold"
        ),
        **_named(_of("elementwise"), "eq ne lt gt le ge logical_and logical_or logical_not bitwise_and bitwise_not"),
        **_named(_of("elementwise"), "addcmul addcdiv remainder fmod floor_divide nan_to_num isnan"),
        **_named(_pool("max"), "max_pool1d max_pool2d max_pool3d max_pool2d_with_indices max_pool3d_with_indices"),
        **_named(_pool("average"), "avg_pool1d avg_pool2d avg_pool3d"),
        **_named(_pool("adaptive average"), "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d"),
        **_named(_pool("adaptive average"), "_adaptive_avg_pool2d _adaptive_avg_pool3d"),
        **_named(_pool("adaptive max"), "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d"),
        **_named(
            _reduce, "mean sum amax amin max min var std var_mean std_mean prod linalg_vector_norm norm logsumexp"
        ),
        **{name: _upsample(variant) for variant, names in _UPSAMPLINGS.items() for name in names.split()},
        "embedding": _embedding,
        **_named(_cumulate, "cumsum cumprod"),
        **_named(_copy, "copy"),
        **_named(_as_strided, "as_strided"),
    }
)

# What multiplies by weights, and is counted whatever it multiplies.
WEIGHTED = frozenset(name for name, reading in READINGS.items() if reading is _conv or name in ("linear", "addmm"))

# What counters count of constants too.
COUNTED = frozenset((*_PRODUCTS, *_NORMS))

# What gives numbers of tensors to Python, which may decide by them what is done.
READ_OUT = ("_local_scalar_dense", "equal")

# What makes values out of nothing that flows: their shapes alone matter.
CONSTANTS = frozenset(
    [
        "arange",
        "zeros",
        "ones",
        "full",
        "empty",
        "rand",
        "randn",
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "rand_like",
        "scalar_tensor",
        "linspace",
        "new_zeros",
        "new_ones",
        "new_full",
        "new_empty",
        "new_empty_strided",
        "empty_strided",
        "eye",
        "tril",
        "triu",
        "meshgrid",
        "fill_",
        "zero_",
        "bernoulli_",
        "sym_size",
        "_assert_async",
        "_assert_tensor_metadata",
        *READ_OUT,
    ]
)
