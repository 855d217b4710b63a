"""PyTorch modules, read by recording one forward pass: every ATen operation with its tensors, function and module."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from menet_design.errors import DesignError, check_memory, lines_of
from menet_design.importing.calls import Call, Trace, Value
from menet_design.importing.watching import Watch, class_name

# Constants of whole numbers of up to so many elements are kept: they index others.
_INDICES = 2**16


class ForwardError(DesignError):
    """A module whose forward pass fails, or does not take the inputs that were given."""


def record(module: nn.Module, inputs: Sequence[Sequence[int]]) -> Trace:
    """The trace of a module's forward pass, in evaluation mode, on inputs of these shapes and a batch of 1.

    The module stays as it was: parameters, buffers, modes, hooks and the state of the random generator. Raises
    ForwardError, with the error's own last line and the module, where the forward pass fails.
    """
    recorder = _Recorder(module)
    with _unchanged(module), torch.no_grad(), ExitStack() as stack:
        tensors = _inputs(module, inputs)
        stack.enter_context(without_compiler(_Dispatch))
        stack.enter_context(recorder.watch.watching())
        stack.enter_context(_Dispatch(recorder))
        stack.enter_context(_Functions(recorder))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = recorder.run(tensors)
    return recorder.trace(tensors, made)


def _inputs(module: nn.Module, shapes: Sequence[Sequence[int]]) -> list[Tensor]:
    """Ones of the shapes, where the module's parameters are and of their type: no values are random."""
    for shape in shapes:
        check_memory(f"an input of {'x'.join(map(str, shape))}", _BYTES * prod(shape), "Give a smaller one")
    like = next((each for each in module.parameters() if each.is_floating_point()), torch.empty(0))
    return [torch.ones(1, *shape, device=like.device, dtype=like.dtype) for shape in shapes]


_BYTES = 4  # of an element of an input


