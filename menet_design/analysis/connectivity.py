"""Who hears whom in a network: channel pairs of its blocks, connections around its shuffles, and what they cost.

Everything is exact and read off the dataflow of the architecture (see `menet_design.analysis.dataflow`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from menet_design.analysis.cost import Amounts, Priced, by_branch, price
from menet_design.analysis.dataflow import AS_IT_IS, FUSION, Sets, Variant, flow, itself, nothing, through
from menet_design.analysis.loss_ratio import loss_ratio
from menet_design.architectures import network
from menet_design.architectures.network import INPUT, Block, Network, Operation
from menet_design.design import Design
from menet_design.errors import check_memory

WITHOUT_SHUFFLE = Variant(shuffle=False)
WITHOUT_FUSION = Variant(fusion=False)
WITHOUT_BOTH = Variant(shuffle=False, fusion=False)


class Shares(NamedTuple):
    """The share of (input channel, output channel) pairs that are connected: as the network is, and without parts.

    `linear` and `gated` are the shares, as the network is, that are connected without passing a gate and by way
    of one; a pair may be both.
    """

    connected: Fraction
    linear: Fraction
    gated: Fraction
    no_shuffle: Fraction
    no_fusion: Fraction
    neither: Fraction


@dataclass(frozen=True)
class Pair:
    """Two convolutions around a channel shuffle, and the connections between them (Section III-A).

    A connection is an unordered pair of channels of different groups of the first convolution; it is kept where
    some group of the second one hears both. `groups` are those of the first convolution, `channels` its output.
    `hears` are the bit-sets of the channels that each group of the second convolution hears: through the shuffle
    alone, with neither shuffle nor fusion branch, and with both.
    """

    first: str
    second: str
    groups: int
    channels: int
    hears: Sets = field(repr=False)
    hears_without_shuffle: Sets = field(repr=False)
    hears_with_fusion: Sets = field(repr=False)

    @property
    def possible(self) -> int:
        """N_total of Eq. 1."""
        return self.channels * (self.channels - self.channels // self.groups) // 2

    @cached_property
    def kept(self) -> int:
        """N_actual of Eq. 2, counted: the connections that the shuffle makes."""
        return self._connections(self.hears)

    @cached_property
    def without_shuffle(self) -> int:
        """The connections that there would be with neither shuffle nor fusion branch."""
        return self._connections(self.hears_without_shuffle)

    @cached_property
    def with_fusion(self) -> int:
        """The connections that there are with the fusion branch."""
        return self._connections(self.hears_with_fusion)

    @property
    def recovered(self) -> int:
        """The lost connections that the fusion branch brings back."""
        return self.with_fusion - self.kept

    @property
    def loss_ratio(self) -> Fraction:
        """The closed form (G - 1)/G (Eq. 3)."""
        return loss_ratio(self.groups)

    @property
    def exact_loss_ratio(self) -> Fraction:
        """The counted share of lost connections; 0 where there is none to lose."""
        return Fraction(self.possible - self.kept, self.possible) if self.possible else Fraction(0)

    def listening(self, hears: Sets) -> list[list[int]]:
        """How many channels each group of the second convolution (a row) hears of each group of the first."""
        groups = self._groups()
        return [[(heard & group).bit_count() for group in groups] for heard in hears]

    def meetings(self, hears: Sets) -> Sets:
        """For each channel, the channels that some group of the second convolution hears together with it."""
        met = [0] * self.channels
        for heard in set(hears):
            for channel in members(heard):
                met[channel] |= heard
        return met

    def _groups(self) -> Sets:
        size = self.channels // self.groups
        return [((1 << size) - 1) << start for start in range(0, self.channels, size)]

    def _connections(self, hears: Sets) -> int:
        """Each pair is met from both of its sides."""
        own = [group for group in self._groups() for _ in range(self.channels // self.groups)]
        return sum((met & ~group).bit_count() for met, group in zip(self.meetings(hears), own, strict=True)) // 2


def members(bits: int) -> list[int]:
    """The channels of a bit-set."""
    return [channel for channel, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


class BlockConnectivity(NamedTuple):
    """A module: its connected channel pairs, the convolutions around its shuffle, and what its fusion branch costs.

    `heard` is a bit-set of input channels for each output channel. `blocks_to_full` counts modules, from this one
    on, after which every output channel hears every input channel of this one; None where the modules end
    before. `pair` is None for a module without a shuffle.
    """

    name: str
    heard: Sets
    shares: Shares
    blocks_to_full: int | None
    pair: Pair | None
    fusion: Amounts

    @property
    def macs_per_recovered(self) -> Fraction | None:
        """Multiply-adds of the fusion branch for each connection that it brings back; None where it brings none."""
        return Fraction(self.fusion.macs, self.pair.recovered) if self.pair and self.pair.recovered else None

    @property
    def params_per_recovered(self) -> Fraction | None:
        """Parameters of the fusion branch for each connection that it brings back; None where it brings none."""
        return Fraction(self.fusion.params, self.pair.recovered) if self.pair and self.pair.recovered else None


class Connectivity(NamedTuple):
    """A network: its modules, and its shares from the input of the first to the output of the last.

    `blocks_to_full` is how many modules it takes at most until every output channel hears every input channel, with
    whichever module one starts that is followed by so many; None where all modules together are too few.
    """

    design: Design
    blocks: tuple[BlockConnectivity, ...]
    shares: Shares
    blocks_to_full: int | None


def connectivity(design: Design) -> Connectivity:
    """Which channels of a network hear which, module by module; those that are alike are worked out once."""
    built = network(design)
    chosen = modules(built)
    _check_memory(design, chosen)
    priced = {id(each.block.operations): each for each in price(built)}
    found = {key: _block(priced[key]) for key in dict.fromkeys(id(block.operations) for block in chosen)}
    chain = module_chain(built)
    full = dict(zip((block.name for block in chain), _blocks_to_full(chain), strict=True))
    blocks = tuple(
        found[id(block.operations)]._replace(name=block.name, blocks_to_full=full[block.name]) for block in chosen
    )
    lengths = [block.blocks_to_full for block in blocks]
    longest = max(filter(None, lengths)) if lengths[0] else None
    return Connectivity(design, blocks, _shares(chain), longest)


def modules(built: Network) -> Sequence[Block]:
    """The blocks that the paper calls modules or units; where there are none, all of them but the classifier."""
    units = [block for block in built.blocks if block.unit]
    return units or [block for block in built.blocks if block.last.kind != "linear"]


def module_chain(built: Network) -> Sequence[Block]:
    """The blocks from the first module to the last, with what stands between them, such as pools."""
    names = [block.name for block in built.blocks]
    chosen = modules(built)
    return built.blocks[names.index(chosen[0].name) : names.index(chosen[-1].name) + 1]


def _check_memory(design: Design, chosen: Sequence[Block]) -> None:
    """The bit-sets of a dozen operations stand beside each other, one bit a pair of channels."""
    needed = max(12 * block.in_channels * block.last.channels / 8 for block in chosen)
    check_memory(f"the connectivity of {design.name}", needed, "Give a narrower design")


def _block(priced: Priced) -> BlockConnectivity:
    block = priced.block
    heard = through([block], itself(block.in_channels)).heard
    fusion = by_branch([priced]).get(FUSION, Amounts(0, 0, 0))
    return BlockConnectivity(block.name, heard, _shares([block]), None, _pair(block), fusion)


def _shares(chain: Sequence[Block]) -> Shares:
    channels = chain[0].in_channels
    start = itself(channels)
    as_it_is = through(chain, start)
    ablated = [through(chain, start, variant).heard for variant in (WITHOUT_SHUFFLE, WITHOUT_FUSION, WITHOUT_BOTH)]
    return Shares(*(_share(sets, channels) for sets in (as_it_is.heard, *as_it_is, *ablated)))


def _share(sets: Sets, channels: int) -> Fraction:
    return Fraction(sum(map(int.bit_count, sets)), len(sets) * channels)


def _blocks_to_full(chain: Sequence[Block]) -> Iterator[int | None]:
    """For each block of a chain, the length of the shortest run from it on that is full, if any."""
    endless = False
    for index in range(len(chain)):
        length = None if endless else _full_after(chain[index:])
        # What is not full from here is not full from further on, where all that enters here is heard at all.
        endless = endless or (length is None and _is_heard(chain[index]))
        yield length


def _full_after(chain: Sequence[Block]) -> int | None:
    everything, reach = (1 << chain[0].in_channels) - 1, itself(chain[0].in_channels)
    for length, block in enumerate(chain, 1):
        reach = through([block], reach)
        if all(heard == everything for heard in reach.heard):
            return length
    return None


def _is_heard(block: Block) -> bool:
    """Whether every input channel is heard by some output channel."""
    heard = through([block], itself(block.in_channels)).heard
    return bool(reduce(or_, heard) == (1 << block.in_channels) - 1)


def _pair(block: Block) -> Pair | None:
    around = around_shuffle(block)
    if around is None:
        return None
    first, second = around
    made = (heard_around_shuffle(block, variant) for variant in (WITHOUT_FUSION, WITHOUT_BOTH, AS_IT_IS))
    hears = (sets[:: second.channels // second.groups] for sets in made)
    return Pair(first.name, second.name, first.groups, first.channels, *hears)


def heard_around_shuffle(block: Block, variant: Variant) -> Sets:
    """What the channels of the convolution after a block's shuffle hear of those of the one before it."""
    first, second = around_shuffle(block) or (block.last, block.last)
    start = {INPUT: nothing(block.in_channels), first.name: itself(first.channels)}
    return flow(block.operations, start, variant)[second.name].heard


def around_shuffle(block: Block) -> tuple[Operation, Operation] | None:
    """The convolutions that mix channels, next to a block's shuffle on its own branch; None without a shuffle."""
    for index, op in enumerate(block.operations):
        if op.kind == "shuffle":
            before, after = block.operations[:index], block.operations[index:]
            first = [other for other in before if _mixes(other) and _branch(other) == _branch(op)]
            second = [other for other in after if _mixes(other) and _branch(other) == _branch(op)]
            return (first[-1], second[0]) if first and second else None
    return None


def _mixes(op: Operation) -> bool:
    return op.kind == "conv" and (op.kernel == (1, 1) or op.groups < op.in_channels)


def _branch(op: Operation) -> str:
    return op.name.rpartition(".")[0]
