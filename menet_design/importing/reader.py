"""The operations that the calls of a forward pass make, one after the other, and which channels they move."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menet_design.graph.network import input_name
from menet_design.graph.operation import Operation, Shape
from menet_design.graph.recorded import Recorded
from menet_design.importing.calls import Call, Trace, Value
from menet_design.importing.labels import NONE, Labelled, fresh, moved, scalar

if TYPE_CHECKING:
    from menet_design.importing.labels import Labels


@dataclass(frozen=True)
class _Channels:
    """The channels that an operation, or an input, makes; their labels begin at `first`."""

    name: str
    first: int
    number: int


@dataclass(frozen=True)
class _Tensor:
    """What is known of a value: its shape, the labels of its channels, compressed, and the parameters that make it.

    `order` is the order in which the channels stood when something moved them first.
    """

    shape: tuple[int, ...]
    labels: "Labels | None" = None
    parameters: tuple[str, ...] = ()
    order: tuple[Any, ...] = ()


class Reader:
    """The operations so far, and what is known of every value. What a call adds to them is in `importing.readings`."""

    def __init__(self, trace: Trace) -> None:
        self.operations: list[Operation] = []
        self.modules: dict[str, str] = {}
        self._parameters = dict(trace.parameters)
        self._tensors: dict[Any, _Tensor] = {}
        self._channels: list[_Channels] = []
        self._firsts: list[int] = []
        self._uses: dict[str, int] = {}
        self._rearranged: dict[tuple[Any, ...], str] = {}
        self._layers, self._functions, self._holders = trace.layers, trace.functions, trace.holders
        self._begun: set[int] = set()
        for index, value in enumerate(trace.inputs):
            self._make(value, input_name(index), min(1, len(value.shape) - 1))

    def tensor(self, value: Value) -> _Tensor:
        """What is known of a value; of one that no call has made, its shape and the parameter that it is."""
        return self._tensors.setdefault(
            value.key, _Tensor(value.shape, parameters=(value.parameter,) if value.parameter else ())
        )

    def flows(self, values: Iterable[Value]) -> list[Value]:
        """Those of some values that depend on the inputs."""
        return [value for value in values if self.tensor(value).labels is not None]

    def keep_constant(self, call: Call) -> None:
        """Note that a call makes constants, and of which parameters."""
        parameters = dict.fromkeys(name for value in call.values for name in self.tensor(value).parameters)
        for value in call.outputs:
            self._tensors[value.key] = _Tensor(value.shape, parameters=tuple(parameters))

    def begins(self, call: Call) -> bool:
        """Whether a function, or a layer that is not torch's, begins with a call."""
        new = [number for number in call.running if number not in self._begun]
        layers = [self._layers[number] for number in new if self._layers and number in self._layers]
        return any(number in self._functions for number in new) or any("." not in each.name for each in layers)

    def work(self, call: Call, reading: Callable[["Reader", Call], None]) -> None:
        """Note what is computed of constants alone, where a counter counts it: nothing flows from it, or owns them."""
        before = {value.key: self.tensor(value) for value in call.values}
        self._tensors.update((value.key, _Tensor(value.shape)) for value in call.values)
        reading(self, call)
        self._tensors.update(before)

    def axis(self, value: Value) -> int:
        """The axis of a value along which its channels stand; where several would do, that of convolutions."""
        labels, dimensions = self.tensor(value).labels, len(value.shape)
        varying = [] if labels is None else [axis for axis, side in enumerate(labels.shape) if side > 1]
        if len(varying) == 1:
            return varying[0]
        return min(1, dimensions - 1) if not varying or 1 in varying else varying[-1]

    def add(
        self, call: Call, kind: str, operands: Sequence[tuple[Value, int]], axis: int, variant: str = "", **fields: Any
    ) -> None:
        """Add an operation that reads values, each with its channels along an axis, and makes channels along another.

        Parameters among the arguments that no operation has used before are its own.
        """
        numbers = (*fields.get("kernel", ()), *fields.get("stride", ()), fields.get("groups", 1))
        if not all(isinstance(number, int) and number > 0 for number in numbers):
            raise ValueError(f"{kind} with {fields}")
        operation = Operation(
            name=self._name(call, variant or kind),
            kind=kind,
            inputs=tuple(self._source(call, value, along) for value, along in operands),
            reads=tuple(channels_first(value.shape, along) for value, along in operands),
            output=channels_first(call.outputs[0].shape, axis),
            variant=variant,
            parameters=sum(self._own(value) for value in call.values),
            layer=call.layer,
            function=call.function,
            call=self._recorded(call),
            **fields,
        )
        self._append(operation, call)
        self._make(call.outputs[0], operation.name, axis)
        for value in call.outputs[1:]:
            self._tensors[value.key] = _Tensor(value.shape)

    def _recorded(self, call: Call) -> Recorded | None:
        """The calls of a layer and of functions that begin with an operation, where that is recorded."""
        if self._layers is None:
            return None
        new = [number for number in call.running if number not in self._begun]
        self._begun.update(new)
        layers = (self._layers[number] for number in new if number in self._layers)
        functions = tuple(self._functions[each] for each in new if each in self._functions)
        return Recorded(next(layers, None), functions, *self._holders[call.module])

    def put(self, outputs: Iterable[Value], like: Value) -> None:
        """Let values be what another one is, whatever their shapes are."""
        tensor = self.tensor(like)
        for value in outputs:
            self._tensors[value.key] = _Tensor(value.shape, tensor.labels, tensor.parameters)

    def add_unused(self) -> None:
        """Add the parameters that no call has used, module by module."""
        left: dict[str, int] = {}
        for name, size in self._parameters.items():
            module = name.rpartition(".")[0]
            left[module] = left.get(module, 0) + size
        for module, size in left.items():
            self._add_constant(Call("", {}, (), module), size, (0, 1, 1))

    def add_unbegun(self) -> None:
        """Add the calls that no operation has begun: layers that have parameters, einsums that only move."""
        layers = {number: Recorded(call) for number, call in (self._layers or {}).items() if call.parameters}
        einsums = {number: Recorded(None, (call,)) for number, call in self._functions.items() if "einsum" in call.name}
        for number, recorded in {**layers, **einsums}.items():
            if number not in self._begun:
                name = self._name(Call("", {}, ()), "constant")
                layer = recorded.layer.name if recorded.layer else ""
                operation = Operation(name, "constant", (), (), (0, 1, 1), parameters=0, layer=layer, call=recorded)
                self._append(operation, Call("", {}, ()))

    def deliver(self, value: Value) -> str:
        """The name of the operation that makes a value as the network returns it, its channels in their order."""
        return self._source(Call("", {}, ()), value, self.axis(value))

    def output(self, value: Value) -> str | None:
        """The name of the operation that makes a value; None for a constant."""
        labels = self.tensor(value).labels
        made = [] if labels is None or not labels.size else self._makers([int(labels.reshape(-1)[0])])
        return made[0].name if made else None

    def maker(self, value: Value) -> Operation | None:
        """The operation that makes the first channel of a value."""
        name = self.output(value)
        return next((op for op in reversed(self.operations) if op.name == name), None)

    def move(self, call: Call) -> None:
        """Follow a call that only moves data; a permutation of all channels is an operation of its own."""
        flowing = self.flows(call.values)
        if not flowing:
            self.keep_constant(call)
            return
        owned = sum(self._own(value) for value in call.values)
        if owned:
            self._add_constant(call, owned, (0, 1, 1))
        arguments = {name: self._labelled(argument) for name, argument in call.arguments.items()}
        made = moved(call.operation, arguments, [value.shape for value in call.outputs])
        order = self._order(flowing)
        for value, labels in zip(call.outputs, made, strict=False):
            self._tensors[value.key] = _Tensor(value.shape, labels, order=order)
            self._shuffle(call, value)

    def _order(self, flowing: Sequence[Value]) -> tuple[Any, ...]:
        """The order of channels before anything moved them: of one value, if its channels stand along one axis."""
        if len(flowing) > 1:
            return ()
        tensor = self.tensor(flowing[0])
        is_line = tensor.labels is not None and sum(side > 1 for side in tensor.labels.shape) == 1
        return tuple(self._along(flowing[0], self.axis(flowing[0]))) if is_line else tensor.order

    def _shuffle(self, call: Call, value: Value) -> None:
        """Make a permutation of all channels of a value, however it was spelled, an operation."""
        tensor = self.tensor(value)
        if tensor.labels is None or sum(side > 1 for side in tensor.labels.shape) != 1:
            return
        axis = self.axis(value)
        channels = self._along(value, axis)
        if len(channels) != len(tensor.order) or tuple(channels) == tensor.order or NONE in channels:
            return
        place = {channel: index for index, channel in enumerate(tensor.order)}
        if len(place) == len(channels) and set(place) == set(channels):
            before = self._source_of(call, list(tensor.order), channels_first(value.shape, axis))
            name = self._move_channels(call, [before], tuple(place[channel] for channel in channels), value, axis)
            self._make(value, name, axis)

    def _source(self, call: Call, value: Value, axis: int) -> str:
        """The name of the operation that makes a value with channels along an axis; of constants, one is added."""
        shape = channels_first(value.shape, axis)
        if self.tensor(value).labels is None:
            self._make(value, self._add_constant(call, 0, shape), axis)
        return self._source_of(call, self._along(value, axis), shape)

    def _source_of(self, call: Call, channels: list[Any], shape: Shape) -> str:
        """The name of the operation that makes channels in an order: their own, or one that puts them into it."""
        first = self._maker(channels[0]) if isinstance(channels[0], int) and channels[0] != NONE else None
        if first and channels == list(range(first.first, first.first + first.number)):
            return first.name
        key = (tuple(channels), shape)
        if key not in self._rearranged:
            makers = self._makers(channels)
            positions, total = {}, 0
            for maker in makers:
                positions.update({maker.first + index: total + index for index in range(maker.number)})
                total += maker.number
            index = tuple(_position(each, positions) for each in channels)
            self._rearranged[key] = self._add_rearranged(call, makers, index, shape)
        return self._rearranged[key]

    def _move_channels(self, call: Call, before: list[str], index: tuple[Any, ...], value: Value, axis: int) -> str:
        shape = channels_first(value.shape, axis)
        number = len(index)
        return self._add_rearranged(call, [_Channels(before[0], 0, number)], index, shape)

    def _add_rearranged(self, call: Call, makers: Sequence[_Channels], index: tuple[Any, ...], shape: Shape) -> str:
        """Add an operation that takes channels of others, side by side, by their indices."""
        kind = _rearranging(index, [maker.number for maker in makers])
        operation = Operation(
            name=self._name(call, kind, is_layer=False),
            kind=kind,
            inputs=tuple(maker.name for maker in makers),
            reads=tuple((maker.number, *shape[1:]) for maker in makers),
            output=shape,
            selection=index,
            parameters=0,
        )
        self._append(operation, call)
        self._new_channels(operation.name, len(index))
        return operation.name

    def _add_constant(self, call: Call, parameters: int, shape: Shape) -> str:
        name = self._name(call, "constant", is_layer=False)
        self._append(Operation(name, "constant", (), (), shape, parameters=parameters), call)
        return name

    def _append(self, operation: Operation, call: Call) -> None:
        self.operations.append(operation)
        self.modules[operation.name] = call.module

    def _make(self, value: Value, name: str, axis: int) -> None:
        """Let a value have new channels along an axis, made by an operation or an input."""
        if not value.shape:
            self._tensors[value.key] = _Tensor(value.shape, scalar(self._new_channels(name, 1)))
            return
        first = self._new_channels(name, value.shape[axis])
        labels = fresh(first, value.shape[axis], axis, len(value.shape))
        self._tensors[value.key] = _Tensor(value.shape, labels)

    def _new_channels(self, name: str, number: int) -> int:
        last = self._channels[-1] if self._channels else _Channels("", 0, 0)
        self._channels.append(_Channels(name, last.first + last.number, number))
        self._firsts.append(last.first + last.number)
        return self._channels[-1].first

    def _along(self, value: Value, axis: int) -> list[Any]:
        """The label of each channel along an axis of a value, or all that stand there, as a tuple."""
        import numpy as np

        labels = self.tensor(value).labels
        if labels is None or not value.shape:
            return [] if labels is None else labels.reshape(-1).tolist()
        lines = np.moveaxis(labels, axis, 0).reshape(labels.shape[axis], -1)
        channels = [_one_or_all(np.unique(line)) for line in lines] if lines.shape[1] > 1 else lines[:, 0].tolist()
        return channels * (value.shape[axis] if len(channels) == 1 else 1)

    def _makers(self, channels: Iterable[Any]) -> list[_Channels]:
        """Who makes these channels, in the order in which their channels stand."""
        labels = (label for each in channels for label in (each if isinstance(each, tuple) else (each,)))
        return list(dict.fromkeys(self._maker(label) for label in dict.fromkeys(labels) if label != NONE))

    def _maker(self, label: int) -> _Channels:
        """Who makes the channel of a label."""
        return self._channels[bisect_right(self._firsts, label) - 1]

    def _labelled(self, argument: Any) -> Any:
        """An argument with the labels of its tensors; constants are the numbers that they hold."""
        if isinstance(argument, Value):
            tensor = self.tensor(argument)
            if tensor.labels is None and argument.constant is not None:
                return argument.constant
            labels = scalar(NONE) if tensor.labels is None else tensor.labels
            return Labelled(labels, tensor.shape)
        return [self._labelled(each) for each in argument] if isinstance(argument, list | tuple) else argument

    def _own(self, value: Value) -> int:
        """The sizes of the parameters that make a value, and that nobody has used before."""
        return sum(self._parameters.pop(name, 0) for name in self.tensor(value).parameters)

    def _name(self, call: Call, word: str, is_layer: bool = True) -> str:
        """A name that nobody has: that of the layer, or what is done behind that of the module."""
        name = call.module if is_layer and call.layer and "." not in call.layer else ""
        name = name or ".".join(filter(None, (call.module, word.replace(" ", "_"))))
        self._uses[name] = self._uses.get(name, 0) + 1
        return name if self._uses[name] == 1 else self._name_again(name)

    def _name_again(self, name: str) -> str:
        numbered = f"{name}.{self._uses[name]}"
        self._uses[numbered] = self._uses.get(numbered, 0) + 1
        return numbered


