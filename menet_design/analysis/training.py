"""What a training step costs: forward, the gradients of inputs and those of weights, as torch executes them.

An operation that multiplies does so once more for the gradient of each operand that needs one: weights, and what
weights have made before; images need none. Torch's counter leaves the groups out of a convolution's gradient of the
weights, as a dense one costs; this is its count (torch.utils.flop_counter.conv_backward_flop).
"""

from dataclasses import replace

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Amounts, Cost, batched, count, total
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Operation

TRAINING = Convention(
    "training",
    "multiply-adds of a training step: forward, gradients of inputs and weights, as torch counts them",
    PAPER.steps,
)


def count_training(network: Network) -> Cost:
    """The multiply-adds of a training step on its batch; parameters and activations are those of the network."""
    cost = count(replace(network, batch=1))
    trained: set[str] = set()
    blocks, amounts = [], {}
    for block in network.blocks:
        # A block of its own for each: what needs a gradient depends on what came before it.
        own = block._replace(operations=(*block.operations,))
        blocks.append(own)
        pairs = zip(block.operations, cost.amounts[id(block.operations)], strict=True)
        amounts[id(own.operations)] = [_step(block, op, each, trained) for op, each in pairs]
    macs = total(each for found in amounts.values() for each in found).macs
    own_network = replace(network, blocks=tuple(blocks))
    return batched(replace(cost, network=own_network, convention=TRAINING, macs=macs, amounts=amounts))


def _step(block: Block, op: Operation, forward: Amounts, trained: set[str]) -> Amounts:
    """What an operation costs in a training step; notes whether what it makes has been trained."""
    operands = [block.full_name(name) in trained for name in op.inputs]
    gradients = [forward.macs] * sum(operands)
    if op.kind in ("conv", "linear"):
        gradients.append(forward.macs * (op.groups if op.kind == "conv" else 1))
    if op.kind == "attention":  # two products, of query and key, and of the scores and the value
        scores, values = op.elements // op.channels * op.kernel[0] * op.kernel[1], op.elements * op.kernel[1]
        query, key, value = operands
        gradients = [scores] * (query + key) + [values] * ((query or key) + value)
    if gradients or forward.params:
        trained.add(block.full_name(op.name))
    return forward._replace(macs=forward.macs + sum(gradients))
