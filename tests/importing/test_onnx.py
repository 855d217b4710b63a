"""`.onnx` files: what their nodes mean, exactly, against onnx's own evaluator and torch's own counter."""

import subprocess
import sys

import numpy as np
import pytest
from exported import (
    EXAMPLES,
    ORDER,
    Shuffles,
    Tokens,
    UNet,
    export_onnx,
    macs,
    parameters,
    randomized,
    rearranged,
    timm_model,
    torch_macs,
)

from menet_design.errors import DesignError, MissingPackage
from menet_design.graph.operation import UnknownOperation
from menet_design.importing.graph import read
from menet_design.importing.onnx import OnnxError, read_onnx

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

MAPS = {"x": (1, 12, 4, 6)}


def node(kind, inputs, outputs="y", domain="", **attributes):
    return helper.make_node(kind, inputs.split(), outputs.split(), domain=domain, **attributes)


def make(nodes, inputs=MAPS, outputs="y", opset=18, functions=(), **constants):
    """A model of nodes; constants are arrays, or shapes of parameters whose numbers do not matter."""
    tensors = [
        numpy_helper.from_array(np.zeros(each, np.float32) if isinstance(each, tuple) else np.asarray(each), name)
        for name, each in constants.items()
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()]
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs.split()]
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    return helper.make_model(
        helper.make_graph(nodes, "graph", inputs, made, tensors),
        opset_imports=imports,
        functions=functions,
        ir_version=10,
    )


@pytest.fixture
def traced(tmp_path):
    """The graph of a model."""

    def trace(model, inputs=(), allowed=()):
        path = tmp_path / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return read(read_onnx(path, inputs), allowed)

    return trace


def ints(*numbers):
    return np.array(numbers, np.int64)


def kinds(graph):
    return [" ".join(filter(None, (op.variant, op.kind))) for op in graph.operations]


