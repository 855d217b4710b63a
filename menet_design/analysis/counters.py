"""What other counters report of the same network: named steps from this project's total, in closed form.

They hold at batch size 1, in evaluation, on a CPU, for networks that were recorded and for the models as they are built
here (`menet_design.models`). fvcore, torch and ptflops' ATen look at the operations that are executed, thop and
torchinfo hook modules, DeepSpeed and calflops replace functions of torch, and ptflops does both.
"""

from collections.abc import Callable, Iterable, Mapping
from math import prod
from types import MappingProxyType

from menet_design.analysis.conventions import PAPER, Convention, Increment, Step
from menet_design.analysis.increments import (
    FUNCTIONAL,
    WEIGHTED,
    ByCall,
    again,
    attention,
    biases,
    by_function,
    by_kind,
    by_layer,
    calls,
    each_side,
    einsum_flops,
    functions,
    has_list,
    in_1d_2d_3d,
    inputs,
    is_inside,
    is_within,
    layer,
    layers_biases,
    made,
    named,
    norm,
    nothing,
    once,
    operands,
    outputs,
    product,
    read,
    renamed,
    scaled,
    shapes,
    side_by_side,
    sized,
    unseen,
    upsampled,
)
from menet_design.graph.operation import Integer, Operation, kinds_and_variants
from menet_design.graph.recorded import FunctionCall, LayerCall
from menet_design.values import check_known

# Names that several counters look up: classes of layers, functions.
_TRANSPOSED, _LAYERS = in_1d_2d_3d("ConvTranspose"), f"{in_1d_2d_3d('Conv ConvTranspose')} Linear"
_POOLS = in_1d_2d_3d("MaxPool AvgPool AdaptiveMaxPool AdaptiveAvgPool")
_BATCH_NORMS, _INSTANCE_NORMS = in_1d_2d_3d("BatchNorm"), in_1d_2d_3d("InstanceNorm")
_POOL_FUNCTIONS = named(FUNCTIONAL, in_1d_2d_3d("max_pool avg_pool adaptive_max_pool adaptive_avg_pool"), read)
_CONVOLUTIONS = tuple(named(FUNCTIONAL, in_1d_2d_3d("conv"), None))
_TRANSPOSITIONS = tuple(named(FUNCTIONAL, in_1d_2d_3d("conv_transpose"), None))


def _products(times: int, names: str, methods: str) -> dict[str, ByCall]:
    """Products of matrices as functions and as methods of tensors."""
    return {**named("torch.", names, product(times)), **named("Tensor.", methods, product(times))}


def _sums(times: int) -> dict[str, ByCall]:
    """Products of matrices to which something is added."""
    return {**named("torch.", "addmm baddbmm", product(times, added=True)), "Tensor.addmm": product(times, added=True)}


def _elementwise(rule: ByCall) -> dict[str, ByCall]:
    """Products and sums of elements."""
    return {**named("torch.", "mul add", rule), **named("Tensor.", "mul add", rule)}


_TWOFOLD = by_kind("a multiply-add counted as 2", dict.fromkeys(WEIGHTED, once))
_CONV_BIASES = by_kind("biases of convolutions", {"conv": biases})
_LINEAR_BIASES = by_kind("biases of fully connected layers", {"linear": biases})
_OTHER_NORMS = (("norm", "instance"), ("norm", "group"), ("norm", "layer"))

# fvcore: the operations of TorchScript. Pools of one or three sides, and padding by a word, are others to it.


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


_MATMUL = _products(1, "matmul mm bmm", "matmul __matmul__ mm bmm")
_FVCORE = (
    by_kind("batch norm, 2 an element", {("norm", "batch"): norm(2, 1)}),
    by_kind("other norms, 5 an element", dict.fromkeys(_OTHER_NORMS, norm(5, 4))),
    by_kind("adaptive average pools, 1 an input", {("pool", "adaptive average"): _adaptive}),
    by_kind("upsampling, 1 an output; bilinear, 4", {"upsample": upsampled({(2, "nearest"): 1, (2, "linear"): 4})}),
    by_function("products of matrices, without broadcasting", _MATMUL),
    Step("einsum, as numpy counts it to four digits", _einsum),
    unseen("attention, baddbmm, padding by a word: not counted", _fvcore_sees),
)

# torch and ptflops' ATen: the operations that are executed. Neither knows the attention of a CPU.


def _is_no_attention(op: Operation) -> bool:
    return op.kind != "attention"


_TORCH = (_TWOFOLD, unseen("attention, not counted on a CPU", _is_no_attention, 2))
_ATEN = (
    _CONV_BIASES,
    _LINEAR_BIASES,
    unseen("attention, baddbmm: not counted", lambda op: _is_no_attention(op) and not is_within(op, "baddbmm")),
)

