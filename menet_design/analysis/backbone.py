"""Where a network is split for a detector: what runs on the whole image, what on each proposal, what classifies.

He et al. share the layers "whose strides on the image are no greater than 16 pixels" (arXiv 1512.03385, Appendix A).
"""

from collections.abc import Callable, Mapping
from itertools import groupby

from menet_design.errors import DesignError
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Operation, Shape

_WEIGHTED = ("conv", "linear")
# Strides are powers of two, but windows without padding cut maps short: what is above this one is 32 or more.
_BETWEEN_16_AND_32 = 24


def usual_subnet(network: Network) -> str:
    """The first stage whose maps have a stride of more than 16, or the last one that could be the subnet."""
    found = subnets(network)
    if not found:
        cause = f"{network.name or 'the network'} has no stages of which one could run on each proposal"
        raise DesignError(cause, "Name a network with stages, as VGG-16")
    side = _longest(network.inputs[0])
    beyond = (stage for stage, made in found.items() if side > _BETWEEN_16_AND_32 * _longest(made))
    return next(beyond, [*found][-1])


def subnets(network: Network) -> Mapping[str, Shape]:
    """The stages behind the first one that have layers beside the classifier, and what they make before a pool."""
    found = {}
    for stage, blocks in groupby(unclassified(network), key=lambda block: block.stage):
        operations = [op for block in blocks for op in block.operations]
        if any(op.kind in _WEIGHTED for op in operations):
            found[stage] = next(op.output for op in reversed(operations) if op.kind != "pool")
    return dict([*found.items()][1:])


def first_block(network: Network, stage: str) -> int:
    """The index of the first block of a stage. Raises DesignError unless what follows reads one map before it."""
    first = [block.stage for block in network.blocks].index(stage)
    before, after = network.blocks[first - 1], network.blocks[first:]
    made = {block.full_name(op.name) for block in after for op in block.operations}
    read = {name for block in after for name in block.inputs} - made
    if read != {before.output_name} or len(before.last.output) != 3:
        cause = f"{stage} of {network.name or 'the network'} reads more than one map, or none, of the stages before it"
        raise DesignError(cause, "Begin the subnet with another stage")
    return first


def _longest(shape: Shape) -> int:
    """The longest side of a map; 1 for what has no sides."""
    return int(max(shape[1:], default=1))


def unclassified(network: Network) -> tuple[Block, ...]:
    """The blocks of a network without the last layer, which classifies, and the global pool before it."""
    blocks = _without_last(until(network.blocks, lambda op: op.kind in _WEIGHTED))
    return until(blocks, lambda op: op.kind not in ("pool", "reduce") or _longest(op.output) > 1)


def until(blocks: tuple[Block, ...], is_end: Callable[[Operation], bool]) -> tuple[Block, ...]:
    """Blocks up to the last operation of which something holds."""
    while blocks and not is_end(blocks[-1].last):
        blocks = _without_last(blocks)
    return blocks


def _without_last(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Blocks without their last operation, if there is any."""
    shorter = [block._replace(operations=block.operations[:-1]) for block in blocks[-1:]]
    return (*blocks[:-1], *(block for block in shorter if block.operations))
