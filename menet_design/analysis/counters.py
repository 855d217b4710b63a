"""What other counters report of the same network: named steps from this project's total, in closed form.

They hold at batch size 1, in evaluation, for the models as they are built here (`menet_design.models`): ReLU
and leaky ReLU are functions, pools are modules (nn.MaxPool2d, nn.AvgPool2d), batch norm has scale and shift.
Sigmoid, product, addition, concatenation and shuffle are counted by none.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from menet_design.analysis.conventions import Convention, Rule, Step
from menet_design.analysis.cost import count
from menet_design.architectures.network import Operation, Size
from menet_design.design import Design


def _doubled(_: Operation, macs: Size) -> Size:
    return macs


def _biases(op: Operation, _: Size) -> Size:
    return op.elements if op.bias else 0


def _parameters(op: Operation, _: Size) -> Size:
    """Scale and shift of each channel, wherever it is: the map's size is forgotten."""
    return 2 * op.channels


def _outputs(times: Mapping[str, int]) -> Rule:
    """So many for each element that is made, by the variant of the operation: each has to be known."""
    return lambda op, _: times[op.variant] * op.elements


def _inputs(times: int) -> Rule:
    """So many for each element that is read."""
    return lambda op, _: times * op.in_elements


_TWOFOLD = Step("a multiply-add counted as 2", ("conv", "linear"), _doubled)
_CONV_BIASES = Step("biases of convolutions", ("conv",), _biases)
_LINEAR_BIASES = Step("biases of fully connected layers", ("linear",), _biases)
_NORM = Step("batch norm, 2 an element", ("norm",), _outputs({"": 2}))
_NORM_TWICE = Step("batch norm, 4 an element", ("norm",), _outputs({"": 4}))
_NORM_PARAMETERS = Step("batch-norm parameters, counted as multiply-adds", ("norm",), _parameters)
_RELU_FUNCTIONS = Step(
    "ReLU, 1 an element (functions)", ("activation",), _outputs({"relu": 1, "leaky relu": 0, "sigmoid": 0})
)
_RELU = Step("ReLU, leaky or not, 1 an element", ("activation",), _outputs({"relu": 1, "leaky relu": 1, "sigmoid": 0}))
_POOL_MODULES = Step("pool inputs, 2 an element (modules)", ("pool",), _inputs(2))
_POOLS = Step("pool inputs, 1 an element", ("pool",), _inputs(1))
_AVERAGE_POOLS = Step("average-pool outputs, 1 an element (modules)", ("pool",), _outputs({"average": 1, "max": 0}))
_BIASES = (_CONV_BIASES, _LINEAR_BIASES)
_DEEPSPEED = (_TWOFOLD, _CONV_BIASES, _NORM, _RELU, _POOLS)

# Read from the counters' sources, and compared with what they report when they are run. ptflops hooks modules and
# replaces functions: a pool that is a module calls its function, and so counts twice; a leaky ReLU that is a
# function is not replaced. thop hooks modules only. Of pools fvcore counts adaptive ones, of which there are none.
_CONVENTIONS = (
    Convention("fvcore", "as fvcore counts: multiply-adds, and 2 a batch-norm element", (_NORM,)),
    Convention(
        "ptflops_pytorch",
        "as ptflops (pytorch) counts: multiply-adds, biases, batch norm, ReLU and pools",
        (*_BIASES, _NORM, _RELU_FUNCTIONS, _POOL_MODULES),
    ),
    Convention("ptflops_aten", "as ptflops (aten) counts: multiply-adds and biases", _BIASES),
    Convention(
        "thop",
        "as thop counts: multiply-adds, 4 a batch-norm element, average-pool outputs",
        (_NORM_TWICE, _AVERAGE_POOLS),
    ),
    Convention(
        "torchinfo",
        "as torchinfo counts: multiply-adds, biases and batch-norm parameters",
        (*_BIASES, _NORM_PARAMETERS),
    ),
    Convention("deepspeed", "as DeepSpeed counts: 2 a multiply-add, conv biases, batch norm, ReLU, pools", _DEEPSPEED),
    Convention("calflops", "as calflops counts: 2 a multiply-add, conv biases, batch norm, ReLU, pools", _DEEPSPEED),
    Convention("torch", "as torch counts: 2 a multiply-add, convolutions and classifier only", (_TWOFOLD,)),
)
# The versions whose rules these are.
VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "fvcore": "0.1.5.post20221221",
        "ptflops": "0.7.5",
        "thop": "0.1.1.post2209072238",
        "torchinfo": "1.8.0",
        "deepspeed": "0.19.8",
        "calflops": "0.3.2",
        "torch": "2.13.0",
    }
)
COUNTERS: Mapping[str, Convention] = MappingProxyType({each.name: each for each in _CONVENTIONS})


class Added(NamedTuple):
    """What one step adds to a network's multiply-adds on the way to what a counter reports."""

    counter: str
    step: str
    amount: int


class Reconciliation(NamedTuple):
    """The way from a design's multiply-adds, by the paper's convention, to what each counter reports.

    `counters` are the totals, by name; each is `macs` and the amounts of the counter's steps.
    """

    design: Design
    macs: int
    counters: Mapping[str, int]
    steps: tuple[Added, ...]


def reconcile(design: Design) -> Reconciliation:
    """Count a design, and say step by step what other counters report of it."""
    cost = count(design)
    counted = [(op, row.macs) for (_, op), row in zip(cost.network.operations(), cost.rows, strict=True)]
    steps = tuple(
        Added(counter.name, step.name, sum(step.rule(op, macs) for op, macs in counted if op.kind in step.kinds))
        for counter in COUNTERS.values()
        for step in counter.steps
    )
    counters = {name: cost.macs + sum(each.amount for each in steps if each.counter == name) for name in COUNTERS}
    return Reconciliation(design, cost.macs, counters, steps)
