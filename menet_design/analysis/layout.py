"""The lines of an architecture table, as Table I of the MENet paper lays a network out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from menet_design.analysis.conventions import Convention
from menet_design.analysis.cost import Cost
from menet_design.errors import DesignError
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Operation, Rules


@dataclass(frozen=True)
class Line:
    """A line of the table: the stage, the output size of its first layer, and a cell for each network."""

    stage: str
    size: str
    cells: tuple[str, ...]

    @property
    def is_shared(self) -> bool:
        """Whether every network has the same cell."""
        return len(set(self.cells)) == 1


@dataclass(frozen=True)
class Layout:
    """An architecture table: a column for each network. `macs` are the exact multiply-adds of each."""

    networks: tuple[Network, ...]
    lines: tuple[Line, ...] = field(repr=False)
    macs: tuple[int, ...]
    convention: Convention

    @property
    def titles(self) -> tuple[str, ...]:
        """The networks' names as the papers print them."""
        return tuple(network.title for network in self.networks)

    @property
    def names(self) -> tuple[str, ...]:
        """The networks' names in ASCII."""
        return tuple(network.name for network in self.networks)

    def of(self, part: slice) -> "Layout":
        """The same lines of some of the networks."""
        lines = tuple(replace(line, cells=line.cells[part]) for line in self.lines)
        return replace(self, networks=self.networks[part], lines=lines, macs=self.macs[part])


def layout(costs: Sequence[Cost]) -> Layout:
    """The architecture table of several networks side by side; DesignError where they differ in their lines."""
    columns = [list(_column(cost.network)) for cost in costs]
    for cost, column in zip(costs, columns, strict=True):
        if [line.stage for line in column] != [line.stage for line in columns[0]]:
            cause = f"{costs[0].network.name} and {cost.network.name} are not laid out in the same lines"
            raise DesignError(cause, "Ask for a table of each")
    lines = tuple(
        Line(each[0].stage, ", ".join(dict.fromkeys(line.size for line in each)), tuple(line.cells[0] for line in each))
        for each in zip(*columns, strict=True)
    )
    networks, macs = tuple(cost.network for cost in costs), tuple(cost.macs for cost in costs)
    return Layout(networks, lines, macs, costs[0].convention)


def _column(network: Network) -> Iterator[Line]:
    """The lines of one network. The size stands on the first line of a stage."""
    for shape in network.inputs:
        yield Line("", by(shape[1:]), ("Image",))
    for stage, blocks in network.stages.items():
        label = f"Stage {stage.removeprefix('stage')}" if stage.startswith("stage") else stage.capitalize()
        for index, (last, text) in enumerate(_stage(blocks)):
            yield Line(label if index == 0 else "", by(last.output[1:]) if index == 0 else "", (text,))


def _stage(blocks: Sequence[Block]) -> Iterator[tuple[Operation, str]]:
    """The lines of a stage, runs of like units or single layers: the operation that makes the output, and the text."""
    for operations, run in groupby(blocks, key=lambda block: block.operations):
        first, *others = run
        layers = [(op, text) for op in operations if (text := _LAYERS.of(op)(op))]
        if first.unit:
            stride = max(max(op.stride, default=1) for op in operations)
            repeat = f", ×{len(others) + 1}" if others else ""
            yield first.last, f"{first.unit}, {first.last.channels}{strided((stride,))}{repeat}"
        elif first.last.kind == "linear":
            yield first.last, ", ".join([*(text for _, text in layers), "softmax"])
        else:
            yield from layers


def by(sides: Sequence[int]) -> str:
    """The sides of a map or of a window: "28×28"."""
    return "×".join(map(str, sides))


def strided(stride: Sequence[int]) -> str:
    """What a stride adds to a layer's name in tables and figures: ", /2", or ", /2×1" of (2, 1)."""
    if max(stride) == 1:
        return ""
    return f", /{stride[0] if len(set(stride)) == 1 else by(stride)}"


def _conv(op: Operation) -> str:
    """A convolution and its channels; "dw" is depthwise, g the number of groups of any other."""
    kind = "dw conv" if op.is_depthwise else "conv"
    groups = f", g = {op.groups}" if op.groups > 1 and not op.is_depthwise else ""
    return f"{by(op.kernel)} {kind}, {op.channels}{groups}{strided(op.stride)}"


def _pool(op: Operation) -> str:
    if op.kernel == op.reads[0][1:]:
        return f"global {op.variant} pool"
    return f"{by(op.kernel)} {op.variant} pool{strided(op.stride)}"


# What stands in a line of its own, and how; "" is what does not.
_LAYERS: Rules[Callable[[Operation], str]] = Rules(
    "lines of an architecture table",
    {
        "conv": _conv,
        "pool": _pool,
        "linear": lambda op: f"{op.channels}-d fc",
        "attention": lambda op: "attention",
        "upsample": lambda op: f"{op.variant} upsampling",
        **dict.fromkeys(("norm", "activation", "reduce", "shuffle", "slice", "select", "product"), lambda op: ""),
        **dict.fromkeys(("add", "concat", "pad", "matmul", "embedding", "elementwise", "constant"), lambda op: ""),
    },
)