@contextmanager
def _unchanged(module: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; afterwards modes, buffers and the random state as they were."""
    modes = {each: each.training for each in module.modules()}
    buffers = {name: buffer.clone() for name, buffer in module.named_buffers() if buffer.device.type != "meta"}
    module.eval()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        for each, training in modes.items():
            each.training = training
        with torch.no_grad():
            for name, buffer in module.named_buffers():
                if name in buffers and not torch.equal(buffer, buffers[name]):
                    buffer.copy_(buffers[name])


class _Recorder:
    """What is recorded of a forward pass. Tensors are kept alive, since their identities are the dataflow."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.watch = Watch(module)
        self.parameters = {id(each): name for name, each in module.named_parameters()}
        self.calls: list[Call] = []
        self.functions: list[str] = []
        self._keys: dict[int, Value] = {}
        self._alive: list[Tensor] = []
        self._by_storage: dict[int, list[Tensor]] = {}
        self._stale: dict[int, list[tuple[Tensor, Value]]] = {}
        self._numbers = count()

    def run(self, tensors: Sequence[Tensor]) -> Any:
        for tensor in tensors:
            self._name(tensor)
        try:
            return self.module(*tensors)
        except DesignError:
            raise
        except TypeError as error:
            raise self._failed(error, "Give an --input for each of its arguments") from None
        except Exception as error:
            raise self._failed(error, "Give its input's shape, as --input 3x224x224") from None

    def _failed(self, error: Exception, remedy: str) -> ForwardError:
        running = self.watch.modules
        where = self.watch.names.get(running[-1], "") if running else ""
        place = f"{where} ({type(running[-1]).__name__})" if where else type(self.module).__name__
        return ForwardError(f"the forward pass fails in {place}: {lines_of(error)[-1]}", remedy)

    def add(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], made: Any) -> None:
        schema = operation._schema
        given = {each.name: arg for each, arg in zip(schema.arguments, args, strict=False)} | dict(kwargs)
        arguments = {name: self._argument(value) for name, value in given.items()}
        tensors = [each for each in _flat(made) if isinstance(each, Tensor)]
        written = {id(each) for each, argument in _written(schema, given)}
        outputs = tuple(self._overwrite(each) if id(each) in written else self._name(each) for each in tensors)
        module = self.watch.modules[-1] if self.watch.modules else self.module
        name = operation.overloadpacket.__name__
        function = self.functions[0] if self.functions else ""
        layer = "" if any(module.children()) else class_name(module)
        running = self.watch.running
        self.calls.append(Call(name, arguments, outputs, self.watch.names[module], layer, function, running))

    def _argument(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self._current(value)._replace(constant=_numbers(value))
        if isinstance(value, list | tuple):
            return [self._argument(each) for each in value]
        return value

    def _name(self, tensor: Tensor) -> Value:
        value = Value(next(self._numbers), tuple(tensor.shape), self.parameters.get(id(tensor), ""))
        self._keys[id(tensor)] = value
        self._alive.append(tensor)
        self._by_storage.setdefault(tensor.untyped_storage()._cdata, []).append(tensor)
        return value

    def _overwrite(self, tensor: Tensor) -> Value:
        """A new value for a tensor that was written in place; what else has its storage is to be brought up to date."""
        value = Value(next(self._numbers), tuple(tensor.shape))
        for other in self._by_storage.get(tensor.untyped_storage()._cdata, []):
            if _geometry(other) == _geometry(tensor):
                self._keys[id(other)] = value
                self._stale.pop(id(other), None)
            else:
                self._stale.setdefault(id(other), []).append((tensor, value))
        self._keys[id(tensor)] = value
        return value

    def _current(self, tensor: Tensor) -> Value:
        """The value of a tensor, with what was written through other views of its storage since it was made."""
        value = self._keys.get(id(tensor)) or self._name(tensor)
        for written, source in self._stale.pop(id(tensor), ()):
            arguments = {"self": value, "source": source, "places": _places(tensor, written)}
            value = self._keys[id(tensor)] = Value(next(self._numbers), value.shape)
            self.calls.append(Call("write", arguments, (value,)))
        return value

    def trace(self, inputs: Sequence[Tensor], made: Any) -> Trace:
        outputs = [self._current(each) for each in _flat(made) if isinstance(each, Tensor) and id(each) in self._keys]
        first = [Value(index, tuple(tensor.shape)) for index, tensor in enumerate(inputs)]
        sizes = {name: each.numel() for name, each in self.module.named_parameters()}
        classes = {n: type(m).__name__ for n, m in self.module.named_modules()}
        seen = self.watch.layers, self.watch.functions, self.watch.holders
        return Trace(tuple(self.calls), tuple(first), tuple(outputs), sizes, classes, *seen)


def _numbers(tensor: Tensor) -> Any:
    """The numbers of a tensor that may index others."""
    is_index = not tensor.is_floating_point() and tensor.device.type != "meta" and tensor.numel() <= _INDICES
    return tensor.tolist() if is_index else None


def _geometry(tensor: Tensor) -> tuple[Any, ...]:
    """Which elements of its storage a tensor has, in which order."""
    return tuple(tensor.shape), tensor.stride(), tensor.storage_offset()


def _places(tensor: Tensor, written: Tensor) -> Any:
    """For each element of a tensor its place in another view of the same storage, or -1 where it is in none."""
    size = tensor.untyped_storage().nbytes() // tensor.element_size()
    places = torch.full((size,), -1)
    everywhere = torch.arange(size)
    places[everywhere.as_strided(*_geometry(written)).reshape(-1)] = torch.arange(written.numel())
    return places.as_strided(*_geometry(tensor)).numpy()


def _flat(made: Any) -> Iterator[Any]:
    """What a call makes, out of whatever lists and dictionaries hold it."""
    if isinstance(made, Mapping):
        made = list(made.values())
    if isinstance(made, list | tuple):
        for each in made:
            yield from _flat(each)
    elif hasattr(made, "__dict__") and not isinstance(made, Tensor):
        yield from _flat(list(vars(made).values()))
    else:
        yield made


def _written(schema: Any, given: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """The tensors that a call writes into."""
    for argument in schema.arguments:
        if argument.alias_info is not None and argument.alias_info.is_write and argument.name in given:
            yield given[argument.name], argument


class _Dispatch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation that torch dispatches."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recorder = recorder

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self.recorder.add(func, args, kwargs or {}, made)
        return made


class _Functions(TorchFunctionMode):
    """Notes which function was called, outermost first."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        recorder = self.recorder
        function = recorder.watch.originals.get(func, func)
        recorder.functions.append(_function_name(function))
        try:
            if function is torch.functional.einsum:  # fvcore looks at it, by whatever name it is called
                return recorder.watch.call("einsum", function, args, kwargs or {})
            return function(*args, **(kwargs or {}))
        finally:
            recorder.functions.pop()


def _function_name(function: Any) -> str:
    """The name by which a function is called: "torch.nn.functional.relu", "Tensor.mul", "torch.mul"."""
    name, qualified = getattr(function, "__name__", str(function)), getattr(function, "__qualname__", "")
    if qualified.startswith("TensorBase.") or qualified.startswith("Tensor."):
        return f"Tensor.{name}"
    home = getattr(function, "__module__", None) or "torch"
    return f"{'torch.nn.functional' if home == 'torch._C._nn' else home}.{name}"


@contextmanager
def without_compiler(*modes: Any) -> Iterator[None]:
    """Keep dispatch modes from importing torch's compiler, which would take most of the time of a count.

    torch hides every mode from its compiler at the mode's first use, and imports the compiler to do so
    unless it finds the mode marked as hidden. Nothing is compiled here. A torch that keeps no such mark
    only imports more.
    """
    mark = "__dynamo_disable"
    raw = [dispatch for mode in modes if (dispatch := getattr(mode.__torch_dispatch__, "__wrapped__", None))]
    unmarked = [dispatch for dispatch in raw if mark not in vars(dispatch)]
    for dispatch in unmarked:
        setattr(dispatch, mark, dispatch)
    try:
        yield
    finally:
        for dispatch in unmarked:
            delattr(dispatch, mark)
