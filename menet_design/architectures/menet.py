"""MENet (arXiv 1803.09127, Section III): ME modules in three stages, as rows of numbers."""

from typing import NamedTuple

from menet_design.architectures.network import Block, Graph, Network, Operation, Size, divide
from menet_design.zoo.menet import BLOCK_LAYERS

# Letters of the paper's notation, with c for the stem, r for the resolution and n for the classes.
LETTERS = {
    "width": "w",
    "fusion": "k",
    "expansion": "alpha",
    "groups": "g",
    "stem": "c",
    "resolution": "r",
    "classes": "n",
}


def multiples(groups: Size) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 4 * groups, "stem": groups, "resolution": 32}


def network(
    *,
    width: Size,
    fusion: Size,
    expansion: Size,
    groups: Size,
    stem: Size,
    resolution: Size = 224,
    classes: Size = 1000,
    combine: str = "product",
) -> Network:
    """A MENet: 3×3 conv, max pool, stages 2 to 4 of ME modules, global average pool, classifier (Table I).

    Raises IllegalDesign where a channel number does not divide.
    """
    blocks = [_stage1(stem, resolution)]
    for stage, repeats in enumerate(BLOCK_LAYERS):
        fused = divide(fusion * expansion**stage, 1, f"the fusion width of stage {stage + 2}")
        first_groups = groups if stage else 1  # the first pointwise conv of stage 2 is not grouped
        down = _Module(width * 2**stage, fused, groups, first_groups, stride=2, combine=combine)
        blocks.append(_block(f"stage{stage + 2}.0", blocks[-1], down))
        standard = _block("", blocks[-1], down._replace(first_groups=groups, stride=1))
        names = (f"stage{stage + 2}.{index}" for index in range(1, repeats + 1))
        blocks += [standard._replace(name=name) for name in names]
    return Network((*blocks, _classifier(blocks[-1].last, classes)))


class _Module(NamedTuple):
    """The numbers of an ME module: standard with stride 1, downsampling with stride 2."""

    channels: Size
    fused: Size
    groups: Size
    first_groups: Size
    stride: int
    combine: str


def _stage1(stem: Size, resolution: Size) -> Block:
    """3×3 conv with stride 2, then 3×3 max pool with stride 2."""
    graph = Graph(3, resolution, resolution)
    x = graph.conv("conv", graph.input, stem, kernel=3, stride=2)
    x = graph.relu("relu", graph.norm("norm", x))
    graph.pool("pool", x, "max", kernel=3, stride=2)
    return graph.block("stage1")


def _block(name: str, before: Block, module: _Module) -> Block:
    """ME module with its three branches (Fig. 3)."""
    graph = Graph(before.last.channels, before.last.height, before.last.width)
    bottleneck = divide(module.channels, 4, "the bottleneck")
    x = graph.group_conv("residual.compress", graph.input, bottleneck, module.first_groups)
    x = graph.relu("residual.compress_relu", graph.norm("residual.compress_norm", x))
    squeezed = graph.shuffle("residual.shuffle", x, module.groups)
    x = graph.depthwise("residual.depthwise", squeezed, kernel=3, stride=module.stride)
    x = _fuse(graph, squeezed, graph.norm("residual.depthwise_norm", x), module)
    emitted = module.channels if module.stride == 1 else module.channels - graph.input.channels
    x = graph.group_conv("residual.expand", x, emitted, module.groups)
    _join(graph, graph.norm("residual.expand_norm", x), module)
    return graph.block(name, "ME module")


def _fuse(graph: Graph, squeezed: Operation, residual: Operation, module: _Module) -> Operation:
    """Merging and evolution (Eq. 4 to 6), combined with the residual branch (Eq. 7, Table VII)."""
    x = graph.conv("fusion.merge", squeezed, module.fused)
    x = graph.relu("fusion.merge_relu", graph.norm("fusion.merge_norm", x))
    x = graph.conv("fusion.evolve", x, module.fused, kernel=3, stride=module.stride)
    x = graph.relu("fusion.evolve_relu", graph.norm("fusion.evolve_norm", x))
    x = graph.norm("fusion.match_norm", graph.conv("fusion.match", x, residual.channels))
    if module.combine == "add":
        return graph.add("fusion.add", residual, x)
    return graph.product("fusion.product", residual, graph.sigmoid("fusion.sigmoid", x))


def _join(graph: Graph, residual: Operation, module: _Module) -> None:
    """The identity branch added to the residual one or, when downsampling, pooled and concatenated."""
    if module.stride == 1:
        joined = graph.add("output.add", residual, graph.input)
    else:
        identity = graph.pool("identity", graph.input, "average", kernel=3, stride=2)
        joined = graph.concat("output.concat", residual, identity)
    graph.relu("output.relu", joined)


def _classifier(x: Operation, classes: Size) -> Block:
    """Global average pool and a fully connected layer; softmax is left to the loss."""
    graph = Graph(x.channels, x.height, x.width)
    graph.linear("fc", graph.global_pool("pool", graph.input), classes)
    return graph.block("classifier")