def channels_first(shape: Sequence[int], axis: int) -> Shape:
    """A shape with its channels first and without a batch of 1; with two sides at least."""
    if not shape:
        return (1, 1, 1)
    sides = [side for place, side in enumerate(shape) if place != axis % len(shape)]
    sides = sides[1:] if axis % len(shape) and sides[0] == 1 else sides
    return (shape[axis], *sides, *(1,) * (2 - len(sides)))


def _one_or_all(labels: Any) -> Any:
    return int(labels[0]) if len(labels) == 1 else tuple(labels.tolist())


def _position(channel: Any, positions: Mapping[int, int]) -> Any:
    """Where the channels of a label stand among those of the makers."""
    if isinstance(channel, tuple):
        return tuple(positions[label] for label in channel if label != NONE)
    return NONE if channel == NONE else positions[channel]


def _rearranging(index: tuple[Any, ...], numbers: Sequence[int]) -> str:
    """What moves channels so, from makers of so many: side by side, permuted, cut out, or any other choice."""
    total = sum(numbers)
    if any(isinstance(each, tuple) or each == NONE for each in index):
        is_padded = index[:total] == tuple(range(total)) and set(index[total:]) == {NONE} and len(numbers) == 1
        return "pad" if is_padded else "select"
    if len(numbers) == 1 and sorted(index) == list(range(total)):
        return "shuffle"
    if list(index) == sorted(set(index)):
        return "concat" if len(numbers) > 1 else "slice"
    return "select"
