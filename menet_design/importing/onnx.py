"""ONNX models, `.onnx`: read with onnx, without running anything; weights that lie outside of the file are not needed.

Shapes follow from the inputs, with a batch of 1, and not from what the file says of them. Parameters are those that the
file holds: torch's exporter folds a batch norm into the convolution before it, and keeps tensors that are equal once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError, missing
from menet_design.files import read_file
from menet_design.importing.calls import Call, Trace, Value
from menet_design.importing.onnx_nodes import CHAINS, Node, Step, translated

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

# The largest file that is read, in bytes, as protobuf has it; in elements, the largest tensor that it may speak of and
# its longest side, the largest constant that is kept, and the largest that says a shape; the most nodes of functions.
_FILE, _TENSOR, _SIDE, _NUMBERS, _SIZES, _NODES = 2**31, 2**31, 2**24, 2**16, 64, 2**16
# The codes of texts, and of int32, int64, texts and bool, which are not trained.
_TEXT, _WHOLE = 8, (6, 7, 8, 9)
# The layers of torch that nodes are, where a norm was folded into them.
_LAYERS = {kind: f"torch.nn.modules.{kind}" for kind in ("Conv", "ConvTranspose")} | {"Gemm": "torch.nn.modules.Linear"}
_LONGEST = max(map(len, CHAINS))
# What computes shapes and indices: of constants alone, it is computed.
_FOLDED = frozenset(
    (
        *("Abs", "Add", "Ceil", "Div", "Floor", "Max", "Min", "Mod", "Mul", "Neg", "Pow", "Round", "Sqrt", "Sub"),
        *("And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Where", "Cast", "Identity"),
        *("Concat", "ConstantOfShape", "Expand", "Flatten", "Gather", "Range", "Reshape", "Slice", "Split", "Squeeze"),
        *("Tile", "Transpose", "Unsqueeze", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum"),
    )
)


class OnnxError(DesignError):
    """A file that is not an ONNX model, or one whose shapes are not known."""


def read_onnx(path: Path, inputs: Sequence[Sequence[int]] = ()) -> Trace:
    """The trace of an ONNX model, whose inputs have these shapes, without the batch, where it leaves them open.

    Raises OnnxError for a file that is not one, and MissingPackage without onnx.
    """
    try:
        import onnx  # noqa: F401
    except ModuleNotFoundError as error:
        raise missing(error) from None
    try:
        return _Model(_load(path), path, inputs).trace()
    except DesignError:
        raise
    except Exception:  # protobuf, onnx and numpy raise whatever they like at damaged files
        raise OnnxError(f"{path} is not a whole ONNX model", "torch.onnx.export writes one") from None


def _load(path: Path) -> Any:
    """The model that a file holds, its own functions written out."""
    from onnx import inliner, load_model_from_string

    model = load_model_from_string(read_file(path, _FILE, OnnxError))
    if not (model.graph.node and model.graph.output and model.opset_import):
        raise OnnxError(f"{path} holds no graph of ONNX", "torch.onnx.export writes one")
    if model.functions:
        _check_functions(model, path)
        model = inliner.inline_local_functions(model)
    return model


def _check_functions(model: Any, path: Path) -> None:
    """Raise OnnxError where functions call themselves, or would write out more nodes than may be."""
    bodies = {(each.domain, each.name): each.node for each in model.functions}
    sizes: dict[tuple[str, str], float] = {}

    def size(nodes: Any, within: tuple[tuple[str, str], ...] = ()) -> float:
        return sum(1 if (key := (node.domain, node.op_type)) not in bodies else of(key, within) for node in nodes)

    def of(key: tuple[str, str], within: tuple[tuple[str, str], ...]) -> float:
        if key in within or len(within) > _SIZES:
            return float("inf")
        if key not in sizes:
            sizes[key] = size(bodies[key], (*within, key))
        return sizes[key]

    if size(model.graph.node) > _NODES:
        raise OnnxError(f"the functions in {path} write out more than {_NODES:,} operations")


class _Model:
    """The graph of a model: the types of its tensors, and the numbers of its constants, as far as they are known."""

    def __init__(self, model: Any, path: Path, inputs: Sequence[Sequence[int]]) -> None:
        self.path, self.graph = path, model.graph
        self.opsets = {each.domain: each.version for each in model.opset_import}
        self.imports, self.version = list(model.opset_import), model.ir_version
        self.weights = {each.name: each for each in self.graph.initializer}
        self.numbers: dict[str, Numbers] = {}
        self.types = {name: _type(each.data_type, each.dims) for name, each in self.weights.items()}
        self.inputs = [each for each in self.graph.input if each.name not in self.weights]
        self._set_inputs(inputs)
        self.flowing = {each.name for each in self.inputs}
        self.said = {each.name: each.type for each in (*self.graph.value_info, *self.graph.output)}
        self.nodes = [node for node in self.graph.node if not self._settle(node)]

    def trace(self) -> Trace:
        calls = tuple(self._calls())
        sizes = {value.parameter: prod(value.shape) for call in calls for value in call.values if value.parameter}
        classes = {name: kind.rpartition(".")[2] for node in self.nodes for name, kind in self._modules(node)}
        inputs = tuple(self.value(each.name) for each in self.inputs)
        outputs = tuple(self.value(each.name) for each in self.graph.output)
        return Trace(calls, inputs, outputs, sizes, classes)

    def value(self, name: str) -> Value:
        """A tensor by its name, with the numbers that it holds if it is a constant and no parameter."""
        shape = _shape(self.types.get(name))
        if shape is None:
            made = next((_kind(node) for node in self.graph.node if name in node.output), "nothing")
            raise OnnxError(f"{self.path}: the shape of {name!r:.60}, which {made:.40} makes, is not known")
        if prod(shape) > _TENSOR or not all(0 <= side <= _SIDE for side in shape):
            raise OnnxError(f"{self.path}: {name!r:.60} is too large: {_written(shape):.60}")
        if self._is_parameter(name):
            return Value(name, shape, name)
        numbers = self.number(name)
        return Value(name, shape, constant=None if numbers is None else numbers.tolist())

    def number(self, name: str) -> "Numbers | None":
        """The numbers of a constant, where they are known and not too many; of a parameter only a few."""
        weight, limit = self.weights.get(name), _SIZES if self._is_parameter(name) else _NUMBERS
        if name not in self.numbers and weight is not None and not weight.data_location:
            from onnx import numpy_helper

            if prod(weight.dims) <= limit and weight.data_type != _TEXT:
                self.numbers[name] = numpy_helper.to_array(weight)
        return self.numbers.get(name)

    def _is_parameter(self, name: str) -> bool:
        """Whether a tensor is of numbers that may be trained: a file does not say which are, and one alone is not."""
        weight = self.weights.get(name)
        return weight is not None and prod(weight.dims) > 1 and weight.data_type not in _WHOLE

    def _set_inputs(self, given: Sequence[Sequence[int]]) -> None:
        """Give every input its shape: a batch of 1 where it is left open, and what was given for other open sides."""
        if len(given) not in (0, len(self.inputs)):
            raise OnnxError(
                f"{self.path} reads {len(self.inputs)} inputs, not {len(given)}", "Give an --input for each"
            )
        for index, each in enumerate(self.inputs):
            tensor = each.type.tensor_type
            sides = [side.dim_value or None for side in tensor.shape.dim]
            shape = [side or 1 for side in sides[:1]] + sides[1:]
            wanted = [*shape[:1], *given[index]] if given else shape
            if None in wanted or not tensor.HasField("shape"):
                raise OnnxError(f"{self.path} leaves sides of its input {each.name!r:.40} open", "Give an --input")
            if len(wanted) != len(shape) or any(a != b for a, b in zip(sides[1:], wanted[1:], strict=True) if a):
                raise OnnxError(f"{self.path} has an input of {_written(sides[1:])}", "Give an --input of this shape")
            if index == 0 and wanted[:1] not in ([], [1]):
                raise OnnxError(f"{self.path} is made for a batch of {wanted[0]}", "Export it for a batch of 1")
            self.types[each.name] = _type(tensor.elem_type, wanted)

    def _settle(self, node: Any) -> bool:
        """Find the shapes of what a node makes; whether it makes constants whose numbers are known now."""
        if node.op_type == "Constant" and (tensor := _constant(node)) is not None:
            self.weights[node.output[0]] = tensor
            self.types[node.output[0]] = _type(tensor.data_type, tensor.dims)
            return True
        self._infer(node)
        is_flowing = not self.flowing.isdisjoint(node.input)
        if self._fold(node):
            return True
        self.flowing.update(node.output if is_flowing else ())
        return False

    def _infer(self, node: Any) -> None:
        """Find the types of what a node makes; those that the file says where its operation is not of ONNX."""
        from onnx import checker, defs, numpy_helper, shape_inference

        made: Mapping[str, Any] = {}
        names = [name for name in node.input if name]
        if all(name in self.types for name in names) and defs.has(node.op_type, node.domain):
            data = {name: each for name in names if (each := self.number(name)) is not None and each.size <= _SIZES}
            try:
                made = shape_inference.infer_node_outputs(
                    defs.get_schema(node.op_type, self.opsets.get(node.domain, 1), node.domain),
                    node,
                    {name: self.types[name] for name in names},
                    {name: numpy_helper.from_array(each, name) for name, each in data.items()},
                    opset_imports=self.imports,
                    ir_version=self.version,
                )
            except (shape_inference.InferenceError, checker.ValidationError, defs.SchemaError):
                raise OnnxError(f"{self.path}: {_kind(node):.40} {node.name!r:.60} does not fit its inputs") from None
        for name in filter(None, node.output):
            known = (each for each in (made.get(name), self.said.get(name)) if _shape(each) is not None)
            self.types.update((name, each) for each in known if name not in self.types)

    def _fold(self, node: Any) -> bool:
        """Compute what a node makes of constants, and of shapes; whether it does."""
        shapes = [_shape(self.types.get(name)) for name in node.output]
        if node.domain not in ("", "ai.onnx") or any(each is None or prod(each) > _NUMBERS for each in shapes):
            return False
        if node.op_type in ("Shape", "Size"):
            known = _shape(self.types.get(node.input[0]))
            self.numbers.update({node.output[0]: _size(node, known)} if known is not None else {})
            return known is not None
        names = [name for name in node.input if name]
        numbers = {name: each for name in names if (each := self.number(name)) is not None}
        if node.op_type not in _FOLDED or len(numbers) < len(set(names)) or any(map(self._is_parameter, names)):
            return False
        from onnx.reference import ReferenceEvaluator

        try:
            made: Any = ReferenceEvaluator(node, opsets=self.opsets).run(None, numbers)
        except Exception:  # whatever an operation raises at numbers that do not fit it
            raise OnnxError(f"{self.path}: {_kind(node)} {node.name!r:.60} does not fit its inputs") from None
        self.numbers.update(zip(node.output, made, strict=False))
        return True

    def _calls(self) -> Iterator[Call]:
        """The calls of the graph; several nodes are one where they spell one operation."""
        users: dict[str, Any] = {name: node for node in self.nodes for name in node.input}
        uses = Counter(name for node in self.nodes for name in node.input)
        uses.update(each.name for each in self.graph.output)
        spelled: dict[int, list[Step]] = {}
        for node in self.nodes:
            if id(node) not in spelled:
                chain = [node]
                while len(chain) < _LONGEST and uses[chain[-1].output[0]] == 1 and chain[-1].output[0] in users:
                    chain.append(users[chain[-1].output[0]])
                spelled.update(self._spelled(chain))
            yield from self._made(node, spelled[id(node)])

    def _spelled(self, chain: Sequence[Any]) -> dict[int, list[Step]]:
        """The steps of a node, by its id; of those behind it too if together they spell one operation."""
        for length in range(len(chain), 1, -1):
            if tuple(map(_kind, chain[:length])) in CHAINS and (steps := self._steps(chain[:length])):
                return {id(each): steps if each is chain[length - 1] else [] for each in chain[:length]}
        return {id(chain[0]): self._steps(chain[:1])}

    def _steps(self, nodes: Sequence[Any]) -> list[Step]:
        try:
            return translated(*map(self._node, nodes))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, DesignError):
                raise
            kind, name = _kind(nodes[-1]), nodes[-1].name
            raise OnnxError(f"{self.path}: what {kind:.40} {name!r:.60} asks for cannot be read") from None

    def _made(self, node: Any, steps: Sequence[Step]) -> Iterator[Call]:
        """The calls of the steps of a node."""
        module, kind = self._modules(node)[-1]
        is_torch, kind = kind.startswith("torch.nn.modules."), kind.rpartition(".")[2]
        function = "adaptive_avg_pool2d" if kind.startswith("AdaptiveAvgPool") else ""
        for operation, arguments, outputs in steps:
            is_layer = is_torch and kind.lower()[:4] == operation.replace("_", "")[:4]
            yield Call(operation, arguments, outputs, module, kind if is_layer else "", function)

    def _modules(self, node: Any) -> list[tuple[str, str]]:
        """The modules that a node runs in, from the outermost, with their classes as far as they are known.

        torch's exporter says them; others write them into the node's name. A layer into which a norm was folded is
        said to be the norm: the name of its weight tells what it was.
        """
        said = {each.key: each.value for each in node.metadata_props}
        names, classes = (_listed(said.get(f"pkg.torch.onnx.{key}", "")) for key in ("name_scopes", "class_hierarchy"))
        modules = list(zip(names[:-1], classes[:-1], strict=False)) or _path(node.name)
        layer, weight = _LAYERS.get(node.op_type), node.input[1] if len(node.input) > 1 else ""
        if layer and "BatchNorm" in modules[-1][1] and weight.endswith(".weight"):
            sides = len(self.value(weight).shape) - 2
            modules[-1] = (_plain(weight.removesuffix(".weight")), f"{layer}{sides}d" if sides else layer)
        return modules

    def _node(self, node: Any) -> Node:
        from onnx import helper

        return Node(
            _kind(node),
            tuple(self.value(name) if name else None for name in node.input),
            tuple(self.value(name) for name in node.output if name),
            {each.name: helper.get_attribute_value(each) for each in node.attribute},
            tuple(map(self.number, node.input)),
            tuple(name in self.flowing for name in node.input),
        )


def _kind(node: Any) -> str:
    """The operation of a node; one that is not of ONNX itself has its domain before it."""
    return _plain(node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}")


def _plain(text: str) -> str:
    """A text of a file, to be printed in a line."""
    return "".join(filter(str.isprintable, text))


def _type(kind: int, shape: Sequence[int]) -> Any:
    from onnx import helper

    return helper.make_tensor_type_proto(kind, shape)


def _shape(kind: Any) -> tuple[int, ...] | None:
    """The shape of a tensor of a type; None where a side is open, or it is not a tensor."""
    if kind is None or not kind.tensor_type.HasField("shape"):
        return None
    sides = kind.tensor_type.shape.dim
    return tuple(side.dim_value for side in sides) if all(side.HasField("dim_value") for side in sides) else None


def _written(sides: Sequence[int | None]) -> str:
    return "×".join("?" if side is None else str(side) for side in sides) or "no sides"


def _constant(node: Any) -> Any:
    """The tensor that a Constant holds; None where it is text, or sparse."""
    import numpy as np
    from onnx import helper, numpy_helper

    for attribute in node.attribute:
        value = helper.get_attribute_value(attribute)
        if attribute.name == "value":
            return value
        if attribute.name in ("value_int", "value_ints"):
            return numpy_helper.from_array(np.array(value, np.int64))
        if attribute.name in ("value_float", "value_floats"):
            return numpy_helper.from_array(np.array(value, np.float32))
    return None


def _size(node: Any, shape: tuple[int, ...]) -> "Numbers":
    """What Shape or Size makes of a tensor of this shape."""
    import numpy as np

    ends = {each.name: each.i for each in node.attribute}
    return np.array(prod(shape) if node.op_type == "Size" else shape[ends.get("start") : ends.get("end")], np.int64)


@cache
def _listed(written: str) -> list[str]:
    """The texts of a list that is written as Python writes it."""
    from ast import literal_eval

    try:
        return [_plain(str(each)) for each in literal_eval(written)]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return []


def _path(name: str) -> list[tuple[str, str]]:
    """The modules of a node named "/layer1/layer1.0/conv1/Conv": layer1, layer1.0 and layer1.0.conv1."""
    modules = [("", "")]
    for part in _plain(name).strip("/").split("/")[:-1]:
        within = modules[-1][0]
        modules.append((part if not within or part.startswith(f"{within}.") else f"{within}.{part}", ""))
    return modules
