"""Which channels of a network are connected: in its blocks, around its shuffles, and what a branch adds to that.

Everything is exact and read off the dataflow of the operations (see `menet_design.analysis.dependence`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from menet_design.analysis.cost import Amounts, Row, count, total
from menet_design.analysis.dependence import (
    NOTHING,
    Removed,
    Sets,
    between,
    branch_operations,
    in_branch,
    itself,
    outputs,
    through,
)
from menet_design.analysis.loss_ratio import loss_ratio
from menet_design.display import Displayed
from menet_design.errors import DesignError, check_memory
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Operation
from menet_design.values import listed


@dataclass(frozen=True)
class Shares:
    """The share of (input channel, output channel) pairs that are connected: as the network is, and without parts.

    `linear` and `gated` are the shares, as the network is, that are connected without passing a gate and through one;
    a pair may be both. The last two are those without the branches of the network.
    """

    connected: Fraction
    linear: Fraction = field(repr=False)
    gated: Fraction = field(repr=False)
    without_shuffle: Fraction = field(repr=False)
    without_branch: Fraction = field(repr=False)
    without_both: Fraction = field(repr=False)


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


class _Shuffles:
    """The connections around the shuffles of a block or a network, over all pairs, and what branches cost."""

    pairs: tuple[Pair, ...]
    branch: Amounts

    @property
    def possible(self) -> int:
        """The connections that there could be."""
        return sum(pair.possible for pair in self.pairs)

    @property
    def kept(self) -> int:
        """The connections that the shuffles make."""
        return sum(pair.kept for pair in self.pairs)

    @property
    def with_branch(self) -> int:
        """The connections that there are with the branches too."""
        return sum(pair.with_branch for pair in self.pairs)

    @property
    def recovered(self) -> int:
        """The lost connections that the branches bring back."""
        return self.with_branch - self.kept

    @property
    def exact_loss_ratio(self) -> Fraction:
        """The counted share of lost connections; 0 where there is none to lose."""
        return Fraction(self.possible - self.kept, self.possible) if self.possible else Fraction(0)

    @property
    def macs_per_recovered(self) -> Fraction | None:
        """Multiply-adds of the branches for each connection that they bring back; None where they bring none."""
        return Fraction(self.branch.macs, self.recovered) if self.recovered else None

    @property
    def params_per_recovered(self) -> Fraction | None:
        """Parameters of the branches for each connection that they bring back; None where they bring none."""
        return Fraction(self.branch.params, self.recovered) if self.recovered else None


@dataclass(frozen=True)
class BlockConnectivity(_Shuffles):
    """A block: its connected channel pairs, the convolutions around its shuffles, and what its branches cost.

    `sources` is a bit-set of input channels for each output channel. `mixing_depth` counts blocks, from this one on,
    after which every output channel depends on every input channel of this one; None where the blocks end before.
    """

    name: str
    shares: Shares
    mixing_depth: int | None
    pairs: tuple[Pair, ...]
    branch: Amounts
    sources: Sets = field(repr=False)


@dataclass(frozen=True)
class Connectivity(Displayed, _Shuffles):
    """A network: its blocks, and its shares from the input of the first to the output of the last.

    `mixing_depth` is how many blocks it takes at most until every output channel depends on every input channel, with
    whichever block one starts that is followed by so many; None where all blocks together are too few. `branches` are
    the names of those that are taken away for comparison.
    """

    network: Network
    blocks: tuple[BlockConnectivity, ...] = field(repr=False)
    shares: Shares
    mixing_depth: int | None
    branches: tuple[str, ...]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:  # type: ignore[override]
        """The convolutions around all shuffles."""
        return tuple(pair for block in self.blocks for pair in block.pairs)

    @cached_property
    def branch(self) -> Amounts:  # type: ignore[override]
        """What the branches of all blocks cost."""
        return total(block.branch for block in self.blocks)


def connectivity(network: Network, without: tuple[str, ...] = ()) -> Connectivity:
    """Which channels of a network are connected, block by block; those that are alike are worked out once.

    Blocks are its units, or where it has none all but those that classify. Branches are taken away for comparison:
    its own, or those `without` which it is asked for. Raises DesignError for a branch that has no operation.
    """
    if without:
        _check_branches(network, without)
        network = replace(network, branches=without)
    chosen, branches = network.units, network.branches
    _check(network, chosen)
    inside = [row for row in count(network).rows if in_branch(row.name, branches)]
    distinct = {id(block.operations): block for block in chosen}
    found = {key: _block(block, branches, inside) for key, block in distinct.items()}
    span, pairs = unit_span(network), pairs_by_block(network)
    blocks = tuple(
        replace(
            found[id(block.operations)], name=block.name, mixing_depth=depth, pairs=tuple(pairs.get(block.name, ()))
        )
        for block, depth in zip(span, _mixing_depths(span), strict=True)
        if block in chosen
    )
    lengths = [block.mixing_depth for block in blocks]
    longest = max(filter(None, lengths)) if lengths[0] else None
    return Connectivity(network, blocks, _shares(span, branches), longest, branches)


def _check_branches(network: Network, branches: tuple[str, ...]) -> None:
    names = [name for name, _ in network.operations()]
    for branch in branches:
        if not any(in_branch(name, (branch,)) for name in names):
            raise DesignError(
                f"no operation of {network.name} is in a branch {branch!r:.60}", f"It has {listed(names[:3])}, …"
            )


def unit_span(network: Network) -> Sequence[Block]:
    """The blocks from the first unit to the last, with what stands between them, such as pools."""
    places = [place for place, block in enumerate(network.blocks) if block in network.units]
    return network.blocks[places[0] : places[-1] + 1]


def _check(network: Network, chosen: Sequence[Block]) -> None:
    """Refuse a network without blocks, and one whose bit-sets, a dozen beside each other, need too much memory."""
    if not chosen:
        raise DesignError(f"{network.name or 'the network'} has no blocks to connect, only a classifier")
    needed = max(12 * block.in_channels * block.last.channels / 8 for block in chosen)
    check_memory(f"the connectivity of {network.name}", needed, "Give a narrower design")


def _block(block: Block, branches: tuple[str, ...], inside: Iterable[Row]) -> BlockConnectivity:
    """A block; `inside` are the rows of the branches of all blocks."""
    sources = through([block], itself(block.in_channels)).sources
    cost = total([Amounts(0, 0, 0), *(row.amounts for row in inside if row.block.name == block.name)])
    return BlockConnectivity(block.name, _shares([block], branches), None, (), cost, sources)


def _shares(span: Sequence[Block], branches: tuple[str, ...]) -> Shares:
    channels = span[0].in_channels
    start = itself(channels)
    whole = through(span, start)
    less = (Removed(shuffles=True), Removed(branches=branches), Removed(shuffles=True, branches=branches))
    without = (through(span, start, removed).sources for removed in less)
    return Shares(*(_share(sets, channels) for sets in (whole.sources, whole.linear, whole.gated, *without)))


def _share(sets: Sets, channels: int) -> Fraction:
    return Fraction(sum(map(int.bit_count, sets)), len(sets) * channels)


def _mixing_depths(span: Sequence[Block]) -> Iterator[int | None]:
    """For each block of a span, the length of the shortest run from it on that connects everything, if any."""
    endless = False
    for index in range(len(span)):
        length = None if endless else _mixing_depth(span[index:])
        # What is not mixed from here is not mixed from further on, where all that enters here has an influence at all
        # and nothing else enters there.
        endless = (endless or (length is None and _is_used(span[index]))) and _is_alone(span[index : index + 2])
        yield length


def _is_alone(span: Sequence[Block]) -> bool:
    """Whether the second block reads what the first makes, and nothing else."""
    return span[-1].inputs == (span[0].output_name,)


def _mixing_depth(span: Sequence[Block]) -> int | None:
    """How many blocks it takes until every channel depends on every channel of the input of the first."""
    everything = (1 << span[0].in_channels) - 1
    for length, reached in enumerate(outputs(span, itself(span[0].in_channels)), 1):
        if all(each == everything for each in reached.sources):
            return length
    return None


def _is_used(block: Block) -> bool:
    """Whether some output channel depends on every input channel."""
    sources = through([block], itself(block.in_channels)).sources
    return bool(reduce(or_, sources) == (1 << block.in_channels) - 1)


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
