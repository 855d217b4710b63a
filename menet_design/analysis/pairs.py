"""The convolutions around a channel shuffle, and the connections between them (arXiv 1803.09127, Section III-A).

Two grouped convolutions face each other where nothing between them mixes channels. Which channels reach which groups
is read off the dataflow of the operations (see `menet_design.analysis.dependence`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from menet_design.analysis.dependence import NOTHING, Removed, Sets, between, branch_operations
from menet_design.analysis.loss_ratio import loss_ratio
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Operation


@dataclass(frozen=True)
class Pair:
    """Two convolutions around a channel shuffle, and the connections between them (Section III-A).

    A connection is an unordered pair of channels of different groups of the first convolution; it is kept where
    some group of the second one depends on both. `first` and `second` are their names in their block, or their full
    names where they stand in two; `groups` are those of the first convolution, `channels` its output.
    The bit-sets say on which of these channels each group of the second convolution depends: through the shuffle
    alone, with neither shuffle nor branches, and with both.
    """

    first: str
    second: str
    groups: int
    channels: int
    sources: Sets = field(repr=False)
    sources_without_shuffle: Sets = field(repr=False)
    sources_with_branch: Sets = field(repr=False)

    @property
    def possible(self) -> int:
        """N_total of Eq. 1."""
        return self.channels * (self.channels - self.channels // self.groups) // 2

    @cached_property
    def kept(self) -> int:
        """N_actual of Eq. 2, counted: the connections that the shuffle makes."""
        return self._connections(self.sources)

    @cached_property
    def without_shuffle(self) -> int:
        """The connections that there would be with neither shuffle nor branches."""
        return self._connections(self.sources_without_shuffle)

    @cached_property
    def with_branch(self) -> int:
        """The connections that there are with the branches too."""
        return self._connections(self.sources_with_branch)

    @property
    def recovered(self) -> int:
        """The lost connections that the branches bring back."""
        return self.with_branch - self.kept

    @property
    def loss_ratio(self) -> Fraction:
        """The closed form (G - 1)/G (Eq. 3)."""
        return loss_ratio(self.groups)

    @property
    def exact_loss_ratio(self) -> Fraction:
        """The counted share of lost connections; 0 where there is none to lose."""
        return Fraction(self.possible - self.kept, self.possible) if self.possible else Fraction(0)

    def by_group(self, sources: Sets) -> list[list[int]]:
        """On how many channels of each group of the first convolution a group of the second, a row, depends."""
        groups = self._groups()
        return [[(each & group).bit_count() for group in groups] for each in sources]

    def connected(self, sources: Sets) -> Sets:
        """For each channel, the channels on which some group of the second convolution depends together with it."""
        found = [0] * self.channels
        for each in set(sources):
            for channel in members(each):
                found[channel] |= each
        return found

    def _groups(self) -> Sets:
        size = self.channels // self.groups
        return [((1 << size) - 1) << start for start in range(0, self.channels, size)]

    def _connections(self, sources: Sets) -> int:
        """Each pair is found from both of its sides."""
        own = [group for group in self._groups() for _ in range(self.channels // self.groups)]
        return sum((each & ~group).bit_count() for each, group in zip(self.connected(sources), own, strict=True)) // 2


def members(bits: int) -> list[int]:
    """The channels of a bit-set."""
    return [channel for channel, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


def pairs_by_block(network: Network) -> dict[str, list[Pair]]:
    """The grouped convolutions of a network that face each other, by the name of the block of the second one."""
    found: dict[str, list[Pair]] = {}
    alike: dict[tuple[int, str, str], Pair] = {}
    for facing in facing_convolutions(network):
        first, second, block = facing.first, facing.second, facing.span[-1]
        key = (id(block.operations) if len(facing.span) == 1 else id(facing), first.name, second.name)
        if key not in alike:
            alike[key] = _pair(facing, network.branches)
        found.setdefault(block.name, []).append(alike[key])
    return found


@dataclass(frozen=True)
class Facing:
    """Two convolutions with nothing between them that mixes channels, and the blocks from one to the other."""

    first: Operation
    second: Operation
    span: tuple[Block, ...]

    @property
    def names(self) -> tuple[str, str]:
        """Their full names."""
        return self.span[0].full_name(self.first.name), self.span[-1].full_name(self.second.name)

    def sources(self, removed: Removed) -> Sets:
        """On which channels that the first one makes those that the second one makes depend."""
        return between(self.span, self.first, removed)[self.second.name].sources


def _pair(facing: Facing, branches: tuple[str, ...]) -> Pair:
    less = (Removed(branches=branches), Removed(shuffles=True, branches=branches), NOTHING)
    size = facing.second.channels // facing.second.groups
    first, second = facing.first, facing.second
    names = facing.names if len(facing.span) > 1 else (first.name, second.name)
    return Pair(*names, first.groups, first.channels, *(facing.sources(each)[::size] for each in less))


# What moves channels from group to group.
_MOVING = ("shuffle", "slice", "select", "concat")


class _Path(NamedTuple):
    """A way from a convolution that mixes channels: whether it moves them, and whether nothing else joins it."""

    first: Operation
    block: int
    moves: bool
    is_straight: bool


def facing_convolutions(network: Network) -> Iterator[Facing]:
    """The grouped convolutions with a shuffle between them, or nothing that joins, and nothing that mixes channels.

    The branches of the network are left out.
    """
    paths: dict[str, list[_Path]] = {}
    for place, block in enumerate(network.blocks):
        inside = branch_operations(block, network.branches)
        for op in (op for op in block.operations if op.name not in inside):
            reached = [path for name in op.inputs for path in paths.get(block.full_name(name), [])]
            if _mixes(op):
                for path in dict.fromkeys(reached):
                    if _faces(path, op):
                        yield Facing(path.first, op, network.blocks[path.block : place + 1])
                reached = [_Path(op, place, False, True)]
            elif op.kind not in _THROUGH:
                reached = []
            elif op.kind in _MOVING or len(op.inputs) > 1:
                moves, joins = op.kind in ("shuffle", "select"), len(op.inputs) > 1
                reached = [
                    path._replace(moves=path.moves or moves, is_straight=path.is_straight and not joins)
                    for path in reached
                ]
            paths[block.full_name(op.name)] = list(dict.fromkeys(reached))


def _faces(path: _Path, op: Operation) -> bool:
    """Whether two convolutions make a pair: with a shuffle between them, or grouped with nothing that joins."""
    return path.moves or (path.is_straight and path.first.groups > 1 and op.groups > 1)


# What treats each channel for itself.
_THROUGH = (
    *_MOVING,
    "conv",
    "norm",
    "activation",
    "pool",
    "reduce",
    "upsample",
    "pad",
    "product",
    "add",
    "elementwise",
)


def _mixes(op: Operation) -> bool:
    """Whether an operation is a convolution across the channels of its groups."""
    return op.kind == "conv" and (max(op.kernel) == 1 or op.groups < op.in_channels)
