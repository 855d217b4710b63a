"""The calls of a forward pass, whoever wrote them down: a recorded module, a `.pt2` or an `.onnx` file."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from menet_design.graph.recorded import FunctionCall, LayerCall


class Value(NamedTuple):
    """A tensor that a call reads or makes: its key, its shape with the batch, and the parameter that it is, if any.

    `constant` holds the numbers of a constant that indexes others, as nested lists, where they are known.
    """

    key: Hashable
    shape: tuple[int, ...]
    parameter: str = ""
    constant: Any = None


@dataclass(frozen=True)
class Call:
    """One operation: its name in ATen, its arguments by name, and the tensors that it makes.

    `module` is the dotted name of the innermost module that was running, `layer` the class of it, with its package
    unless that is torch's, if it is a layer: a module that holds no others. `function` is the torch function that was
    called; "" where there is none, or none is known. `running` are the numbers of the calls of its layer and of the
    functions that counters replace, outermost first, in the trace's `layers` and `functions`.
    """

    operation: str
    arguments: Mapping[str, Any]
    outputs: tuple[Value, ...]
    module: str = ""
    layer: str = ""
    function: str = ""
    running: tuple[int, ...] = ()

    @property
    def values(self) -> list[Value]:
        """The tensors among its arguments."""
        return [value for argument in self.arguments.values() for value in _values(argument)]


def _values(argument: Any) -> Iterator[Value]:
    if isinstance(argument, Value):
        yield argument
    elif isinstance(argument, list | tuple):
        for each in argument:
            yield from _values(each)


@dataclass(frozen=True)
class Trace:
    """The calls of a network in the order of execution, with its inputs and outputs.

    `parameters` are the numbers of elements of all trained parameters by full name, `modules` the classes of all
    modules by theirs. `layers` and `functions` are the calls of layers and functions by their numbers, `holders`
    say of every module the classes of those that hold it and in how many ways they lead to it; None where nobody
    recorded the calls.
    """

    calls: tuple[Call, ...] = field(repr=False)
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    parameters: Mapping[str, int] = field(repr=False)
    modules: Mapping[str, str] = field(repr=False)
    layers: Mapping[int, LayerCall] | None = field(default=None, repr=False)
    functions: Mapping[int, FunctionCall] = field(default_factory=dict, repr=False)
    holders: Mapping[str, tuple[tuple[str, ...], int]] = field(default_factory=dict, repr=False)
