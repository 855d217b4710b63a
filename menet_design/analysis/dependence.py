"""Which channels each channel depends on: integer bit-sets that follow the dataflow of a network's operations.

A bit-set is an int whose bit i stands for channel i of where the flow starts. An operation takes a few unions a
channel, of one bit a channel each: C²/64 machine words.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from menet_design.graph.network import Block, input_name
from menet_design.graph.operation import Operation, Rules

# A bit-set for each channel.
Sets = list[int]


class Dependence(NamedTuple):
    """What each channel depends on of the channels where the flow starts.

    `linear` are those that reach it without passing a gate, `gated` those that pass at least one: a factor that scales
    something else. A channel may do both.
    """

    linear: Sets
    gated: Sets

    @property
    def sources(self) -> Sets:
        """What each channel depends on, whichever the path."""
        return _union(self.linear, self.gated)


class Removed(NamedTuple):
    """What is taken away from a network: its shuffles, or branches of it, by their names or by patterns."""

    shuffles: bool = False
    branches: tuple[str, ...] = ()


NOTHING = Removed()


def itself(channels: int) -> Dependence:
    """Channels that depend on themselves: where a flow starts."""
    return Dependence([1 << channel for channel in range(channels)], [0] * channels)


def nothing(channels: int) -> Dependence:
    """Channels that depend on nothing."""
    return Dependence([0] * channels, [0] * channels)


def through(blocks: Sequence[Block], start: Dependence, removed: Removed = NOTHING) -> Dependence:
    """What the output of the last of some blocks depends on, given what all inputs of the first do, side by side."""
    return deque(outputs(blocks, start, removed), maxlen=1)[0]


def outputs(blocks: Sequence[Block], start: Dependence, removed: Removed = NOTHING) -> Iterator[Dependence]:
    """The same for the output of each block, in their order.

    What comes from elsewhere than the inputs of the first block depends on nothing.
    """
    needed = {name for block in blocks for name in block.inputs}
    known = dict(zip(blocks[0].inputs, _split(start, blocks[0]), strict=True))
    for block in blocks:
        inside = flow(block, _inputs(block, known), removed)
        names = {block.full_name(op.name): op.name for op in block.operations}
        known |= {full: inside[name] for full, name in names.items() if full in needed}
        yield inside[block.last.name]


def between(blocks: Sequence[Block], first: Operation, removed: Removed = NOTHING) -> dict[str, Dependence]:
    """What the operations of the last of some blocks depend on of the channels that one of the first block makes."""
    known: dict[str, Dependence] = {}
    inside: dict[str, Dependence] = {}
    for index, block in enumerate(blocks):
        start = {first.name: itself(first.channels)} if index == 0 else {}
        inside = flow(block, {**_inputs(block, known), **start}, removed)
        known |= {block.full_name(name): each for name, each in inside.items()}
    return inside


def _split(start: Dependence, block: Block) -> list[Dependence]:
    """What the inputs of a block depend on, from what all of their channels do, side by side."""
    split, first = [], 0
    for shape in block.read:
        split.append(Dependence(*(sets[first : first + shape[0]] for sets in start)))
        first += shape[0]
    return split


def _inputs(block: Block, known: Mapping[str, Dependence]) -> dict[str, Dependence]:
    """What a block calls its inputs, and what these depend on."""
    pairs = zip(block.inputs, block.read, strict=True)
    return {input_name(i): known.get(name) or nothing(shape[0]) for i, (name, shape) in enumerate(pairs)}


def flow(block: Block, start: Mapping[str, Dependence], removed: Removed = NOTHING) -> dict[str, Dependence]:
    """What every operation of a block depends on, by its name in the block.

    `start` says it for the inputs, and for every operation at which the flow begins.
    """
    reached = dict(start)
    taken = branch_operations(block, removed.branches)
    for op in block.operations:
        if op.name not in start:
            cut: Collection[str] = taken if op.name not in taken else ()
            passed = [nothing(len(reached[name].linear)) if name in cut else reached[name] for name in op.inputs]
            reached[op.name] = passed[0] if op.kind == "shuffle" and removed.shuffles else _RULES.of(op)(op, *passed)
    return reached


def branch_operations(block: Block, branches: Sequence[str]) -> set[str]:
    """The operations of a block that are in its branches, by their names in the block.

    An operation that joins a branch with something else belongs to neither, whatever its name is.
    """
    inside = {op.name for op in block.operations if branches and in_branch(block.full_name(op.name), branches)}
    joints = {op.name for op in block.operations if len({name in inside for name in op.inputs}) == 2}
    return inside - joints


def in_branch(name: str, branches: Iterable[str]) -> bool:
    """Whether an operation of that full name is in a branch: one of the name's parts, or a pattern of whole names."""
    parts = name.split(".")
    return any(branch in parts or fnmatchcase(name, branch) for branch in branches)


