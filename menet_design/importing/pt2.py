"""Archives of torch.export, `.pt2`: the graph is JSON in a zip file, read without torch and without running anything.

A batch that was left open is 1, any other open side is that of the example with which the network was exported.
"""

import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from math import prod
from pathlib import Path
from typing import Any, Literal

from menet_design.errors import DesignError
from menet_design.files import WEIGHTS, open_file
from menet_design.importing.calls import Call, Trace, Value
from menet_design.importing.labels import Labelled, is_moving, moved

# The largest graph that is read, in bytes; the largest tensor that it may speak of, the longest side of one, and the
# largest table of indices that is read, in elements.
_GRAPH, _TENSOR, _SIDE, _TABLE = 2**26, 2**31, 2**24, 2**16
_SCHEMA = 8
_WHOLE: Mapping[int, Literal["i", "q"]] = {
    4: "i",
    5: "q",
}  # torch's codes of int32 and int64 in schema 8, as memoryview calls them
_SYMBOL = re.compile(r"\bs\d+\b")
# What runs a graph of its own where the forward pass sets gradients or types: that graph, then what it reads.
_WRAPPERS = ("wrap_with_set_grad_enabled", "wrap_with_autocast")
# What is a view of what it reads, and what puts a view that was written into back into what it is a view of.
_VIEWS = {"slice": "slice_scatter", "select": "select_scatter"} | dict.fromkeys(
    ("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "alias", "detach"), "view"
)
# Other views: what they are views of is lost when they are written into.
_OTHER_VIEWS = frozenset(
    (
        *("permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis", "t", "numpy_T", "expand", "expand_as"),
        *("split", "split_with_sizes", "chunk", "tensor_split", "unbind", "narrow", "view_as", "reshape_as"),
    )
)
_HOMES = {"function": "torch.nn.functional", "method_descriptor": "Tensor", "builtin_function_or_method": "torch"}
# Built-in functions that are torch.nn.functional's; any other is torch's.
_FUNCTIONAL = ("avg_pool2d", "avg_pool3d", "gelu", "linear", "logsigmoid", "scaled_dot_product_attention", "softplus")
# Layers of torch that make several operations without others in them, and those that make none.
_COMPOSED = ("MultiheadAttention", "Sequential", "ModuleList", "ModuleDict")


class ArchiveError(DesignError):
    """A file that is not an archive of torch.export, or not one of a known schema."""


def read_archive(path: Path) -> Trace:
    """The trace of an exported network. Raises ArchiveError for a file that is not one, or is too large."""
    try:
        with open_file(path, WEIGHTS, ArchiveError) as content, zipfile.ZipFile(content) as file:
            return _Network(_Archive(file, path)).trace()
    except DesignError:
        raise
    except RecursionError:
        raise ArchiveError(f"{path} is nested too deeply for an archive of torch.export") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, RuntimeError):
        raise ArchiveError(f"{path} is not a whole archive of torch.export", "torch.export.save writes one") from None
    except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError):
        raise ArchiveError(f"{path} is not an archive of a known schema", f"Known: version {_SCHEMA}") from None


