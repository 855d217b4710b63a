"""Multiply-adds, parameters and activations of a network, operation by operation.

Multiply-adds (MACs) are those of convolutions and fully connected layers without bias, at batch size 1:
the paper's "FLOPs". Other conventions add to them. Parameters are all trained ones: weights, biases,
batch-norm scales and shifts. Activations are the output elements of convolutions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, repeat
from math import prod
from typing import NamedTuple

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.display import Displayed
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Integer, Operation, Rules, Shape
from menet_design.values import check_known, check_whole

GROUPINGS = ("layer", "block", "stage", "branch", "type", "operation", "module")

MAX_DEPTH = 100


class Amounts(NamedTuple):
    """What an operation, or a set of them, costs."""

    macs: Integer
    params: Integer
    activations: Integer


class _Priced:
    """What rows and groups of them say of their amounts."""

    __slots__ = ()
    amounts: Amounts

    @property
    def macs(self) -> Integer:
        """The multiply-adds, or what a convention counts for them."""
        return self.amounts.macs

    @property
    def params(self) -> Integer:
        """The trained parameters."""
        return self.amounts.params

    @property
    def activations(self) -> Integer:
        """The output elements of convolutions."""
        return self.amounts.activations


class _Row(NamedTuple):
    block: Block
    operation: Operation
    amounts: Amounts


class Row(_Priced, _Row):
    """An operation of a block, and what it costs."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The full name of the operation."""
        return self.block.full_name(self.operation.name)

    @property
    def kind(self) -> str:
        """The kind of the operation."""
        return self.operation.kind

    @property
    def output(self) -> Shape:
        """The shape of its output."""
        return self.operation.output


@dataclass(frozen=True)
class Group(_Priced):
    """The rows that are gathered under a name; its amounts are their sums, its output is that of the last."""

    name: str
    rows: tuple[Row, ...] = field(repr=False)

    @cached_property
    def amounts(self) -> Amounts:  # type: ignore[override]
        """The sums over the rows."""
        return total(row.amounts for row in self.rows)

    @property
    def kind(self) -> str:
        """The kind of the operations, where it is one and gives the group its name; otherwise ""."""
        return self.name if self.name == self.rows[0].kind else ""

    @property
    def output(self) -> Shape:
        """The shape of the last output."""
        return self.rows[-1].output


@dataclass(frozen=True)
class Cost(Displayed):
    """What a network costs; `macs`, `params` and `activations` are exact and equal the sums over `rows`.

    `macs` are what the convention counts: multiply-adds, and what other counters than the paper add to them.
    """

    network: Network
    convention: Convention = field(repr=False)
    macs: Integer
    params: Integer
    activations: Integer
    amounts: Mapping[int, Sequence[Amounts]] = field(repr=False)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every operation of the network, in the order of execution."""
        parts = ((each, each.operations, self.amounts[id(each.operations)]) for each in self.network.blocks)
        whole = chain.from_iterable(zip(repeat(block), operations, amounts) for block, operations, amounts in parts)
        # Rows without the length check of Row._make: a full count spends much of its time here.
        return tuple(map(tuple.__new__, repeat(Row), whole))

    def by(self, grouping: str) -> tuple[Row, ...] | tuple[Group, ...]:
        """The rows gathered by one of GROUPINGS; their sums stay the totals."""
        check_known("grouping", grouping, GROUPINGS)
        if grouping == "layer":
            return self.rows
        return self._gathered(_GROUPS[grouping])

    def to_depth(self, depth: int) -> tuple[Group, ...]:
        """The rows gathered by the first parts of their names, as many as the depth says."""
        check_whole("depth", depth, 1, MAX_DEPTH)
        return self._gathered(lambda row: ".".join(row.name.split(".")[:depth]))

    def _gathered(self, name_of: Callable[[Row], str]) -> tuple[Group, ...]:
        gathered: dict[str, list[Row]] = {}
        for row in self.rows:
            gathered.setdefault(name_of(row), []).append(row)
        return tuple(Group(name, tuple(rows)) for name, rows in gathered.items())

    def share(self, branch: str) -> Fraction:
        """The share of the multiply-adds that one branch of the blocks has, such as "fusion"."""
        return Fraction(sum(group.macs for group in self.by("branch") if group.name == branch), self.macs)


def count(network: Network, convention: Convention = PAPER) -> Cost:
    """Count a network, whatever its sizes are: ints, expressions or arrays.

    By the convention of the MENet paper or of another counter (`analysis.counters`). Blocks that share their
    operations are worked out once. Raises UnknownOperation for an operation that has no rule.
    """
    amounts: dict[int, Sequence[Amounts]] = {}
    totals: dict[int, Amounts] = {}
    for block in network.blocks:
        key = id(block.operations)
        if key not in amounts:
            amounts[key] = _amounts(block.operations, convention)
            totals[key] = total(amounts[key])
    whole = total(totals[id(block.operations)] for block in network.blocks)
    cost = Cost(network, convention, whole.macs, whole.params, whole.activations, amounts)
    return cost if network.batch == 1 else batched(cost)


def batched(cost: Cost) -> Cost:
    """What the images of a network's batch cost together, from what one costs; parameters are there once."""
    batch = cost.network.batch
    amounts = {
        key: [each._replace(macs=batch * each.macs, activations=batch * each.activations) for each in found]
        for key, found in cost.amounts.items()
    }
    return replace(cost, macs=batch * cost.macs, activations=batch * cost.activations, amounts=amounts)


