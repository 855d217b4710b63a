"""What parts of a network take of its time: modules in torch, kernels in onnxruntime."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import starmap
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from torch import nn

from menet_design.analysis.cost import Row, type_of
from menet_design.analysis.traffic import Movement, Traffic
from menet_design.measurement.conditions import Conditions
from menet_design.measurement.engines import Prepared, feeds, session_options

_FEWEST = 5  # runs
# What is computed by functions between the layers of a module, as a type.
FUNCTIONS = "functions"


class Part(NamedTuple):
    """A layer, a type of layers or a kernel, the seconds that it took, and the movements of its operations.

    What a module's functions compute between its layers is a part that is called as the module. Of kernels it is not
    known which operations they are.
    """

    name: str
    seconds: float
    movements: tuple[Movement, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """The operations, with what they cost."""
        return [each.row for each in self.movements]

    @property
    def macs(self) -> int:
        """Their multiply-adds."""
        return sum(row.macs for row in self.rows)

    @property
    def bytes(self) -> int:
        """The bytes that they move."""
        return sum(each.bytes for each in self.movements)


def parts_of(moved: Traffic, prepared: Prepared, conditions: Conditions) -> tuple[Part, ...]:
    """The parts of a network; none unless they are asked for."""
    if conditions.by is None:
        return ()
    if conditions.engine == "onnxruntime":
        return tuple(_kernels(prepared, conditions))
    layers = list(_layers(moved, _own_seconds(prepared, conditions.seconds)))
    return tuple(layers if conditions.by == "layer" else _types(layers))


def _repeats(seconds: float) -> Iterator[int]:
    """Again and again, for so many seconds."""
    end, index = perf_counter() + seconds, 0
    while index < _FEWEST or perf_counter() < end:
        yield index
        index += 1


def _own_seconds(prepared: Prepared, seconds: float) -> dict[str, float]:
    """The seconds that each module takes by itself, without the modules that it calls; the median over runs."""
    with _clocked(prepared.model) as clock:
        runs = []
        for _ in _repeats(seconds):
            clock.own.clear()
            prepared.run()
            runs.append(dict(clock.own))
    return {name: median(run.get(name, 0.0) for run in runs) for name in runs[0]}


class _Clock:
    """The seconds of each module without those inside it."""

    def __init__(self, model: nn.Module) -> None:
        self.names = {module: name for name, module in model.named_modules()}
        self.own: dict[str, float] = defaultdict(float)
        self._running: list[list[float]] = []  # when each began, and the seconds of what it has called

    def begin(self, module: nn.Module, inputs: Any) -> None:
        self._running.append([perf_counter(), 0.0])

    def end(self, module: nn.Module, inputs: Any, output: Any) -> None:
        began, inside = self._running.pop()
        taken = perf_counter() - began
        self.own[self.names[module]] += taken - inside
        if self._running:
            self._running[-1][1] += taken


@contextmanager
def _clocked(model: nn.Module) -> Iterator[_Clock]:
    clock = _Clock(model)
    hooks = [
        hook
        for each in clock.names
        for hook in (each.register_forward_pre_hook(clock.begin), each.register_forward_hook(clock.end))
    ]
    try:
        yield clock
    finally:
        for hook in hooks:
            hook.remove()


def _layers(moved: Traffic, own: Mapping[str, float]) -> Iterator[Part]:
    """The operations of each module that was called, in the order of execution; the rest is the network's own.

    A module without operations, such as an identity, belongs to the one that it is in.
    """
    found: dict[str, list[Movement]] = defaultdict(list)
    for each in moved.movements:
        found[_home(each.row.name, own)].append(each)
    seconds: dict[str, float] = defaultdict(float)
    for name, taken in own.items():
        seconds[_home(name, found)] += taken
    return (Part(name, seconds[name], tuple(found.get(name, ()))) for name in dict.fromkeys((*found, *seconds)))


def _home(name: str, modules: Container[str]) -> str:
    """The module that a name is, or is in; "" is the network itself."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def _types(layers: Iterable[Part]) -> Iterator[Part]:
    """Layers of a type together, and the functions between them; the longest first."""
    found: dict[str, list[Part]] = defaultdict(list)
    for layer in layers:
        kinds = {type_of(row) for row in layer.rows}
        found[kinds.pop() if len(kinds) == 1 and layer.rows[0].name == layer.name else FUNCTIONS].append(layer)
    parts = (
        Part(name, sum(each.seconds for each in all_), sum((each.movements for each in all_), ()))
        for name, all_ in found.items()
    )
    return iter(sorted(parts, key=lambda part: -part.seconds))


def _kernels(prepared: Prepared, conditions: Conditions) -> Iterator[Part]:
    """The kernels of onnxruntime by their operators, each the median over runs; the longest first."""
    durations: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in _profiled(prepared, conditions):
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            durations[event["args"]["op_name"], event["name"]].append(event["dur"] * 1e-6)
    taken: dict[str, float] = defaultdict(float)
    for (operator, _), each in durations.items():
        taken[operator] += median(each)
    return iter(sorted(starmap(Part, taken.items()), key=lambda part: -part.seconds))


def _profiled(prepared: Prepared, conditions: Conditions) -> list[Any]:
    """What the profiler of onnxruntime writes of many runs."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = session_options(conditions)
        options.enable_profiling, options.profile_file_prefix = True, str(Path(folder, "profile"))
        session = onnxruntime.InferenceSession(prepared.archive, options, providers=["CPUExecutionProvider"])
        fed = feeds(session, prepared.inputs)
        for _ in _repeats(conditions.seconds):
            session.run(None, fed)
        events: list[Any] = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return events