# ptflops: hooks of layers and functions. A layer that calls its function counts twice; attention layers are counted as
# a whole, and the layers that they hold are not.
_TIMMS = ("timm.layers.attention.Attention", "timm.models.vision_transformer.Attention")
_WHOLE = frozenset({"MultiheadAttention", *_TIMMS})
_PTFLOPS_LAYERS = (
    by_layer("biases of convolutions", named("", in_1d_2d_3d("Conv ConvTranspose"), layers_biases), _WHOLE),
    by_layer("biases of fully connected layers", {"Linear": layers_biases}, _WHOLE),
    by_layer("batch norm, 2 an element", named("", _BATCH_NORMS, norm(2, 1)), _WHOLE),
    by_layer(
        "other norms, 2 an element; layer norm, 1",
        {**named("", f"{_INSTANCE_NORMS} GroupNorm", norm(2, 1)), "LayerNorm": outputs(1)},
        _WHOLE,
    ),
    by_layer(
        "ReLU and its like, 1 an element (modules)",
        named("", "ReLU ReLU6 LeakyReLU PReLU ELU GELU", outputs(1)),
        _WHOLE,
    ),
    by_layer("pool inputs, 1 an element (modules)", named("", _POOLS, inputs(1)), _WHOLE),
    by_layer("upsampling, 1 an output (modules)", {"Upsample": outputs(1)}, _WHOLE),
)
_PTFLOPS_PRODUCTS = {**_products(1, "matmul mm bmm", "matmul mm bmm"), **_sums(1)}


def _ptflops_hooks(op: Operation) -> bool:
    return layer(op) in _LAYERS.split() and not is_inside(op, _WHOLE)


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
    by_function("pool inputs, 1 an element (functions)", _POOL_FUNCTIONS),
    by_function("upsampling, 1 an output (functions)", named(FUNCTIONAL, "upsample interpolate", scaled)),
    by_function("products and sums, 1 an element (functions)", _elementwise(side_by_side)),
    by_function("products of matrices, without broadcasting (functions)", _PTFLOPS_PRODUCTS),
    Step("attention of timm, 1 a query's and 1 a score's element", _timms_attention),
    unseen("no layer or function that it knows: not counted", _ptflops_sees),
)

# thop: hooks of layers, twice for a layer that two modules hold, whose count it then takes twice.


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


def _thop_hooks(op: Operation) -> bool:
    return layer(op) in _LAYERS.split()


_UPSAMPLING = {
    **{(sides, "nearest"): 1 for sides in (1, 2, 3)},
    **{(1, "linear"): 5, (2, "linear"): 11, (2, "bicubic"): 259},
}
_THOP_LAYERS = (
    by_layer("transposed convolutions, by what they make", named("", _TRANSPOSED, _transposed)),
    by_layer("batch norm, 4 an element", named("", f"{_BATCH_NORMS} SyncBatchNorm", norm(4, 2))),
    by_layer("other norms, 4 an element", named("", f"{_INSTANCE_NORMS} LayerNorm", norm(4, 2))),
    by_layer("average-pool outputs, 1 an element (modules)", named("", in_1d_2d_3d("AvgPool"), outputs(1))),
    by_layer(
        "adaptive average pools, 1 an input and 1 an output (modules)",
        named("", in_1d_2d_3d("AdaptiveAvgPool"), _adaptive_window),
    ),
    by_layer("PReLU, 1 an element; softmax, 3 (modules)", {"PReLU": outputs(1), "Softmax": _softmax}),
    by_layer(
        "upsampling, 1 to 259 an output by its method (modules)",
        named("", "Upsample UpsamplingNearest2d UpsamplingBilinear2d", upsampled(_UPSAMPLING)),
    ),
)
_THOP = (
    *_THOP_LAYERS,
    again(_THOP_LAYERS, _thop_hooks, lambda ways: ways**2),
    unseen("no layer that it knows: not counted", _thop_hooks),
)

# torchinfo: for each call of a module that holds no others, the sizes of its weights and biases, times the batch, times
# the pixels if its class is called a Conv.


def _counted(call: LayerCall, names: str) -> int:
    """What it counts of a layer for the parameters of some names, or for others whose names speak of such ("")."""
    first, *rest = call.output or (1,)
    places = first * prod(rest[1:]) if "Conv" in call.name.rpartition(".")[2] else first
    if names:
        return places * sum(size for name, size in call.parameters if name in names.split())
    spoken = (
        size
        for name, size in call.parameters
        if ("weight" in name or "bias" in name) and name not in ("weight", "bias")
    )
    return sum(spoken) * prod(call.output[:2])


def _of_layer(own: Increment, recorded: Callable[[LayerCall, Integer], Integer]) -> Increment:
    """What it counts of torch's own layers: of networks that are built here, and of recorded ones."""

    def amount(op: Operation, macs: Integer) -> Integer:
        if op.call is None:
            return own(op, macs)
        return 0 if op.call.layer is None or "." in op.call.layer.name else recorded(op.call.layer, macs)

    return amount