class _Archive:
    """A zip file with a graph in JSON, and parameters and tables in files of their own."""

    def __init__(self, file: zipfile.ZipFile, path: Path) -> None:
        self.file, self.path = file, path
        self.model = json.loads(self._read(self._member("models/model.json"), _GRAPH))
        version = self.model["schema_version"]["major"]
        if version != _SCHEMA:
            raise ArchiveError(f"{path} has schema version {version!s:.20}", f"Known: version {_SCHEMA}")
        self.entries = {name: entry for folder in ("weights", "constants") for name, entry in self._entries(folder)}

    def place(self, name: str) -> tuple[Any, ...]:
        """Where the numbers of a parameter are: parameters that are one have one place."""
        file, config = self.entries[name]
        return file, config["tensor_meta"]["storage_offset"]["as_int"]

    def numbers(self, name: str) -> Any:
        """A table of whole numbers, as nested lists; None for any other, and for one that is large."""
        file, config = self.entries[name]
        meta = config["tensor_meta"]
        shape, strides = ([each["as_int"] for each in meta[key]] for key in ("sizes", "strides"))
        if meta["dtype"] not in _WHOLE or config["use_pickle"] or prod(shape) > _TABLE:
            return None
        stored = memoryview(self._read(file, 8 * _TABLE)).cast(_WHOLE[meta["dtype"]])
        return _table(stored, meta["storage_offset"]["as_int"], strides, shape)

    def _entries(self, folder: str) -> Iterator[tuple[str, tuple[str, Any]]]:
        """What a folder holds, by full name: its file, and what is said of it."""
        config = self._member(f"{folder}/model_{folder}_config.json")
        home = config.rpartition("/")[0]
        for name, entry in json.loads(self._read(config, _GRAPH))["config"].items():
            yield name, (f"{home}/{entry['path_name']}", entry)

    def _member(self, ending: str) -> str:
        name = next((each for each in self.file.namelist() if each.endswith(ending)), None)
        if name is None:
            raise ArchiveError(f"{self.path} holds no {ending}", "torch.export.save of torch 2.8 or later writes one")
        return name

    def _read(self, name: str, limit: int) -> bytes:
        """A member of at most so many bytes: it says how many before any is unpacked, and no more are."""
        member = self.file.getinfo(name)
        if member.file_size > limit:
            raise ArchiveError(f"{name:.60} in {self.path} is larger than {limit:,} bytes")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArchiveError(f"{name:.60} in {self.path} is packed as torch packs nothing")
        with self.file.open(member) as content:
            return content.read(limit)


def _table(stored: Sequence[int], first: int, strides: Sequence[int], shape: Sequence[int]) -> Any:
    """Nested lists of numbers that are stored at these strides."""
    if not shape:
        return stored[first]
    return [_table(stored, first + place * strides[0], strides[1:], shape[1:]) for place in range(shape[0])]


class _Network:
    """What all graphs of an archive share: their calls, the open batch, and who holds parameters and tables."""

    def __init__(self, archive: _Archive) -> None:
        self.path, self.keys = archive.path, count()
        self.calls: list[Call] = []
        module = archive.model["graph_module"]
        specs = module["signature"]["input_specs"]
        self.body = module["graph"]
        self.inputs = [
            each["arg"]["as_tensor"]["name"] for each in _of_kind(specs, "user_input") if "as_tensor" in each["arg"]
        ]
        self.symbol, self.batch = self._open_batch()
        full = {each["arg"]["name"]: each["parameter_name"] for each in _of_kind(specs, "parameter")}
        first = {archive.place(name): name for name in reversed(full.values())}
        self.parameters = {name: first[archive.place(each)] for name, each in full.items()}
        stored = {each["arg"]["name"]: each["buffer_name"] for each in _of_kind(specs, "buffer")}
        stored |= {each["arg"]["name"]: each["tensor_constant_name"] for each in _of_kind(specs, "tensor_constant")}
        self.numbers = {name: archive.numbers(each) for name, each in stored.items() if each in archive.entries}
        stacks = [list(_modules(node)) for node in self.body["nodes"]]
        self.classes = dict(pair for stack in stacks for pair in stack)
        self.parents = {name for stack in stacks for name, _ in stack[:-1]}

    def trace(self) -> Trace:
        graph = _Graph(self, self.body)
        inputs = tuple(graph.tensors[name] for name in self.inputs)
        if inputs and inputs[0].shape[:1] not in ((), (1,)):
            raise ArchiveError(f"{self.path} is made for a batch of {inputs[0].shape[0]}", "Export it for a batch of 1")
        outputs = tuple(graph.run())
        sizes = {full: prod(graph.tensors[name].shape) for name, full in self.parameters.items()}
        classes = {name: kind.rpartition(".")[2] for name, kind in self.classes.items()}
        return Trace(tuple(self.calls), inputs, outputs, sizes, classes)

    def value(self, meta: Mapping[str, Any], parameter: str = "", constant: Any = None) -> Value:
        """A new tensor."""
        shape = tuple(map(self.whole, meta["sizes"]))
        if prod(shape) > _TENSOR or not all(0 <= side <= _SIDE for side in shape):
            raise ArchiveError(f"{self.path} has a tensor of {'×'.join(map(str, shape)):.60}, which is too large")
        return Value(next(self.keys), shape, parameter, constant)

    def whole(self, size: Mapping[str, Any]) -> int:
        """A whole number, at a batch of 1: those that grow with the batch are multiples of it."""
        if "as_int" in size:
            number: int = size["as_int"]
            return number + 0
        if "as_name" in size:
            return self.whole(self.body["sym_int_values"][size["as_name"]])
        number, grows = (
            size["as_expr"]["hint"]["as_int"],
            _SYMBOL.findall(size["as_expr"]["expr_str"]).count(self.symbol),
        )
        if grows > 1 or (grows and number % self.batch):
            raise ArchiveError(
                f"{self.path} has sides that are not multiples of its batch", "Export it for a batch of 1"
            )
        return number // self.batch if grows else number + 0

    def _open_batch(self) -> tuple[str, int]:
        """The symbol of a batch that is open, and its size in the example."""
        sides = self.body["tensor_values"][self.inputs[0]]["sizes"] if self.inputs else []
        if sides and "as_expr" in sides[0]:
            return _SYMBOL.findall(sides[0]["as_expr"]["expr_str"])[0], sides[0]["as_expr"]["hint"]["as_int"]
        return "", 1


