"""Which channels each channel of a block hears: integer bit-sets that follow the operations' dataflow.

A bit-set is an int whose bit i stands for channel i of where the flow starts. An operation takes a few unions a
channel, of one bit a channel each: C²/64 machine words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from menet_design.architectures.network import INPUT, Block, Operation

# A bit-set for each channel.
Sets = list[int]
FUSION = "fusion"


class Reach(NamedTuple):
    """What each channel hears of the channels where the flow starts.

    `linear` is heard without passing a gate, `gated` by way of at least one: as a factor that scales something
    else. A connection may be both.
    """

    linear: Sets
    gated: Sets

    @property
    def heard(self) -> Sets:
        """What each channel hears, whichever the path."""
        return _union(*self)


class Variant(NamedTuple):
    """A network as it is, or without its shuffles, or without its fusion branches."""

    shuffle: bool = True
    fusion: bool = True


AS_IT_IS = Variant()


def itself(channels: int) -> Reach:
    """Channels that hear themselves: where a flow starts."""
    return Reach([1 << channel for channel in range(channels)], [0] * channels)


def nothing(channels: int) -> Reach:
    """Channels that hear nothing."""
    return Reach([0] * channels, [0] * channels)


def through(blocks: Iterable[Block], start: Reach, variant: Variant = AS_IT_IS) -> Reach:
    """What the output of a chain of blocks hears, given what its input does."""
    return reduce(lambda reach, block: flow(block.operations, {INPUT: reach}, variant)[block.last.name], blocks, start)


def flow(operations: Sequence[Operation], start: Mapping[str, Reach], variant: Variant = AS_IT_IS) -> dict[str, Reach]:
    """What every operation of a block hears, by name; `start` says it for the input and wherever else it begins."""
    reaches = dict(start)
    cut = set() if variant.fusion else _fusion_ends(operations)
    for op in operations:
        if op.name not in start:
            heard = [reaches[name] for name in op.inputs]
            passed = [
                nothing(len(each.linear)) if (op.name, name) in cut else each
                for each, name in zip(heard, op.inputs, strict=True)
            ]
            reaches[op.name] = _reach(op, passed, variant)
    return reaches


def _fusion_ends(operations: Sequence[Operation]) -> set[tuple[str, str]]:
    """Where fusion branches join others, as (operation, source): without fusion, nothing passes there."""
    joints = {op.name for op in operations if len(set(map(_is_fusion, op.inputs))) == 2}
    return {
        (op.name, name)
        for op in operations
        for name in op.inputs
        if op.name in joints and _is_fusion(name) and name not in joints
    }


def _is_fusion(name: str) -> bool:
    return name.startswith(f"{FUSION}.")


def _reach(op: Operation, heard: Sequence[Reach], variant: Variant) -> Reach:
    if op.kind == "product":
        scaled, gate = heard
        return Reach(scaled.linear, _union(scaled.gated, gate.heard))
    rule = _same if op.kind == "shuffle" and not variant.shuffle else _RULES[op.kind]
    return Reach(*(rule(op, *sets) for sets in zip(*heard, strict=True)))


def _union(one: Sets, other: Sets) -> Sets:
    return list(map(or_, one, other))


# What the channels of an operation hear, from what those of its inputs do, by its kind.
_Rule = Callable[..., Sets]


def _same(_: Operation, sets: Sets) -> Sets:
    return sets


def _mixed(op: Operation, sets: Sets) -> Sets:
    """Each group of output channels hears all of its group of input channels."""
    if op.groups == len(sets) == op.channels:
        return sets
    size, emitted = len(sets) // op.groups, op.channels // op.groups
    unions = [reduce(or_, sets[start : start + size]) for start in range(0, len(sets), size)]
    return [union for union in unions for _ in range(emitted)]


def _shuffled(op: Operation, sets: Sets) -> Sets:
    size = len(sets) // op.groups
    return [sets[group * size + index] for index in range(size) for group in range(op.groups)]


_RULES: dict[str, _Rule] = {
    "conv": _mixed,
    "linear": _mixed,
    "shuffle": _shuffled,
    "add": lambda _, one, other: _union(one, other),
    "concat": lambda _, *parts: list(chain.from_iterable(parts)),
    "pad": lambda op, sets: sets + [0] * (op.channels - len(sets)),
    **dict.fromkeys(("norm", "activation", "pool"), _same),
}
