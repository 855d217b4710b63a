"""From the calls of a forward pass to operations: a reading for each call, or an error that says what it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from menet_design.errors import DesignError
from menet_design.graph.operation import Operation, Shape, UnknownOperation
from menet_design.importing.calls import Call, Trace
from menet_design.importing.labels import is_moving
from menet_design.importing.reader import Reader
from menet_design.importing.readings import CONSTANTS, COUNTED, READ_OUT, READINGS, WEIGHTED, elementwise


@dataclass(frozen=True)
class Graph:
    """The operations of a trace, with full names: the shapes of the inputs, the names of the outputs.

    `modules` are the names of the modules that make the operations, by operation; `ignored` are the operations of ATen
    that were counted as nothing because they were allowed. `branched` says that numbers which depend on the inputs were
    read out: what is done may depend on them.
    """

    operations: tuple[Operation, ...] = field(repr=False)
    inputs: tuple[Shape, ...]
    outputs: tuple[str, ...]
    modules: Mapping[str, str] = field(repr=False)
    ignored: tuple[str, ...]
    branched: bool = False


def read(trace: Trace, allowed: Collection[str] = ()) -> Graph:
    """The operations of a trace. Raises UnknownOperation for one that is not known, unless its name is allowed."""
    reader = Reader(trace)
    ignored = dict.fromkeys(call.operation for call in trace.calls if not _is_known(reader, call, allowed))
    reader.add_unused()
    reader.add_unbegun()
    outputs = tuple(reader.deliver(value) for value in trace.outputs if reader.flows([value]))
    shapes = tuple(value.shape[1:] for value in trace.inputs)
    branched = any(call.operation in READ_OUT and reader.flows(call.values) for call in trace.calls)
    return Graph(tuple(reader.operations), shapes, outputs, reader.modules, tuple(ignored), branched)


def _is_known(reader: Reader, call: Call, allowed: Collection[str]) -> bool:
    """Read a call; whether it is known, and not only allowed."""
    try:
        return _read(reader, call, allowed)
    except (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError) as error:
        if isinstance(error, DesignError):
            raise
        raise UnknownOperation(f"{_said(call)}, which cannot be followed") from None


def _read(reader: Reader, call: Call, allowed: Collection[str]) -> bool:
    if is_moving(call.operation):
        reader.move(call)
    elif call.operation in CONSTANTS or not (reader.flows(call.values) or call.operation in WEIGHTED):
        if call.operation in COUNTED or (call.operation in READINGS and reader.begins(call)):
            reader.work(call, READINGS[call.operation])
        reader.keep_constant(call)
    elif call.operation in READINGS:
        READINGS[call.operation](reader, call)
    elif call.operation in allowed:
        elementwise(reader, call, "elementwise")
        return False
    else:
        raise _unknown(call)
    return True


def _unknown(call: Call) -> UnknownOperation:
    cause = f"{_said(call)}, and nobody has said how to count it"
    return UnknownOperation(cause, f"--allow {call.operation:.60} counts it as nothing")


def _said(call: Call) -> str:
    """Who calls what on which shapes."""
    shapes = ", ".join("×".join(map(str, value.shape)) for value in call.values[:4])
    where = f"{call.module or 'the network'}{f' ({call.layer})' if call.layer else ''}"
    return f"{where} calls {call.operation:.60} on {shapes}"
