"""What the operations of ONNX are in ATen: a node, or a chain of nodes that spells one operation, is a few calls."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isclose
from types import MappingProxyType
from typing import Any, NamedTuple

from menet_design.importing.calls import Value

# What a call does, its arguments by name, and the tensors that it makes.
Step = tuple[str, dict[str, Any], tuple[Value, ...]]


class Node(NamedTuple):
    """A node: what it reads, None where left out, and what it makes.

    For each that it reads, `numbers` are those of a constant, where they are known, and `flowing` says whether it
    depends on the inputs of the network.
    """

    kind: str
    inputs: tuple[Any, ...]
    outputs: tuple[Value, ...]
    attributes: Mapping[str, Any]
    numbers: tuple[Any, ...]
    flowing: tuple[bool, ...]

    @property
    def value(self) -> Value:
        """What it reads first."""
        value: Value = self.inputs[0]
        return value

    def input(self, index: int) -> Any:
        """What it reads at a place; None where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def listed(self, name: str, index: int) -> Any:
        """Numbers that are an attribute in some versions of ONNX, and an input in others; None where left out."""
        if self.input(index) is None:
            return self.attributes.get(name)
        return self.known(index)

    def known(self, index: int) -> Any:
        """The numbers that it reads at a place. Raises ValueError where they depend on the input."""
        numbers = self.numbers[index]
        if numbers is None:
            raise ValueError(f"what {self.kind} reads depends on the input")
        return numbers.tolist()


def translated(*nodes: Node) -> list[Step]:
    """The steps of a node, of one that is not known under its own name; of a chain none where it spells nothing."""
    first = nodes[0]
    if len(nodes) > 1:
        return list(CHAINS[tuple(node.kind for node in nodes)](*nodes))
    translate = _TRANSLATIONS.get(first.kind)
    return list(translate(first)) if translate else [(first.kind, {"self": list(first.inputs)}, first.outputs)]


_Translation = Callable[..., Iterable[Step]]


def _direct(operation: str) -> _Translation:
    """One operation of the inputs."""

    def translate(node: Node) -> Iterator[Step]:
        yield operation, {"self": node.value, "others": list(node.inputs[1:])}, node.outputs

    return translate


def _moves(node: Node, *moves: tuple[str, dict[str, Any], Sequence[int]]) -> Iterator[Step]:
    """Several operations one after the other, each of what the one before makes, with the shapes that they make."""
    value = node.value
    for index, (operation, arguments, shape) in enumerate(moves):
        is_last = index == len(moves) - 1
        made = node.outputs[0] if is_last else Value((node.outputs[0].key, index), tuple(shape))
        yield operation, {"self": value, **arguments}, (made,)
        value = made


def _conv(node: Node) -> Iterator[Step]:
    stride, groups = node.attributes.get("strides", [1]), node.attributes.get("group", 1)
    arguments = {"input": node.value, "weight": node.inputs[1], "bias": node.input(2)}
    rest = {"stride": list(stride), "groups": groups, "transposed": node.kind == "ConvTranspose"}
    yield "convolution", arguments | rest, node.outputs


def _gemm(node: Node) -> Iterator[Step]:
    """A product of matrices, each of which may be transposed: a fully connected layer where one of them is constant."""
    one, other = node.value, node.inputs[1]
    if node.attributes.get("transA") and node.flowing[0]:
        one = Value((node.outputs[0].key, "A"), one.shape[::-1])
        yield "t", {"self": node.value}, (one,)
    if node.flowing[0] and not node.flowing[1]:
        yield "linear", {"input": one, "weight": other, "bias": node.input(2)}, node.outputs
        return
    if node.attributes.get("transB"):
        made = Value((node.outputs[0].key, "B"), other.shape[::-1])
        yield "t", {"self": other}, (made,)
        other = made
    yield "addmm", {"mat1": one, "mat2": other, "self": node.input(2)}, node.outputs


def _norm(operation: str, weights: int = 2) -> _Translation:
    """A norm with its weights; the statistics that stand behind them are not trained."""

    def translate(node: Node) -> Iterator[Step]:
        arguments = {"input": node.value, "weights": list(node.inputs[1 : 1 + weights])}
        yield operation, arguments | {"num_groups": node.attributes.get("num_groups", 1)}, node.outputs

    return translate


def _clip(node: Node) -> Iterator[Step]:
    yield "relu6" if _bounds(node) == [0, 6] else "clamp", {"self": node.value}, node.outputs