def _union(one: Sets, other: Sets) -> Sets:
    return list(map(or_, one, other))


# What the channels of an operation depend on, from what those of its inputs do.
_Rule = Callable[..., Dependence]


def _both(rule: Callable[..., Sets]) -> _Rule:
    """A rule that treats what has passed a gate and what has not alike."""
    return lambda op, *inputs: Dependence(*(rule(op, *sets) for sets in zip(*inputs, strict=True)))


def _same(op: Operation, passed: Dependence) -> Dependence:
    return passed


def _gated(op: Operation, scaled: Dependence, *gates: Dependence) -> Dependence:
    """What the first factor depends on, and through a gate what the others do, which may be broadcast."""
    linear, gated = (_broadcast(sets, op.channels) for sets in scaled)
    return Dependence(linear, reduce(_union, (_broadcast(gate.sources, op.channels) for gate in gates), gated))


def _broadcast(sets: Sets, channels: int) -> Sets:
    return sets * channels if len(sets) == 1 else sets


def _united(op: Operation, *parts: Sets) -> Sets:
    """Each channel depends on what the same channel of each part does."""
    return reduce(_union, (_broadcast(sets, op.channels) for sets in parts))


def _everything(op: Operation, *parts: Sets) -> Sets:
    """Every channel depends on whatever any channel of any part does."""
    return [reduce(or_, chain.from_iterable(parts), 0)] * op.channels


def _grouped(op: Operation, sets: Sets) -> Sets:
    """Each channel depends on all of its group, of which each has as many."""
    size = len(sets) // op.groups
    return [reduce(or_, sets[channel // size * size : (channel // size + 1) * size]) for channel in range(len(sets))]


def _taken(op: Operation, *parts: Sets) -> Sets:
    """The channels of all parts, side by side, by the operation's selection."""
    sets = list(chain.from_iterable(parts))
    return [
        reduce(or_, (sets[i] for i in each), 0) if isinstance(each, tuple) else sets[each] if each >= 0 else 0
        for each in op.selection
    ]


def _mixed(op: Operation, sets: Sets) -> Sets:
    """Each group of output channels depends on all of its group of input channels."""
    if op.groups == len(sets) == op.channels:
        return sets
    size, emitted = len(sets) // op.groups, op.channels // op.groups
    unions = [reduce(or_, sets[start : start + size]) for start in range(0, len(sets), size)]
    return [union for union in unions for _ in range(emitted)]


def _shuffled(op: Operation, sets: Sets) -> Sets:
    if op.selection:
        return _taken(op, sets)
    size = len(sets) // op.groups
    return [sets[group * size + index] for index in range(size) for group in range(op.groups)]


def _joined(op: Operation, *parts: Sets) -> Sets:
    return _taken(op, *parts) if op.selection else list(chain.from_iterable(parts))


def _padded(op: Operation, sets: Sets) -> Sets:
    zeros = op.channels - len(sets)
    return _taken(op, sets) if op.selection else [0] * (zeros // 2) + sets + [0] * (zeros - zeros // 2)


_RULES: Rules[_Rule] = Rules(
    "dependences of channels",
    {
        "conv": _both(_mixed),
        **dict.fromkeys(("linear", "matmul", "attention", "embedding", ("reduce", "channels")), _both(_everything)),
        **dict.fromkeys((("norm", "layer"), ("norm", "rms"), ("activation", "softmax")), _both(_everything)),
        ("norm", "group"): _both(_grouped),
        "shuffle": _both(_shuffled),
        "slice": _both(_taken),
        "select": _both(_taken),
        "concat": _both(_joined),
        "pad": _both(_padded),
        "product": _gated,
        **dict.fromkeys(("add", "elementwise"), _both(_united)),
        "constant": lambda op: nothing(op.channels),
        **dict.fromkeys(("norm", "activation", "pool", "upsample", ("reduce", "sides")), _same),
    },
)
