"""Which channels of a network are connected: in its blocks, around its shuffles, and what a branch adds to that.

Everything is exact and read off the dataflow of the operations (see `menet_design.analysis.dependence`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, reduce
from operator import or_

from menet_design.analysis.cost import Amounts, Row, count, total
from menet_design.analysis.dependence import (
    Removed,
    Sets,
    in_branch,
    itself,
    outputs,
    through,
)
from menet_design.analysis.pairs import Pair, pairs_by_block
from menet_design.display import Displayed
from menet_design.errors import DesignError, check_memory
from menet_design.graph.network import Block, Network
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
    def recovered_ratio(self) -> Fraction | None:
        """The share of the lost connections that the branches bring back; None where none is lost."""
        lost = self.possible - self.kept
        return Fraction(self.recovered, lost) if lost else None

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