def total(amounts: Iterable[Amounts]) -> Amounts:
    """The sums of some amounts."""
    return Amounts(*map(sum, zip(*amounts, strict=True)))


def _amount(op: Operation) -> Amounts:
    amounts = _COSTS.of(op)(op)
    return amounts if op.parameters is None else amounts._replace(params=op.parameters)


def _amounts(operations: Sequence[Operation], convention: Convention) -> list[Amounts]:
    amounts = [_amount(op) for op in operations]
    if convention.steps:
        pairs = zip(operations, amounts, strict=True)
        return [each._replace(macs=convention.counted(op, each.macs)) for op, each in pairs]
    return amounts


def _block_of(row: Row) -> str:
    """The unit that an operation belongs to; outside of units, its stage."""
    return row.block.name if row.block.unit else row.block.stage


def _branch_of(row: Row) -> str:
    """The part of its unit that an operation belongs to; outside of units, its stage."""
    return row.operation.name.partition(".")[0] if row.block.unit else row.block.stage


def type_of(row: Row) -> str:
    """The kind of an operation; of a convolution also its kernel, and whether it is depthwise or of groups."""
    op = row.operation
    if op.kind != "conv":
        return row.kind
    depthwise = op.groups == op.in_channels and op.groups != 1
    grouping = "depthwise " if depthwise else "group " if op.groups != 1 else ""
    return f"{'×'.join(map(str, op.kernel))} {grouping}conv"


# What a row is gathered under.
_GROUPS: Mapping[str, Callable[[Row], str]] = {
    "block": _block_of,
    "stage": lambda row: row.block.stage,
    "branch": _branch_of,
    "type": type_of,
    "operation": lambda row: row.kind,
    "module": lambda row: (row.operation.layer or row.operation.function).rpartition(".")[2] or row.kind,
}


def _conv(op: Operation) -> Amounts:
    channels, *sides = op.output
    weights, pixels = prod(op.kernel) * (op.in_channels // op.groups) * channels, prod(sides)
    return Amounts(weights * pixels, weights + channels if op.bias else weights, channels * pixels)


def _transposed(op: Operation) -> Amounts:
    """Each weight meets each pixel that is read."""
    weights = prod(op.kernel) * op.in_channels * (op.channels // op.groups)
    return Amounts(weights * prod(op.reads[0][1:]), weights + op.channels if op.bias else weights, op.elements)


def _linear(op: Operation) -> Amounts:
    """A fully connected layer on all elements of a map, or at each of its positions."""
    weights = op.in_elements // prod(op.output[1:]) * op.channels
    return Amounts(weights * prod(op.output[1:]), weights + op.channels if op.bias else weights, 0)


def _matmul(op: Operation) -> Amounts:
    return Amounts(op.elements * op.kernel[0], 0, 0)


def _attention(op: Operation) -> Amounts:
    """The scores of each query with each key, and the values weighted by them: two products of matrices."""
    features, keys = op.kernel
    return Amounts(op.elements // op.channels * features * keys + op.elements * keys, 0, 0)


def _norm(op: Operation) -> Amounts:
    return Amounts(0, 2 * op.channels, 0)


_FREE = Amounts(0, 0, 0)


def _free(op: Operation) -> Amounts:
    return _FREE


_COSTS: Rules[Callable[[Operation], Amounts]] = Rules(
    "costs",
    {
        ("conv", ""): _conv,
        ("conv", "transposed"): _transposed,
        "linear": _linear,
        "matmul": _matmul,
        "attention": _attention,
        "norm": _norm,
        **dict.fromkeys(
            ("embedding", "activation", "pool", "reduce", "upsample", "product", "add", "elementwise"), _free
        ),
        **dict.fromkeys(("shuffle", "slice", "select", "concat", "pad", "constant"), _free),
    },
)