# Nodes from x, 12 maps of 4×6 (batch first), to y, and the constants that they take.
MOVES = {
    "reshape, transpose, reshape": (
        [node("Reshape", "x a", "b"), node("Transpose", "b", "c", perm=[0, 2, 1, 3, 4]), node("Reshape", "c d")],
        {"a": ints(1, 3, 4, 4, 6), "d": ints(0, -1, 4, 6)},
    ),
    "gather": ([node("Gather", "x a", axis=1)], {"a": ints(*reversed(range(12)))}),
    "gather one": ([node("Gather", "x a", "b", axis=-3), node("Unsqueeze", "b c")], {"a": np.int64(-2), "c": ints(1)}),
    "gather a table": (
        [node("Gather", "x a", "b", axis=1), node("Reshape", "b c")],
        {"a": np.arange(12).reshape(3, 4).T.copy(), "c": ints(1, 12, 4, 6)},
    ),
    "gather along a first axis": (
        [
            node("Transpose", "x", "a", perm=[1, 0, 2, 3]),
            node("GatherND", "a b", "c"),
            node("Transpose", "c", perm=[1, 0, 2, 3]),
        ],
        {"b": ints(3, 1, 2, 11).reshape(4, 1)},
    ),
    "slices": ([node("Slice", "x a b c d")], {"a": ints(1, -1), "b": ints(9, -100), "c": ints(1, 3), "d": ints(2, -1)}),
    "a slice of all axes": ([node("Slice", "x a b")], {"a": ints(0, 3, 0, 0), "b": ints(1, 2**31, -1, 5)}),
    "a slice of old": ([node("Slice", "x", axes=[1], starts=[-5], ends=[-1])], {}, 9),
    "backwards": ([node("Slice", "x a b c a")], {"a": ints(-1), "b": ints(-100), "c": ints(1)}),
    "split and concat": (
        [node("Split", "x a", "b c d", axis=1), node("Concat", "d b c", axis=1)],
        {"a": ints(2, 3, 7)},
    ),
    "split evenly": ([node("Split", "x", "a b c", axis=1, num_outputs=3), node("Concat", "b b a c", axis=-3)], {}),
    "depth to space, columns first": ([node("DepthToSpace", "x", blocksize=2, mode="CRD")], {}),
    "depth to space, depth first": ([node("DepthToSpace", "x", blocksize=2)], {}),
    "space to depth": ([node("SpaceToDepth", "x", blocksize=2)], {}),
    "tile": ([node("Tile", "x a")], {"a": ints(1, 2, 1, 1)}),
    "expand": (
        [
            node("Unsqueeze", "x a", "b"),
            node("Expand", "b c", "d"),
            node("Flatten", "d", "e", axis=3),
            node("Reshape", "e f"),
        ],
        {"a": ints(2), "c": ints(1, 12, 2, 4, 6), "f": ints(1, 24, 4, 6)},
    ),
    "pad channels": ([node("Pad", "x a")], {"a": ints(0, 1, 0, 0, 0, 3, 0, 0)}),
    "pad along axes": ([node("Pad", "x a b c")], {"a": ints(2, 1, 0, 1), "b": np.float32(-1), "c": ints(1, -1)}),
    "sizes computed": (
        [
            node("Shape", "x", "s"),
            node("Gather", "s i", "channels"),
            node("Div", "channels g", "each"),
            node("Concat", "b g each h", "apart", axis=0),
            node("Reshape", "x apart", "b4"),
            node("Transpose", "b4", "b5", perm=[0, 2, 1, 3]),
            node("Reshape", "b5 s"),
        ],
        {"i": ints(1), "g": ints(3), "b": ints(0), "h": ints(-1)},
    ),
    "a constant": (
        [helper.make_node("Constant", [], ["a"], value_ints=[11, 0, 5]), node("Gather", "x a", axis=1)],
        {},
    ),
    "indices computed": (
        [
            node("Range", "zero twelve one", "r"),
            node("Reshape", "r t", "t3"),
            node("Transpose", "t3", "t4", perm=[1, 0]),
            node("Reshape", "t4 flat", "order"),
            node("Gather", "x order", axis=1),
        ],
        {"zero": np.int64(0), "twelve": np.int64(12), "one": np.int64(1), "t": ints(4, 3), "flat": ints(-1)},
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_channels_are_where_onnx_puts_them(traced, name):
    """Convolutions before and behind: what the second one reads is what onnx itself makes of maps of 1 to 12."""
    nodes, constants, opset = (*MOVES[name], 18)[:3]
    maps = np.broadcast_to(np.arange(1, 13, dtype=np.float32).reshape(1, 12, 1, 1), MAPS["x"])
    (made,) = ReferenceEvaluator(make(nodes, opset=opset, **constants)).run(None, {"x": maps.copy()})
    around = [
        helper.make_node("Conv", ["image", "w"], ["x"]),
        *nodes,
        helper.make_node("Conv", ["y", "v"], ["z"]),
    ]
    channels = made.shape[1]
    model = make(around, {"image": (1, 3, 4, 6)}, "z", opset, w=(12, 3, 1, 1), v=(5, channels, 1, 1), **constants)
    graph = traced(model)
    first, *between, last = graph.operations
    assert (first.kind, last.kind, last.reads) == ("conv", "conv", (made.shape[1:],))
    indices = between[0].selection if between else tuple(range(12))
    assert len(between) <= 1
    expected = [{int(value) - 1 for value in np.unique(made[0, channel]) if value > 0} for channel in range(channels)]
    assert [set(each if isinstance(each, tuple) else {each}) - {-1} for each in indices] == expected


def test_a_shuffle_is_one_in_any_spelling(tmp_path):
    """Seven spellings of one shuffle, after torch's exporter."""
    path = export_onnx(Shuffles().eval(), EXAMPLES[Shuffles], tmp_path / "shuffles.onnx")
    graph = read(read_onnx(path))
    assert rearranged(graph) == [("shuffle", ORDER)] * 7
    assert macs(graph) == 8 * 12 * 4 * 30


def test_a_batch_that_is_open_is_one(tmp_path):
    from torch.export import Dim

    path = export_onnx(
        Shuffles().eval(), (EXAMPLES[Shuffles][0].repeat(2, 1, 1, 1),), tmp_path / "x.onnx", ({0: Dim.DYNAMIC},)
    )
    graph = read(read_onnx(path))
    assert rearranged(graph) == [("shuffle", ORDER)] * 7
    assert (graph.inputs, macs(graph)) == (((12, 6, 5),), 8 * 12 * 4 * 30)


def test_open_sides_are_given(tmp_path):
    from torch.export import Dim

    module, (image,) = UNet().eval(), EXAMPLES[UNet]
    sides = ({0: Dim.DYNAMIC, 2: Dim.DYNAMIC, 3: Dim.DYNAMIC},)
    path = export_onnx(module, (image.repeat(2, 1, 1, 1),), tmp_path / "unet.onnx", sides)
    assert macs(read(read_onnx(path, [(3, 32, 48)]))) == torch_macs(module, (image,))
    assert macs(read(read_onnx(path, [(3, 64, 48)]))) == 2 * torch_macs(module, (image,))
    for given, said in (
        ((), "leaves sides of its input 'x' open. Give an --input"),
        ([(3, 32)], "has an input of 3×?×?. Give an --input of this shape"),
        ([(4, 32, 48)], "has an input of 3×?×?. Give an --input of this shape"),
        ([(3, 32, 48)] * 2, "reads 1 inputs, not 2"),
    ):
        with pytest.raises(OnnxError) as error:
            read_onnx(path, given)
        assert said in str(error.value)


@pytest.mark.parametrize("module", [UNet, Tokens])
def test_exported_modules_are_as_torch_counts_them(module, tmp_path):
    network = randomized(module())
    graph = read(read_onnx(export_onnx(network, EXAMPLES[module], tmp_path / "net.onnx")))
    assert macs(graph) == torch_macs(network, EXAMPLES[module])
    assert parameters(graph) == sum(each.numel() for each in network.parameters())
    assert len(graph.inputs) == len(EXAMPLES[module])


def test_a_folded_norm_leaves_a_bias(tmp_path):
    """228-MENet: its 97 norms are in the convolutions, of whose 2·C parameters C are left, as biases."""
    from menet_design import build, parse

    network = randomized(build(parse("228-MENet-12x1/3")).eval())
    image = (EXAMPLES[UNet][0].new_ones(1, 3, 224, 224),)
    graph = read(read_onnx(export_onnx(network, image, tmp_path / "menet.onnx")))
    norms = sum(each.num_features for each in network.modules() if hasattr(each, "running_mean"))
    assert macs(graph) == torch_macs(network, image)
    assert parameters(graph) == sum(each.numel() for each in network.parameters()) - norms
    assert kinds(graph).count("shuffle") == 16
    assert {op.layer for op in graph.operations if op.kind == "conv"} == {"Conv2d"}


def test_every_node_is_read_as_something_that_is_known():
    from menet_design.importing import onnx_nodes
    from menet_design.importing.labels import is_moving
    from menet_design.importing.readings import CONSTANTS, READINGS

    operations = {kind.lower() for kind in onnx_nodes._ALIKE} | set(onnx_nodes._OTHERWISE)
    assert not {each for each in operations if each not in READINGS and each not in CONSTANTS and not is_moving(each)}


ACTIVATIONS = {
    "silu": [node("Sigmoid", "x", "a"), node("Mul", "x a")],
    "hard swish": [node("HardSigmoid", "x", "a"), node("Mul", "a x")],
    "hard swish ": [
        node("Add", "x three", "a"),
        node("Clip", "a zero six", "b"),
        node("Div", "b six", "c"),
        node("Mul", "x c"),
    ],
    "hard swish  ": [
        node("Add", "three x", "a"),
        node("Clip", "a zero six", "b"),
        node("Mul", "b x", "c"),
        node("Div", "c six"),
    ],
    "hard sigmoid": [node("Add", "x three", "a"), node("Clip", "a zero six", "b"), node("Mul", "b sixth")],
    "mish": [node("Softplus", "x", "a"), node("Tanh", "a", "b"), node("Mul", "x b")],
    "gelu": [
        node("Div", "x root", "a"),
        node("Erf", "a", "b"),
        node("Add", "b one", "c"),
        node("Mul", "x c", "d"),
        node("Mul", "d half"),
    ],
    "gelu ": [
        node("Mul", "x inverse", "a"),
        node("Erf", "a", "b"),
        node("Add", "b one", "c"),
        node("Mul", "half c", "d"),
        node("Mul", "x d"),
    ],
    "relu6": [node("Clip", "x zero six")],
    "relu": [node("Relu", "x")],
}
NUMBERS = {"zero": 0, "one": 1, "three": 3, "six": 6, "half": 0.5, "sixth": 1 / 6, "root": 2**0.5, "inverse": 0.5**0.5}
NUMBERS = {name: np.float32(number) for name, number in NUMBERS.items()}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_one_in_any_spelling(traced, name):
    assert kinds(traced(make(ACTIVATIONS[name], **NUMBERS))) == [f"{name.strip()} activation"]


def test_what_only_looks_like_an_activation_is_none(traced):
    """Clipped elsewhere, gated by something else, or with an output in between."""
    clipped = [node("Add", "x one", "a"), node("Clip", "a zero six", "b"), node("Div", "b six")]
    assert kinds(traced(make(clipped, **NUMBERS))) == [
        "elementwise" if k == "?" else k for k in ("add", "relu6 activation", "product")
    ]
    gated = [node("Relu", "x", "b"), node("Sigmoid", "x", "a"), node("Mul", "b a")]
    assert kinds(traced(make(gated))) == ["relu activation", "sigmoid activation", "product"]
    read_twice = [node("Sigmoid", "x", "a"), node("Mul", "x a")]
    assert kinds(traced(make(read_twice, outputs="y a"))) == ["sigmoid activation", "product"]


def test_fully_connected_layers(traced):
    """Gemm with either side transposed, MatMul with a bias behind it, and products of what the network makes."""
    rows = {"x": (1, 8)}
    for attributes, weight in (({}, (8, 5)), ({"transB": 1}, (5, 8))):
        (layer,) = traced(make([node("Gemm", "x w b", **attributes)], rows, w=weight, b=(5,))).operations
        assert (layer.kind, layer.reads, layer.output, layer.bias, layer.parameters) == (
            "linear",
            ((8, 1, 1),),
            (5, 1, 1),
            True,
            45,
        )
    tokens = {"x": (1, 7, 8)}
    layer = traced(make([node("MatMul", "x w", "a"), node("Add", "b a")], tokens, w=(8, 5), b=(5,))).operations[-1]
    assert (layer.kind, layer.reads, layer.output, layer.bias, layer.parameters) == (
        "linear",
        ((8, 7, 1),),
        (5, 7, 1),
        True,
        45,
    )
    positions = traced(make([node("MatMul", "x w", "a"), node("Add", "a b")], tokens, w=(8, 5), b=(7, 5)))
    assert [(op.kind, op.parameters) for op in positions.operations[-2:]] == [("linear", 40), ("add", 35)]
    turned = traced(make([node("Gemm", "x w", transA=1)], {"x": (1, 8)}, w=(1, 5)))
    assert macs(turned) == 8 * 5
    both = traced(make([node("Gemm", "x z", transB=1)], {"x": (1, 8), "z": (5, 8)}))
    assert (both.operations[-1].kind, macs(both)) == ("matmul", 40)
    left = traced(make([node("MatMul", "w x")], {"x": (1, 8, 3)}, w=(5, 8)))
    assert macs(left) == 5 * 8 * 3
    einsum = traced(make([node("Einsum", "x z", equation="bij,bjk->bik")], {"x": (1, 2, 3), "z": (1, 3, 4)}))
    assert macs(einsum) == 2 * 3 * 4


def test_norms_pools_and_resizing(traced):
    statistics = {"w": (12,), "b": (12,), "m": (12,), "v": (12,)}
    norm = traced(make([node("BatchNormalization", "x w b m v")], **statistics))
    assert [(op.kind, op.variant, op.parameters) for op in norm.operations] == [("norm", "batch", 24)]
    groups = [
        node("Reshape", "x a", "b"),
        node("InstanceNormalization", "b one zero", "c"),
        node("Reshape", "c d", "e"),
        node("Mul", "e w", "f"),
        node("Add", "f v"),
    ]
    constants = {
        "a": ints(1, 3, -1),
        "d": ints(1, 12, 4, 6),
        "one": np.ones(3, np.float32),
        "zero": np.zeros(3, np.float32),
    }
    (norm,) = traced(make(groups, **constants, w=(12, 1, 1), v=(12, 1, 1))).operations
    assert (norm.kind, norm.variant, norm.groups, norm.parameters) == ("norm", "group", 3, 24)
    pools = [node("MaxPool", "x", "a", kernel_shape=[3, 2], strides=[2, 2]), node("GlobalAveragePool", "a")]
    first, last = traced(make(pools)).operations
    assert (first.variant, first.kernel, first.stride, first.output) == ("max", (3, 2), (2, 2), (12, 1, 3))
    assert (last.variant, last.output) == ("adaptive average", (12, 1, 1))
    (mean,) = traced(make([node("ReduceMean", "x a", keepdims=0)], a=ints(2, 3))).operations
    assert (mean.kind, mean.output) == ("reduce", (12, 1, 1))
    (up,) = traced(
        make(
            [node("Resize", "x none scales", mode="cubic")],
            none=np.zeros(0, np.float32),
            scales=np.float32([1, 1, 2, 2]),
        )
    ).operations
    assert (up.kind, up.variant, up.output, up.parameters) == ("upsample", "bicubic", (12, 8, 12), 0)


def test_quantized_weights_are_weights(traced):
    nodes = [
        node("QuantizeLinear", "x s z", "q"),
        node("DequantizeLinear", "q s z", "r"),
        node("DequantizeLinear", "w s z", "v"),
        node("Conv", "r v"),
    ]
    scale = {"s": np.float32(0.1), "z": np.uint8(3), "w": np.zeros((5, 12, 1, 1), np.uint8)}
    (conv,) = traced(make(nodes, **scale)).operations
    assert (conv.kind, conv.parameters, macs(traced(make(nodes, **scale)))) == ("conv", 60, 60 * 24)


def function(name, *nodes):
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["x"], ["y"], nodes, imports)


def test_functions_of_the_model_are_written_out(traced):
    twice = function("Twice", node("Once", "x", "a", "own"), node("Once", "a", domain="own"))
    model = make([node("Twice", "x", domain="own")], functions=[function("Once", node("Relu", "x")), twice])
    assert kinds(traced(model)) == ["relu activation"] * 2


def test_functions_that_never_end_are_refused(traced):
    laughs = [function("F0", node("Relu", "x"))]
    for number in range(1, 40):
        before = f"F{number - 1}"
        laughs.append(function(f"F{number}", node(before, "x", "a", "own"), node(before, "a", domain="own")))
    for functions, called in (([function("Own", node("Own", "x", domain="own"))], "Own"), (laughs, "F39")):
        with pytest.raises(OnnxError, match="write out more than 65,536 operations"):
            traced(make([node(called, "x", domain="own")], functions=functions))


def test_an_operation_that_is_not_known_is_named_and_may_be_allowed(traced):
    model = make([node("Selu", "x", "a"), node("Softsign", "a", "b"), node("Relu", "b")])
    with pytest.raises(UnknownOperation, match=r"Softsign on 1×12×4×6.*--allow Softsign"):
        traced(model)
    graph = traced(model, allowed=["Softsign"])
    assert (kinds(graph), graph.ignored) == (["elu activation", "elementwise", "relu activation"], ("Softsign",))
    own = make([node("Fused", "x", "a", "own"), node("Relu", "a")])
    with pytest.raises(OnnxError, match=r"which own\.Fused makes, is not known"):
        traced(own)
    own.graph.value_info.append(helper.make_tensor_value_info("a", TensorProto.FLOAT, MAPS["x"]))
    with pytest.raises(UnknownOperation, match=r"own\.Fused on 1×12×4×6"):
        traced(own)
    loop = make([node("NonZero", "x")])
    with pytest.raises(OnnxError, match="which NonZero makes, is not known"):
        traced(loop)


def test_weights_outside_of_the_file_are_not_needed(traced, tmp_path):
    model = make([node("Conv", "x w b")], w=(5, 12, 1, 1), b=(5,))
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="/etc/passwd")
    graph = traced(model)
    assert (macs(graph), parameters(graph)) == (60 * 24, 65)