class _Graph:
    """A graph, with its tensors by name as they stand: what is written in place stands under the old name too."""

    def __init__(self, network: _Network, body: Mapping[str, Any]) -> None:
        self.network, self.body = network, body
        self.tensors: dict[str, Value] = {}
        self.views: dict[Any, tuple[str, Mapping[str, Any], str]] = {}
        self.lost: set[str] = set()
        for each in body["inputs"]:
            if "as_tensor" in each:
                name = each["as_tensor"]["name"]
                parameter, numbers = network.parameters.get(name, ""), network.numbers.get(name)
                self.tensors[name] = network.value(body["tensor_values"][name], parameter, numbers)

    def run(self) -> list[Value]:
        """Add the calls of the nodes; what they make in the end."""
        for node in self.body["nodes"]:
            operation = _operation(node["target"])
            arguments = {each["name"]: self._argument(each["arg"]) for each in node["inputs"]}
            if operation in _WRAPPERS:
                self._run_inside(node)
            elif names := [name for each in node["outputs"] for name in _names(each)]:
                made = [self.network.value(self.body["tensor_values"][name]) for name in names]
                made[0] = made[0]._replace(constant=_constant(operation, arguments, made[0].shape))
                self._add(operation, arguments, made, node)
                self.tensors.update(zip(names, made, strict=True))
                self._follow(operation, arguments, node, made)
        return [self._argument(each) for each in self.body["outputs"] if "as_tensor" in each]

    def _run_inside(self, node: Mapping[str, Any]) -> None:
        """Run the graph that a node wraps, on what stands behind it among the arguments."""
        arguments = [each["arg"] for each in node["inputs"]]
        place = next(index for index, each in enumerate(arguments) if "as_graph" in each)
        inner = _Graph(self.network, arguments[place]["as_graph"]["graph"])
        given = [self._argument(each) for each in arguments[place + 1 :]]
        inner.tensors = dict(zip(inner.tensors, (each for each in given if isinstance(each, Value)), strict=True))
        names = [name for each in node["outputs"] for name in _names(each)]
        self.tensors.update(zip(names, inner.run(), strict=True))

    def _add(
        self, operation: str, arguments: Mapping[str, Any], made: Sequence[Value], node: Mapping[str, Any]
    ) -> None:
        (module, kind), network = (list(_modules(node)) or [("", "")])[-1], self.network
        name = kind.rpartition(".")[2]
        is_layer = kind.startswith("torch.nn.modules.") and module not in network.parents and name not in _COMPOSED
        function = _function(node["metadata"].get("torch_fn", ""))
        network.calls.append(Call(operation, arguments, tuple(made), module, name if is_layer else "", function))

    def _follow(
        self, operation: str, arguments: Mapping[str, Any], node: Mapping[str, Any], made: Sequence[Value]
    ) -> None:
        """Note what is a view, or put what was written in place where it stands."""
        source = node["inputs"][0]["arg"].get("as_tensor", {}).get("name") if node["inputs"] else None
        if source and operation.endswith("_") and not operation.endswith("__"):
            self._write(source, made[0], node)
        elif source and (operation in _VIEWS or operation in _OTHER_VIEWS):
            self.views.update((each.key, (operation, arguments, source)) for each in made)

    def _write(self, name: str, made: Value, node: Mapping[str, Any]) -> None:
        """Let a tensor be another one from now on, and what it is a view of be what holds it."""
        view = self.views.get(self.tensors[name].key)
        self.tensors[name] = made
        if view is None:
            return
        operation, arguments, base = view
        if operation not in _VIEWS:
            self._lose(base)
            return
        whole, back = Value(next(self.network.keys), self.tensors[base].shape), _VIEWS[operation]
        put = {"self": made} if back == "view" else {**arguments, "self": self.tensors[base], "src": made}
        self._add(back, put, [whole], node)
        self.views[made.key] = view
        self._write(base, whole, node)

    def _lose(self, name: str) -> None:
        """Note that it is not known what a tensor holds, nor what it is a view of."""
        self.lost.add(name)
        view = self.views.get(self.tensors[name].key)
        if view:
            self._lose(view[2])

    def _argument(self, argument: Mapping[str, Any]) -> Any:
        ((kind, value),) = argument.items()
        if kind == "as_tensor":
            if value["name"] in self.lost:
                raise ArchiveError(
                    f"{self.network.path} writes into a view of {value['name']!r:.60}, and reads it again"
                )
            return self.tensors[value["name"]]
        if kind in ("as_tensors", "as_optional_tensors", "as_nested_tensors"):
            return [self._argument({"as_tensor": each} if "name" in each else each) for each in value]
        if kind == "as_sym_int":
            return self.network.whole(value)
        if kind == "as_sym_ints":
            return [self.network.whole(each) for each in value]
        return None if kind == "as_none" else value