def _bounds(node: Node) -> list[float | None]:
    return [_number(node.listed(name, index)) for index, name in enumerate(("min", "max"), 1)]


def _number(numbers: Any) -> float | None:
    """One number, however many lists it stands in."""
    while isinstance(numbers, list) and len(numbers) == 1:
        numbers = numbers[0]
    return numbers if isinstance(numbers, int | float) else None


def _pool(operation: str) -> _Translation:
    def translate(node: Node) -> Iterator[Step]:
        kernel = list(node.attributes["kernel_shape"])
        stride = list(node.attributes.get("strides", [1] * len(kernel)))
        yield operation, {"self": node.value, "kernel_size": kernel, "stride": stride}, node.outputs

    return translate


def _reduce(operation: str) -> _Translation:
    def translate(node: Node) -> Iterator[Step]:
        axes = node.listed("axes", 1)
        is_nothing = not axes and node.attributes.get("noop_with_empty_axes")
        yield "identity" if is_nothing else operation, {"self": node.value, "dim": axes and list(axes)}, node.outputs

    return translate


def _transpose(node: Node) -> Iterator[Step]:
    axes = node.attributes.get("perm", range(len(node.value.shape))[::-1])
    yield "permute", {"self": node.value, "dims": list(axes)}, node.outputs


def _concat(node: Node) -> Iterator[Step]:
    yield "cat", {"tensors": list(node.inputs), "dim": node.attributes["axis"]}, node.outputs


def _split(node: Node) -> Iterator[Step]:
    yield "split", {"self": node.value, "dim": node.attributes.get("axis", 0)}, node.outputs


def _slice(node: Node) -> Iterator[Step]:
    """A slice along each of some axes, one after the other."""
    starts, ends = node.listed("starts", 1), node.listed("ends", 2)
    axes = node.listed("axes", 3) or range(len(starts))
    steps, shape = node.listed("steps", 4) or [1] * len(starts), list(node.value.shape)
    moves: list[tuple[str, dict[str, Any], Sequence[int]]] = []
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        places = range(shape[axis])[start:end:step]
        shape[axis] = len(places)
        moves.append(("index_select", {"dim": axis, "index": list(places)}, tuple(shape)))
    return _moves(node, *moves)


def _gather(node: Node) -> Iterator[Step]:
    """Places along an axis; of weights, by indices that depend on the input, it is an embedding."""
    axis = node.attributes.get("axis", 0) % len(node.value.shape)
    if node.flowing[1] and not node.flowing[0]:
        yield "embedding", {"weight": node.value, "indices": node.inputs[1]}, node.outputs
    elif isinstance(index := node.known(1), int):
        yield "select", {"self": node.value, "dim": axis, "index": index}, node.outputs
    else:
        yield "index", {"self": node.value, "indices": [None] * axis + [index]}, node.outputs


def _gather_nd(node: Node) -> Iterator[Step]:
    """Places along the first axes."""
    if node.attributes.get("batch_dims"):
        raise ValueError("indices for each image")
    places = node.numbers[1]
    parts = [places[..., axis].tolist() for axis in range(places.shape[-1])]
    yield "index", {"self": node.value, "indices": parts}, node.outputs


