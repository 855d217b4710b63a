"""A network: a graph of named operations in blocks, with what is known of where it comes from.

An operation's full name, `stage2.0.residual.compress`, is that of its block and its own; it is the name of its layer
everywhere. Blocks that are alike share one tuple of operations, so that whatever is asked of them is worked out once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from menet_design.graph.operation import Operation, Shape

INPUT = "input"


def input_name(index: int) -> str:
    """What the input of that index, of a network or of a block, is called: "input", "input1", "input2"."""
    return f"{INPUT}{index}" if index else INPUT


class Assumption(NamedTuple):
    """What a network takes for granted that no source documents: the answer to a question that it leaves open.

    `instead` are names, or options beside the name, of the same network under other answers.
    """

    question: str
    answer: str
    remark: str
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        others = f" (instead: {', '.join(self.instead)})" if self.instead else ""
        return f"{self.question} = {self.answer}, {self.remark}{others}"


class Block(NamedTuple):
    """A named group of operations in the order of execution, the last of which is its output.

    `inputs` are the full names of what it reads, which its operations call "input", "input1" and so on; `unit` is what
    its paper calls it, if anything, and `stage` the part of the network to which it belongs.
    """

    name: str
    operations: tuple[Operation, ...]
    unit: str = ""
    stage: str = ""
    inputs: tuple[str, ...] = (INPUT,)

    @property
    def last(self) -> Operation:
        """The operation whose output is the block's."""
        return self.operations[-1]

    @property
    def output_name(self) -> str:
        """The full name of its output."""
        return self.full_name(self.last.name)

    @property
    def read(self) -> tuple[Shape, ...]:
        """The shapes of its inputs."""
        names = {input_name(index): index for index in range(len(self.inputs))}
        shapes: list[Shape] = [()] * len(names)
        for op in self.operations:
            for name, shape in zip(op.inputs, op.reads, strict=True):
                if name in names:
                    shapes[names[name]] = shape
        return tuple(shapes)

    @property
    def in_channels(self) -> Any:
        """The channels of all of its inputs."""
        return sum(shape[0] for shape in self.read)

    @property
    def is_strided(self) -> bool:
        """Whether it makes maps smaller."""
        return any(op.is_strided for op in self.operations)

    def full_name(self, name: str) -> str:
        """The full name of what one of its operations calls so: an operation of its own, or an input.

        The only operation of a layer, which has the name of the block, is called "" in it.
        """
        if name.startswith(INPUT):
            known = {input_name(index): full for index, full in enumerate(self.inputs)}
            if name in known:
                return known[name]
        return f"{self.name}.{name}" if self.name and name else self.name or name


@dataclass(frozen=True, kw_only=True)
class Network:
    """A graph of operations in blocks, in the order of execution.

    `inputs` are the shapes of its inputs, `outputs` the full names of what it returns. `name` means it wherever names
    are read, `title` is for people, `source` says who describes it: a family, a library, a file. `numbers` are those
    that it was made from, `assumptions` what it takes for granted, and `branches` the names of parts of its blocks
    that a paper adds to a network that stands without them. Shapes and operations are those of one image; `batch` are
    the images that are counted together.
    """

    name: str = ""
    title: str = field(default="", repr=False)
    source: str = ""
    inputs: tuple[Shape, ...] = field(repr=False)
    outputs: tuple[str, ...] = field(default=(), repr=False)
    blocks: tuple[Block, ...] = field(repr=False)
    numbers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    assumptions: tuple[Assumption, ...] = field(default=(), repr=False)
    branches: tuple[str, ...] = field(default=(), repr=False)
    batch: int = field(default=1, repr=False)

    def __str__(self) -> str:
        return self.name

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Every operation with its full name, in the order of execution."""
        return ((block.full_name(op.name), op) for block in self.blocks for op in block.operations)

    @cached_property
    def stages(self) -> Mapping[str, tuple[Block, ...]]:
        """The blocks of each stage, in the order of execution."""
        found: dict[str, tuple[Block, ...]] = {}
        for stage, blocks in groupby(self.blocks, key=lambda block: block.stage):
            found[stage] = (*found.get(stage, ()), *blocks)
        return found

    @property
    def units(self) -> tuple[Block, ...]:
        """The blocks that its paper calls units or modules; where there are none, all but those that classify."""
        named = tuple(block for block in self.blocks if block.unit)
        return named or tuple(block for block in self.blocks if block.last.kind != "linear")


# The blocks of a stage: one, several, or several by their names in the stage.
Stage = Block | Sequence[Block] | Mapping[str, Block]


def chain(image: Shape, stages: Mapping[str, Stage], branches: Iterable[str] | None = None) -> Network:
    """The network of stages one after the other, each block of which reads what the one before it makes.

    Blocks get their names from the stages: "stage1" of a single block, otherwise "stage2.0", "stage2.1" and so on.
    `image` is (channels, height, width), `branches` are parts of operations' names that comparisons take away.

    >>> relu = Operation("relu", "activation", ("input",), ((64, 8, 8),), (64, 8, 8), "relu")
    >>> list(chain((64, 8, 8), {"stage1": Block("", (relu,))}).stages)
    ['stage1']
    """
    blocks: list[Block] = []
    before = INPUT
    for stage, members in stages.items():
        for name, block in _named(stage, members):
            blocks.append(Block(name, block.operations, block.unit, stage, (before,)))
            before = f"{name}.{block.operations[-1].name}"
    return Network(blocks=tuple(blocks), inputs=(image,), outputs=(before,), branches=tuple(branches or ()))


def _named(stage: str, members: Stage) -> Iterator[tuple[str, Block]]:
    if isinstance(members, Block):
        return iter([(stage, members)])
    if isinstance(members, Mapping):
        return ((f"{stage}.{name}", block) for name, block in members.items())
    return ((f"{stage}.{index}", block) for index, block in enumerate(members))


def grouped(operations: Sequence[Operation], block_of: Callable[[str], str]) -> tuple[Block, ...]:
    """Blocks from operations with full names, in the order of execution: each run of those of one block.

    `block_of` gives the name of an operation's block, which is "" or begins the operation's name. A block that is
    interrupted by another goes on in a block of its own. Blocks that do the same share their operations.

    >>> relu = Operation("one.relu", "activation", ("input",), ((64, 8, 8),), (64, 8, 8), "relu")
    >>> [(block.name, block.operations[0].name) for block in grouped([relu], lambda name: name.partition(".")[0])]
    [('one', 'relu')]
    """
    shared: dict[tuple[Operation, ...], tuple[Operation, ...]] = {}
    blocks = []
    for name, run in groupby(operations, key=lambda op: block_of(op.name)):
        block = _relative(name, list(run))
        blocks.append(block._replace(operations=shared.setdefault(block.operations, block.operations)))
    return tuple(blocks)


def _relative(name: str, operations: Sequence[Operation]) -> Block:
    """A block of operations with full names, which it gets relative to itself."""
    own = {op.name: op.name.removeprefix(name).removeprefix(".") if name else op.name for op in operations}
    read = dict.fromkeys(source for op in operations for source in op.inputs if source not in own)
    names = own | {source: input_name(index) for index, source in enumerate(read)}
    relative = tuple(
        op._replace(name=own[op.name], inputs=tuple(names[each] for each in op.inputs)) for op in operations
    )
    return Block(name, relative, stage=name, inputs=tuple(read))
