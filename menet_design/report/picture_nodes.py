"""What is drawn of a network: its blocks, alike ones once, its units, and the operations of a unit.

Batch norms and activations are words on the lines.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from menet_design.analysis.dependence import branch_operations
from menet_design.analysis.layout import by, strided
from menet_design.graph.network import Block, Network, input_name
from menet_design.graph.operation import Operation, Rules
from menet_design.report.units import shape


@dataclass(frozen=True)
class Node:
    """A box of a graph: its lines, the nodes that it reads, and the words on the lines that leave it.

    It is grey if it is in a branch that a paper adds to its network.
    """

    name: str
    lines: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    grey: bool = False


def units(network: Network) -> list[Block]:
    """The blocks worth drawing: of each named unit the most frequent form, and that of those that downsample.

    Where no block has a name, the most frequent form of all that do not classify.
    """
    forms = ((block.unit, down) for block in network.units for down in (False, True))
    alike: dict[tuple[str, bool], list[Block]] = {form: [] for form in forms}
    for block in network.units:
        alike[block.unit, bool(block.unit) and block.is_strided].append(block)
    return [_most_frequent(blocks) for blocks in alike.values() if blocks]


def _most_frequent(blocks: Sequence[Block]) -> Block:
    """The first block of the form that most of them have, whatever their sizes."""
    forms = [tuple((op.name, op.inputs, label(op).partition(", g")[0]) for op in block.operations) for block in blocks]
    return blocks[forms.index(Counter(forms).most_common(1)[0][0])]


def label(op: Operation) -> str:
    """What an operation is, as the paper's figures write it: "3×3 DWConv, /2"."""
    word = _WORDS.of(op)
    if op.kind == "conv":
        word = "DWConv" if op.is_depthwise else f"GConv, g = {op.groups}" if op.groups > 1 else word
    return f"{by(op.kernel)} {word}{strided(op.stride)}" if op.stride else word  # a product's kernel has no sides


_WORDS: Rules[str] = Rules(
    "words in a picture",
    {
        "conv": "Conv",
        "linear": "Fully connected",
        ("norm", "batch"): "BN",
        ("norm", "instance"): "IN",
        ("norm", "group"): "GN",
        ("norm", "layer"): "LN",
        ("norm", "rms"): "RMSNorm",
        ("activation", "relu"): "ReLU",
        ("activation", "relu6"): "ReLU6",
        ("activation", "leaky relu"): "Leaky ReLU",
        ("activation", "prelu"): "PReLU",
        ("activation", "elu"): "ELU",
        ("activation", "sigmoid"): "Sigmoid",
        ("activation", "hard sigmoid"): "Hard sigmoid",
        ("activation", "silu"): "SiLU",
        ("activation", "hard swish"): "Hard swish",
        ("activation", "gelu"): "GELU",
        ("activation", "mish"): "Mish",
        ("activation", "softplus"): "Softplus",
        ("activation", "tanh"): "Tanh",
        ("activation", "hard tanh"): "Hard tanh",
        ("activation", "softmax"): "Softmax",
        ("pool", "max"): "MaxPool",
        ("pool", "average"): "AvgPool",
        ("pool", "adaptive max"): "Adaptive MaxPool",
        ("pool", "adaptive average"): "Adaptive AvgPool",
        "matmul": "Matrix product",
        "attention": "Attention",
        "embedding": "Embedding",
        "reduce": "Mean",
        "upsample": "Upsample",
        "slice": "Slice",
        "select": "Channels",
        "elementwise": "Element-wise",
        "constant": "Constant",
        "shuffle": "Channel shuffle",
        "product": "Product",
        "add": "Add",
        "concat": "Concat",
        "pad": "Zero channels",
    },
)


def nodes(block: Block, branches: Sequence[str] = ()) -> list[Node]:
    """The nodes of a block, in the order of execution, its inputs and its outputs, which nothing in it reads, included.

    A norm or an activation is a word on the line that leaves what it reads, unless something else reads that too.
    """
    readers = Counter(name for op in block.operations for name in op.inputs)
    found = [Node(input_name(index), ("Input", shape(read))) for index, read in enumerate(block.read)]
    stands_for = {node.name: node.name for node in found}
    captions: dict[str, list[str]] = {}
    for op in block.operations:
        if op.kind in ("norm", "activation") and readers[op.inputs[0]] == 1:
            stands_for[op.name] = stands_for[op.inputs[0]]
            captions.setdefault(stands_for[op.name], []).append(label(op))
        else:
            stands_for[op.name] = op.name
            found.append(Node(op.name, (label(op), shape(op.output)), tuple(stands_for[name] for name in op.inputs)))
    ends = [op for op in block.operations if not readers[op.name]]
    found += [
        Node(_output(index), ("Output", shape(op.output)), (stands_for[op.name],)) for index, op in enumerate(ends)
    ]
    inside = branch_operations(block, branches)
    return [replace(each, captions=tuple(captions.get(each.name, ())), grey=each.name in inside) for each in found]


def runs(network: Network) -> list[Node]:
    """The inputs of a network, its blocks in the order of execution, alike ones in a row once, and its outputs."""
    found = [
        Node(input_name(index), ("Image" if len(read) == 3 else "Input",), captions=(shape(read),))
        for index, read in enumerate(network.inputs)
    ]
    stands_for = {node.name: node.name for node in found}
    outputs = network.outputs or (network.blocks[-1].output_name,)
    for run in _alike(network.blocks, outputs):
        end, read = run[-1], dict.fromkeys(stands_for[name] for name in run[0].inputs)
        found.append(Node(end.output_name, _named(run), tuple(read), (shape(end.last.output),)))
        stands_for |= {block.full_name(op.name): end.output_name for block in run for op in block.operations}
    said = [f"Output {index}" for index in range(1, len(outputs) + 1)] if len(outputs) > 1 else ["Output"]
    ends = enumerate(zip(said, outputs, strict=True))
    return [*found, *(Node(_output(index), (line,), (stands_for[name],)) for index, (line, name) in ends)]


def _output(index: int) -> str:
    """What the output of that index is called here: no operation has a name with a space."""
    return f"output {index}"


def _alike(blocks: Sequence[Block], outputs: Sequence[str]) -> list[list[Block]]:
    """The blocks in runs of those that do the same, each with what the one before makes, which nothing else reads."""
    readers = Counter([*outputs, *(name for block in blocks for name in block.inputs)])
    found = [[blocks[0]]]
    for before, block in pairwise(blocks):
        reads = sum(readers[before.full_name(op.name)] for op in before.operations)
        if before.operations == block.operations and block.inputs == (before.output_name,) and reads == 1:
            found[-1].append(block)
        else:
            found.append([block])
    return found


def _named(run: Sequence[Block]) -> tuple[str, ...]:
    """What stands in the box of a run of like blocks: the unit, or the operations of a block without one."""
    first, times = run[0], f" ×{len(run)}" if len(run) > 1 else ""
    names = first.name if not times else f"{first.name} to {run[-1].name}"
    if first.unit:
        return f"{first.unit}{', /2' if first.is_strided else ''}{times}", names
    shown = [op for op in first.operations if op.kind not in ("norm", "activation")] or first.operations
    layers = [f"{line} ×{len(list(same))}".removesuffix(" ×1") for line, same in groupby(map(label, shown))]
    return tuple(filter(None, (*layers, f"{names}{times}")))
