"""MENet (arXiv 1803.09127, Section III): ME modules in three stages, as rows of numbers."""

from collections.abc import Mapping
from typing import NamedTuple

from menet_design.architectures.layers import join
from menet_design.architectures.network import Graph, Network, Operation, Size, divide
from menet_design.architectures.table_one import layout

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


def multiples(numbers: Mapping[str, Size]) -> dict[str, Size]:
    """What each number is a multiple of, where all divisions of the architecture are exact."""
    return {"width": 4 * numbers["groups"], "stem": numbers["groups"], "resolution": 32}


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

    def unit(graph: Graph, stage: int, down: bool) -> None:
        fused = divide(fusion * expansion**stage, 1, f"the fusion width of stage {stage + 2}")
        # The first pointwise conv of stage 2 is not grouped.
        first_groups = 1 if down and stage == 0 else groups
        _module(graph, _Numbers(width * 2**stage, fused, groups, first_groups, 2 if down else 1, combine))

    return layout(unit, "ME module", stem, resolution, classes)


class _Numbers(NamedTuple):
    """The numbers of an ME module: standard with stride 1, downsampling with stride 2."""

    channels: Size
    fused: Size
    groups: Size
    first_groups: Size
    stride: int
    combine: str


def _module(graph: Graph, module: _Numbers) -> None:
    """ME module with its three branches (Fig. 3)."""
    bottleneck = divide(module.channels, 4, "the bottleneck")
    x = graph.conv("residual.compress", graph.input, bottleneck, groups=module.first_groups)
    x = graph.relu("residual.compress_relu", graph.norm("residual.compress_norm", x))
    squeezed = graph.shuffle("residual.shuffle", x, module.groups)
    x = graph.depthwise("residual.depthwise", squeezed, kernel=3, stride=module.stride)
    x = _fuse(graph, squeezed, graph.norm("residual.depthwise_norm", x), module)
    emitted = module.channels if module.stride == 1 else module.channels - graph.input.channels
    x = graph.conv("residual.expand", x, emitted, groups=module.groups)
    join(graph, graph.norm("residual.expand_norm", x), down=module.stride == 2)


def _fuse(graph: Graph, squeezed: Operation, residual: Operation, module: _Numbers) -> Operation:
    """Merging and evolution (Eq. 4 to 6), combined with the residual branch (Eq. 7, Table VII)."""
    x = graph.conv("fusion.merge", squeezed, module.fused)
    x = graph.relu("fusion.merge_relu", graph.norm("fusion.merge_norm", x))
    x = graph.conv("fusion.evolve", x, module.fused, kernel=3, stride=module.stride)
    x = graph.relu("fusion.evolve_relu", graph.norm("fusion.evolve_norm", x))
    x = graph.norm("fusion.match_norm", graph.conv("fusion.match", x, residual.channels))
    if module.combine == "add":
        return graph.add("fusion.add", residual, x)
    return graph.product("fusion.product", residual, graph.sigmoid("fusion.sigmoid", x))