def _pad(node: Node) -> Iterator[Step]:
    """Padding; `pads` are the beginnings of all axes, then their ends."""
    pads, dimensions = node.listed("pads", 1), len(node.value.shape)
    axes = [axis % dimensions for axis in node.listed("axes", 3) or range(len(pads) // 2)]
    widths = {axis: (pads[place], pads[place + len(axes)]) for place, axis in enumerate(axes)}
    pad = [width for axis in range(dimensions)[::-1] for width in widths.get(axis, (0, 0))]
    yield "constant_pad_nd", {"self": node.value, "pad": pad}, node.outputs


def _upsample(node: Node) -> Iterator[Step]:
    mode = node.attributes.get("mode", b"nearest").decode()
    name = {"nearest": "nearest2d", "linear": "bilinear2d", "cubic": "bicubic2d"}[mode]
    yield f"upsample_{name}", {"self": node.value}, node.outputs


def _depth_to_space(node: Node) -> Iterator[Step]:
    """A pixel shuffle; with DCR, which is the default, the channels of a pixel stand apart, and not together."""
    factor, (batch, channels, height, width) = node.attributes["blocksize"], node.value.shape
    if node.attributes.get("mode") == b"CRD":
        return iter([("pixel_shuffle", {"self": node.value, "upscale_factor": factor}, node.outputs)])
    apart = (batch, factor, factor, channels // factor**2, height, width)
    return _moves(
        node,
        ("view", {}, apart),
        ("permute", {"dims": [0, 3, 4, 1, 5, 2]}, [apart[axis] for axis in (0, 3, 4, 1, 5, 2)]),
        ("view", {}, ()),
    )


def _space_to_depth(node: Node) -> Iterator[Step]:
    factor, (batch, channels, height, width) = node.attributes["blocksize"], node.value.shape
    apart = (batch, channels, height // factor, factor, width // factor, factor)
    return _moves(
        node,
        ("view", {}, apart),
        ("permute", {"dims": [0, 3, 5, 1, 2, 4]}, [apart[axis] for axis in (0, 3, 5, 1, 2, 4)]),
        ("view", {}, ()),
    )


def _tile(node: Node) -> Iterator[Step]:
    yield "repeat", {"self": node.value, "repeats": node.listed("repeats", 1)}, node.outputs


def _einsum(node: Node) -> Iterator[Step]:
    yield "einsum", {"equation": node.attributes["equation"].decode(), "tensors": list(node.inputs)}, node.outputs


def _attention(node: Node) -> Iterator[Step]:
    query, key, value = node.inputs[:3]
    yield "scaled_dot_product_attention", {"query": query, "key": key, "value": value}, node.outputs


def _biased(product: Node, bias: Node) -> Iterator[Step]:
    """A fully connected layer, whose bias is added behind it."""
    place = 1 if bias.flowing[0] else 0
    added, wide = bias.input(place), product.outputs[0].shape[-1:]
    if product.flowing[:2] == (True, False) and not bias.flowing[place] and added and added.shape == wide:
        yield "linear", {"input": product.value, "weight": product.inputs[1], "bias": added}, bias.outputs


def _group_norm(first: Node, norm: Node, back: Node, weight: Node, bias: Node) -> Iterator[Step]:
    """A group norm, spelled as an instance norm of the groups as if they were channels."""
    scales = [
        each for node in (weight, bias) for each, flows in zip(node.inputs, node.flowing, strict=True) if not flows
    ]
    if len(scales) == 2 and back.outputs[0].shape == first.value.shape and norm.numbers[1] is not None:
        groups = norm.value.shape[1]
        yield "group_norm", {"input": first.value, "num_groups": groups, "weights": scales}, bias.outputs


def _activation(*nodes: Node) -> Iterator[Step]:
    """An activation of x, spelled by several nodes."""
    spelling = tuple(node.kind for node in nodes)
    value = next((each for each, flows in zip(nodes[0].inputs, nodes[0].flowing, strict=True) if flows), None)
    inputs = (value, *(node.outputs[0] for node in nodes))
    for name, *operands in _ACTIVATIONS:
        is_like = spelling == tuple(kind for kind, _ in operands)
        if is_like and all(
            _takes(node, made, value, beside) for node, made, (_, beside) in zip(nodes, inputs, operands, strict=False)
        ):
            yield name, {"self": value}, nodes[-1].outputs
            return


def _takes(node: Node, made: Value | None, value: Value | None, beside: Any) -> bool:
    """Whether a node takes what is made, and beside it x itself or some numbers."""
    places = [place for place, each in enumerate(node.inputs) if each is not None and each != made]
    if beside == "x":
        return [node.inputs[place] for place in places] == [value]
    attributes = [node.attributes[name] for name in ("min", "max") if name in node.attributes]
    numbers = attributes + [
        _number(node.numbers[place].tolist()) if node.numbers[place] is not None else None for place in places
    ]
    return len(numbers) == len(beside) and all(
        each is not None and isclose(each, wanted, rel_tol=1e-3) for each, wanted in zip(numbers, beside, strict=True)
    )


_ROOT, _SIXTH, _SIX = 2**0.5, 1 / 6, (0, 6)
# How activations of x are spelled: nodes one after the other, with what each takes beside what the one before makes.
_ACTIVATIONS: Sequence[tuple[Any, ...]] = (
    ("silu", ("Sigmoid", ()), ("Mul", "x")),
    ("mish", ("Softplus", ()), ("Tanh", ()), ("Mul", "x")),
    *(
        ("gelu", (kind, (number,)), ("Erf", ()), ("Add", (1,)), ("Mul", one), ("Mul", other))
        for kind, number in (("Div", _ROOT), ("Mul", 1 / _ROOT))
        for one, other in (((0.5,), "x"), ("x", (0.5,)))
    ),
    ("hardswish", ("HardSigmoid", ()), ("Mul", "x")),
    *(
        spelling
        for sixth in (("Div", (6,)), ("Mul", (_SIXTH,)))
        for spelling in (
            ("hardsigmoid", ("Add", (3,)), ("Clip", _SIX), sixth),
            ("hardswish", ("Add", (3,)), ("Clip", _SIX), sixth, ("Mul", "x")),
            ("hardswish", ("Add", (3,)), ("Clip", _SIX), ("Mul", "x"), sixth),
        )
    ),
)
# What chains of nodes may spell, by their kinds.
CHAINS: Mapping[tuple[str, ...], _Translation] = MappingProxyType(
    {
        **{tuple(kind for kind, _ in operands): _activation for _, *operands in _ACTIVATIONS},
        ("MatMul", "Add"): _biased,
        ("Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"): _group_norm,
    }
)
# Nodes that are called in ATen as they are in ONNX, in small letters, and those that are called otherwise.
_ALIKE = (
    *(
        "Relu",
        "Elu",
        "Celu",
        "Selu",
        "Sigmoid",
        "HardSigmoid",
        "HardSwish",
        "Gelu",
        "Mish",
        "Softplus",
        "Tanh",
        "Softmax",
    ),
    *(
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Pow",
        "Sqrt",
        "Exp",
        "Log",
        "Erf",
        "Neg",
        "Abs",
        "Reciprocal",
        "Sin",
        "Cos",
        "Where",
    ),
    *("Floor", "Ceil", "Round", "Sign", "IsNaN", "CumSum", "Identity", "Expand"),
)
_OTHERWISE = {
    "leaky_relu": ("LeakyRelu",),
    "prelu": ("PRelu",),
    "silu": ("Swish",),
    "threshold": ("ThresholdedRelu",),
    "log_softmax": ("LogSoftmax",),
    "add": ("Sum",),
    "maximum": ("Max",),
    "minimum": ("Min",),
    "fmod": ("Mod",),
    "eq": ("Equal",),
    "lt": ("Less",),
    "le": ("LessOrEqual",),
    "gt": ("Greater",),
    "ge": ("GreaterOrEqual",),
    "logical_and": ("And",),
    "logical_or": ("Or",),
    "logical_not": ("Not",),
    "adaptive_avg_pool2d": ("GlobalAveragePool",),
    "adaptive_max_pool2d": ("GlobalMaxPool",),
    "view": ("Reshape", "Flatten", "Squeeze", "Unsqueeze"),
    "identity": ("Dropout", "QuantizeLinear", "DequantizeLinear"),
    "_to_copy": ("Cast", "CastLike"),
    "zeros": ("ConstantOfShape", "Range", "EyeLike", "Shape", "Size"),
}
_TRANSLATIONS: Mapping[str, _Translation] = MappingProxyType(
    {
        **{kind: _direct(kind.lower()) for kind in _ALIKE},
        **{kind: _direct(operation) for operation, kinds in _OTHERWISE.items() for kind in kinds},
        "Conv": _conv,
        "ConvTranspose": _conv,
        "Gemm": _gemm,
        "MatMul": lambda node: [("matmul", {"self": node.value, "other": node.inputs[1]}, node.outputs)],
        "Einsum": _einsum,
        "Attention": _attention,
        "BatchNormalization": _norm("batch_norm"),
        "LayerNormalization": _norm("layer_norm"),
        "RMSNormalization": _norm("rms_norm"),
        "GroupNormalization": _norm("group_norm"),
        "InstanceNormalization": _norm("instance_norm"),
        "Clip": _clip,
        "MaxPool": _pool("max_pool2d"),
        "AveragePool": _pool("avg_pool2d"),
        "ReduceMean": _reduce("mean"),
        "ReduceSum": _reduce("sum"),
        "ReduceMax": _reduce("amax"),
        "ReduceMin": _reduce("amin"),
        "ReduceProd": _reduce("prod"),
        "ReduceL1": _reduce("linalg_vector_norm"),
        "ReduceL2": _reduce("linalg_vector_norm"),
        "ReduceLogSumExp": _reduce("logsumexp"),
        "Transpose": _transpose,
        "Concat": _concat,
        "Split": _split,
        "Slice": _slice,
        "Gather": _gather,
        "GatherND": _gather_nd,
        "Pad": _pad,
        "Resize": _upsample,
        "Upsample": _upsample,
        "DepthToSpace": _depth_to_space,
        "SpaceToDepth": _space_to_depth,
        "Tile": _tile,
    }
)