def _all(call: LayerCall, macs: Integer) -> Integer:
    return _counted(call, "weight bias") + _counted(call, "")


def _others(op: Operation, macs: Integer) -> Integer:
    """For layers that are not torch's the parameters that they have, whatever it is that they multiply."""
    if "." not in op.layer:
        return 0
    return (_all(op.call.layer, macs) if op.call and op.call.layer else 0) - macs


_BIAS = _of_layer(biases, lambda call, macs: _counted(call, "bias"))
_WEIGHT = _of_layer(nothing, lambda call, macs: _counted(call, "weight") + _counted(call, "") - macs)
_TORCHINFO = (
    by_kind("biases of convolutions", {"conv": _BIAS}),
    by_kind("biases of fully connected layers", {"linear": _BIAS}),
    by_kind(
        "batch-norm parameters, counted as multiply-adds",
        {("norm", "batch"): _of_layer(lambda op, macs: 2 * op.channels, _all)},
    ),
    by_kind(
        "parameters of other layers, counted as multiply-adds",
        {
            **{
                kind: _of_layer(nothing, _all)
                for kind, _ in kinds_and_variants()
                if kind not in ("conv", "linear", "norm")
            },
            **dict.fromkeys((*_OTHER_NORMS, ("norm", "rms")), _of_layer(nothing, _all)),
        },
    ),
    by_kind("transposed convolutions, by what they make", {"conv": _WEIGHT}),
    by_kind("weights of fully connected layers, once for all places", {"linear": _WEIGHT}),
    Step("layers that are not torch's, by their parameters", _others),
    unseen("no layer: not counted", lambda op: bool(layer(op)) or "." in op.layer),
)

# DeepSpeed, and calflops, which was made of an older one: functions.


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
    products = {**products, **_sums(2), "torch.einsum": lambda op, macs, call: int(einsum_flops(call)) - 2 * macs}
    seen = frozenset({f"{FUNCTIONAL}linear", *_CONVOLUTIONS, *_TRANSPOSITIONS, *products})
    return (
        _TWOFOLD,
        by_function("biases of convolutions", dict.fromkeys(_CONVOLUTIONS, _conv_biases)),
        by_function("batch norm, 2 an element", {f"{FUNCTIONAL}batch_norm": _batch_norm}),
        by_function(
            "other norms, 5 an element",
            named(FUNCTIONAL, "batch_norm layer_norm group_norm instance_norm", _other_norm),
        ),
        by_function("ReLU, leaky or not, 1 an element", named(FUNCTIONAL, "relu relu6 leaky_relu", read)),
        by_function("other activations, 1 an element", named(FUNCTIONAL, "prelu elu silu gelu softmax", read)),
        by_function("pool inputs, 1 an element", _POOL_FUNCTIONS),
        by_function("products of matrices, without broadcasting", products),
        by_function("padding by a word, a pixel less for even windows", dict.fromkeys(_CONVOLUTIONS, _short)),
        *others,
        unseen("no function that it knows: not counted", lambda op: calls(op, seen), 2),
    )


_DEEPSPEED = _replacing(
    {
        **_products(2, "matmul mm bmm", "matmul __matmul__ mm bmm"),
        f"{FUNCTIONAL}scaled_dot_product_attention": attention,
    },
    (
        by_function("biases of transposed convolutions", dict.fromkeys(_TRANSPOSITIONS, _conv_biases)),
        by_function(
            "upsampling, 1 an output, or 1 a pixel of a size", named(FUNCTIONAL, "upsample interpolate", sized(scaled))
        ),
        by_function("products and sums, 1 an element", _elementwise(made)),
    ),
)
_CALFLOPS_ONCE = _replacing(
    _products(2, "matmul", "matmul"),
    (
        by_function(
            "biases of transposed convolutions, as of straight ones", dict.fromkeys(_TRANSPOSITIONS, _straight_biases)
        ),
        by_function("transposed convolutions, divided by their groups twice", dict.fromkeys(_TRANSPOSITIONS, _divided)),
        by_function(
            "upsampling, 1 an input, or 1 a pixel of a size", named(FUNCTIONAL, "upsample interpolate", sized(read))
        ),
        by_function("products and sums, 1 an element", _elementwise(side_by_side)),
    ),
)
_CALFLOPS = (*_CALFLOPS_ONCE, again(_CALFLOPS_ONCE, lambda op: True, lambda ways: ways))

# Why counters fail, or why nobody can say what they count.


def _is_file(op: Operation) -> str:
    is_read = op.parameters is not None and op.call is None and op.kind in (*WEIGHTED, "norm", "activation", "pool")
    return "cannot be told: a file does not say by which layers and functions it was made" if is_read else ""