BAD = {
    "empty": (b"", "holds no graph of ONNX"),
    "text": (b"this is not a model", "is not a whole ONNX model"),
    "zip": (b"PK\x03\x04" + bytes(100), "is not a whole ONNX model"),
    "truncated": (make([node("Relu", "x")]).SerializeToString()[:-3], "is not a whole ONNX model"),
    "batch": (make([node("Relu", "x")], {"x": (8, 3, 2, 2)}).SerializeToString(), "is made for a batch of 8"),
    "open": (
        make([node("Relu", "x")], {"x": ("n", 3, "h", 2)}).SerializeToString(),
        "leaves sides of its input 'x' open",
    ),
    "rankless": (make([node("Relu", "x")], {"x": None}).SerializeToString(), "leaves sides of its input 'x' open"),
    "misfit": (make([node("MatMul", "x w")], w=(5, 11)).SerializeToString(), "MatMul '' does not fit"),
    "large": (
        make([node("Relu", "x")], {"x": (1, 3, 2**40, 2)}).SerializeToString(),
        "'x' is too large: 1×3×1099511627776×2",
    ),
    "unread": (make([node("Gather", "x x", axis=1)]).SerializeToString(), "is not a whole|does not fit|cannot be read"),
    "nothing": (make([node("Relu", "z")]).SerializeToString(), "the shape of 'z', which nothing makes, is not known"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_a_line_that_names_them(name, tmp_path):
    content, said = BAD[name]
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(OnnxError, match=said) as error:
        read(read_onnx(path))
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read_are_refused(tmp_path, monkeypatch):
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(OnnxError, match="cannot read"):
            read_onnx(path)
    huge = tmp_path / "huge.onnx"
    with huge.open("wb") as file:
        file.truncate(2**31 + 1)
    with pytest.raises(OnnxError, match="has 2,147,483,649 bytes, and at most 2,147,483,648 are read"):
        read_onnx(huge)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingPackage, match=r"menet-design\[onnx\]"):
        read_onnx(tmp_path / "none.onnx")


def test_damaged_files_never_end_in_anything_but_a_line(tmp_path):
    """Bytes of models changed, dropped and added at random."""
    random = np.random.default_rng(1)
    path = tmp_path / "damaged.onnx"
    models = [make(nodes, opset=(*rest, 18)[1], **rest[0]) for nodes, *rest in MOVES.values()]
    for turn in range(600):
        content = bytearray(models[turn % len(models)].SerializeToString())
        for place in random.integers(0, len(content), turn % 3 + 1):
            content[place : place + int(random.integers(0, 2))] = random.bytes(int(random.integers(0, 2)))
        path.write_bytes(content)
        said = ""
        try:
            assert macs(read(read_onnx(path))) >= 0
        except DesignError as error:
            said = str(error)
        assert said.isprintable()


def test_neither_torch_nor_a_runtime_is_imported(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(make([node("Conv", "x w")], w=(5, 12, 1, 1)).SerializeToString())
    script = (
        "import sys; from pathlib import Path; from menet_design.importing.onnx import read_onnx;"
        f"read_onnx(Path({str(path)!r})); print([n for n in ('torch', 'onnxruntime', 'sympy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


TIMM = (
    *("convnext_tiny", "resnet50", "efficientnet_b0", "mobilenetv3_large_100", "vit_tiny_patch16_224", "ghostnet_100"),
    *("swin_tiny_patch4_window7_224", "mobilevit_xxs", "regnety_002", "res2net50_26w_4s", "xcit_nano_12_p16_224"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", TIMM)
@pytest.mark.parametrize("opset", [18, 20])
def test_models_of_timm_are_as_torch_counts_them(name, opset, tmp_path):
    network, shape = timm_model(name)
    inputs = (EXAMPLES[UNet][0].new_ones(1, *shape),)
    graph = read(read_onnx(export_onnx(network, inputs, tmp_path / "net.onnx", opset=opset)))
    assert macs(graph) == torch_macs(network, inputs)
