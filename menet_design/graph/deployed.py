"""A network as it is deployed: batch norms are folded into the layers before them, which get biases.

In evaluation a batch norm is a scale and a shift of each channel. Behind a convolution or a fully connected layer whose
output nothing else reads, they are part of its weights and its bias (Jacob et al., arXiv 1712.05877, Eq. 14).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from menet_design.graph.network import Assumption, Block, Network
from menet_design.graph.operation import Operation
from menet_design.graph.recorded import Recorded

_DEPLOYED = ", deployed"
# Layers of torch itself: of others nobody knows what they do to their weights before they use them.
_WEIGHTED = {f"{name}{sides}d" for name in ("Conv", "ConvTranspose") for sides in (1, 2, 3)} | {"Linear"}
_NORMS = {f"BatchNorm{sides}d" for sides in (1, 2, 3)}


def deployed(network: Network) -> Network:
    """The same network without the batch norms that can be folded; what is left of them is said in its assumptions.

    >>> from menet_design import count, network
    >>> found = deployed(network("352-MENet-12x1/8"))
    >>> found.title, count(found).macs
    ('352-MENet-12×1 (g = 8), deployed', 144281024)
    """
    found = foldable(network)
    shared: dict[tuple[int, frozenset[str]], tuple[Operation, ...]] = {}
    blocks = []
    for block in network.blocks:
        changed = frozenset(op.name for op in block.operations if _changes(block.full_name(op.name), found))
        key = (id(block.operations), changed)
        if key not in shared:
            shared[key] = _folded(block, found)
        if shared[key]:
            blocks.append(block._replace(operations=shared[key], inputs=_renamed(block.inputs, found)))
    return replace(
        network,
        blocks=tuple(blocks),
        outputs=_renamed(network.outputs, found),
        title=network.title.removesuffix(_DEPLOYED) + _DEPLOYED,
        assumptions=tuple(dict.fromkeys((*network.assumptions, *_said(network, len(found))))),
    )


def foldable(network: Network) -> dict[str, str]:
    """The batch norms that can be folded, by name, with the convolution or fully connected layer before each."""
    operations = dict(network.operations())
    read: dict[str, int] = dict.fromkeys(network.outputs, 1)
    found: dict[str, str] = {}
    for block in network.blocks:
        for op in block.operations:
            for source in map(block.full_name, op.inputs):
                read[source] = read.get(source, 0) + 1
            if op.variant == "batch" and op.layer in _NORMS:
                found[block.full_name(op.name)] = block.full_name(op.inputs[0])
    return {
        norm: source
        for norm, source in found.items()
        if read[source] == 1 and _runs_once(norm, operations) and _is_own(source, operations)
    }


def _runs_once(name: str, operations: Mapping[str, Operation]) -> bool:
    """Whether an operation is the only run of its layer: the second run of `norm` is called `norm.2`."""
    return f"{name}.2" not in operations and name.rpartition(".")[0] not in operations


def _is_own(name: str, operations: Mapping[str, Operation]) -> bool:
    """Whether an operation, and none of the inputs, is a layer of torch with weights of its own, which runs once.

    Where it was recorded, weight norm and the like, which make the weight out of others, leave it no such parameter.
    """
    op = operations.get(name)
    if op is None or not _runs_once(name, operations):
        return False
    if op.variant == "transposed" and op.groups != 1:  # torch folds none of these
        return False
    if op.call and op.call.layer and "weight" not in dict(op.call.layer.parameters):
        return False
    return op.layer in _WEIGHTED and op.parameters != 0


def _changes(name: str, found: Mapping[str, str]) -> bool:
    return name in found or name in found.values()


def _folded(block: Block, found: Mapping[str, str]) -> tuple[Operation, ...]:
    """The operations of a block without norms that are folded; who reads one reads what takes it in."""
    taking = set(found.values())
    instead = {op.name: op.inputs[0] for op in block.operations if block.full_name(op.name) in found}
    return tuple(
        (_biased(op) if block.full_name(op.name) in taking else op)._replace(
            inputs=tuple(instead.get(each, each) for each in op.inputs)
        )
        for op in block.operations
        if op.name not in instead
    )


def _biased(op: Operation) -> Operation:
    """The same layer with a bias, as counters see it too."""
    if op.bias:
        return op
    parameters = None if op.parameters is None else op.parameters + op.channels
    return op._replace(bias=True, parameters=parameters, call=op.call and _recorded(op.call, op.channels))


def _recorded(call: Recorded, channels: int) -> Recorded:
    """The call of a layer that has a bias, too."""
    layer = call.layer and call.layer._replace(parameters=(*call.layer.parameters, ("bias", channels)))
    return call._replace(layer=layer)


def _renamed(names: Collection[str], found: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(found.get(name, name) for name in names)


def _said(network: Network, folded: int) -> tuple[Assumption, ...]:
    """That norms are folded, and how many stay since they follow no such layer; nothing of a network without norms."""
    norms = sum(op.variant == "batch" for _, op in network.operations())
    stay = f"{norms - folded} of them follow no layer that could take them in" if norms > folded else "all of them"
    return (Assumption("batch norm", "folded into the layer before it", stay),) * bool(norms)