def _is_fused(op: Operation) -> str:
    """Torch runs nn.MultiheadAttention in one go, by an operation that no counter knows, where it can."""
    found = is_inside(op, ("MultiheadAttention",))
    return (
        "cannot be told: nn.MultiheadAttention is one operation, or several where gradients are wanted" if found else ""
    )


def _is_vector(op: Operation) -> str:
    vectors = [call.name for call in functions(op) if op.call and call.name in _MATMUL and len(shapes(call)[1]) < 2]
    return f"fails: {{name}} calls {vectors[0]} with a vector" if vectors else ""


def _is_nameless(known: Iterable[str]) -> Callable[[Operation], str]:
    """Hooks look at the first of the inputs that have no name."""
    classes = frozenset(known)

    def failure(op: Operation) -> str:
        found = op.call is not None and op.call.layer is not None and not op.call.layer.positional
        return "fails: {name} is given its input by name" if found and layer(op) in classes else ""

    return failure


def _is_misfit(op: Operation) -> str:
    """The arguments of a call must fit those of what replaces the function."""
    misfits = ((call.name, _misfit(call)) for call in functions(op) if op.call)
    return next((f"fails: {{name}} calls {name} with {what}" for name, what in misfits if what), "")


def _misfit(call: FunctionCall) -> str:
    name, names = call.name.rpartition(".")[2], dict(call.named)
    misfits = {
        "its output_size by name": "pool" in name and "output_size" in names,
        "its input by name": name in ("interpolate", "upsample") and not call.arguments,
        "its inputs by name": name == "scaled_dot_product_attention" and len(call.arguments) < 3,
        "its approximation without a name": name == "gelu" and len(call.arguments) > 1,
        "a list of operands": name == "einsum" and has_list(call),
    }
    return next((what for what, is_so in misfits.items() if is_so), "")


def _any(*failures: Callable[[Operation], str]) -> Callable[[Operation], str]:
    return lambda op: next(filter(None, (failure(op) for failure in failures)), "")


_HOOKED = f"{_LAYERS} {_POOLS} {_BATCH_NORMS} {_INSTANCE_NORMS} LayerNorm PReLU Upsample".split()
_REPLACED = _any(_is_file, _is_fused, _is_misfit)

# Read from the counters' sources, and compared with what they report when they are run.
_CONVENTIONS = (
    Convention(
        "fvcore",
        "as fvcore counts: multiply-adds, and 2 a batch-norm element",
        _FVCORE,
        _any(_is_file, _is_fused, _is_vector),
    ),
    Convention(
        "ptflops_pytorch",
        "as ptflops (pytorch) counts: multiply-adds, biases, batch norm, ReLU and pools",
        _PTFLOPS,
        _any(_is_file, _is_fused, _is_nameless((*_HOOKED, "GroupNorm", "ReLU", "ReLU6", "LeakyReLU", "ELU", "GELU"))),
    ),
    Convention("ptflops_aten", "as ptflops (aten) counts: multiply-adds and biases", _ATEN, _any(_is_file, _is_fused)),
    Convention(
        "thop",
        "as thop counts: multiply-adds, 4 a batch-norm element, average-pool outputs",
        _THOP,
        _any(_is_file, _is_nameless((*_HOOKED, "Softmax", "SyncBatchNorm"))),
    ),
    Convention(
        "torchinfo", "as torchinfo counts: multiply-adds, biases and batch-norm parameters", _TORCHINFO, _is_file
    ),
    Convention(
        "deepspeed",
        "as DeepSpeed counts: 2 a multiply-add, conv biases, batch norm, ReLU, pools",
        _DEEPSPEED,
        _REPLACED,
    ),
    Convention(
        "calflops",
        "as calflops counts: 2 a multiply-add, conv biases, batch norm, ReLU, pools",
        _CALFLOPS,
        _REPLACED,
    ),
    Convention("torch", "as torch counts: 2 a multiply-add, convolutions and classifier only", _TORCH, _is_fused),
)
# The versions whose rules these are.
VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "fvcore": "0.1.5.post20221221",
        "ptflops": "0.7.5",
        "thop": "0.1.1.post2209072238",
        "torchinfo": "1.8.0",
        "deepspeed": "0.19.8",
        "calflops": "0.3.2",
        "torch": "2.13.0",
    }
)
COUNTERS: Mapping[str, Convention] = MappingProxyType({each.name: each for each in _CONVENTIONS})


def convention(name: str) -> Convention:
    """The convention of a name, with hyphens or underscores. Raises DesignError, naming all, for any other."""
    known = {PAPER.name: PAPER, **COUNTERS}
    key = name.lower().replace("-", "_")
    check_known("convention", key, tuple(known))
    return known[key]