def _constant(operation: str, arguments: Mapping[str, Any], shape: Sequence[int]) -> Any:
    """The numbers of a table of indices that is counted up, or only moved; None for anything else."""
    if operation == "arange" and shape[0] <= _TABLE:
        first, end, step = arguments.get("start", 0), arguments["end"], arguments.get("step", 1)
        return list(range(first, end, step)) if all(isinstance(each, int) for each in (first, end, step)) else None
    operation = operation.removesuffix("_")
    if not is_moving(operation) or prod(shape) > _TABLE or not _are_tables(arguments.values()):
        return None
    import numpy as np

    (made, *_) = moved(operation, {name: _labelled(each) for name, each in arguments.items()}, [tuple(shape)])
    return np.broadcast_to(made, shape).tolist()


def _are_tables(arguments: Iterable[Any]) -> bool:
    """Whether all tensors among some arguments are tables of indices whose numbers are known, and there is one."""
    flat = [each for argument in arguments for each in (argument if isinstance(argument, list) else [argument])]
    tensors = [each for each in flat if isinstance(each, Value)]
    return bool(tensors) and all(each.constant is not None for each in tensors)


def _labelled(argument: Any) -> Any:
    """An argument, in which tables of indices are what is moved."""
    if isinstance(argument, Value):
        import numpy as np

        return Labelled(np.asarray(argument.constant), argument.shape)
    return [_labelled(each) for each in argument] if isinstance(argument, list) else argument


def _of_kind(specs: Any, kind: str) -> Iterator[Any]:
    return (each[kind] for each in specs if kind in each)


def _names(output: Mapping[str, Any]) -> list[str]:
    """The names of the tensors of an output."""
    if "as_tensor" in output:
        return [output["as_tensor"]["name"]]
    return [each["name"] for each in output.get("as_tensors", ())]


def _operation(target: str) -> str:
    """The name in ATen of "torch.ops.aten.conv2d.default"."""
    parts = _plain(target).split(".")
    return parts[3] if target.startswith("torch.ops.") and len(parts) > 3 else parts[-1]


def _modules(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The modules that a node runs in, from the outermost, with their full classes."""
    for entry in _plain(node["metadata"].get("nn_module_stack", "")).split(";"):
        _, *name, kind = entry.split(",")
        if name:
            yield name[0], kind


def _plain(text: str) -> str:
    """A text of a file, to be printed in a line."""
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _function(said: str) -> str:
    """The function that was called, as the recording of a module names it, of "relu_1;function.relu"."""
    home, _, name = said.rpartition(";")[2].partition(".")
    if name in _FUNCTIONAL:
        home = "function"
    return f"{_HOMES[home]}.{name}" if home in _HOMES else ""
