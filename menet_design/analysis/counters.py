"""What other counters report of the same network: named steps from this project's total, in closed form.

They hold at batch size 1, in evaluation, for the models as they are built here (`menet_design.models`): ReLU
and leaky ReLU are functions, pools are modules (nn.MaxPool2d, nn.AvgPool2d), batch norm has scale and shift.
Sigmoid, product, addition, concatenation and shuffle are counted by none.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from menet_design.analysis.conventions import PAPER, Convention, Increment, Step
from menet_design.graph.operation import VOCABULARY, Integer, Operation, Rules
from menet_design.values import check_known


def _nothing(op: Operation, macs: Integer) -> Integer:
    return 0


def _doubled(op: Operation, macs: Integer) -> Integer:
    return macs


def _biases(op: Operation, macs: Integer) -> Integer:
    return op.elements if op.bias else 0


def _norm_parameters(op: Operation, macs: Integer) -> Integer:
    """Scale and shift of each channel, wherever it is: the map's size is forgotten."""
    return 2 * op.channels


def _outputs(times: int) -> Increment:
    """So many for each element that is made."""
    return lambda op, macs: times * op.elements


def _inputs(times: int) -> Increment:
    """So many for each element that is read."""
    return lambda op, macs: times * op.in_elements


def _step(name: str, increments: Mapping[Any, Increment]) -> Step:
    """A step that adds nothing for the kinds that it does not speak of; of those it does, every variant is named."""
    spoken = {key if isinstance(key, str) else key[0] for key in increments}
    others: dict[Any, Increment] = {kind: _nothing for kind in VOCABULARY if kind not in spoken}
    return Step(name, Rules(f"increments of {name!r}", {**others, **increments}))


_RELUS = dict.fromkeys((("activation", "relu"), ("activation", "relu6")), _outputs(1))
_LEAKY, _SIGMOID = ("activation", "leaky relu"), ("activation", "sigmoid")

_TWOFOLD = _step("a multiply-add counted as 2", {"conv": _doubled, "linear": _doubled})
_CONV_BIASES = _step("biases of convolutions", {"conv": _biases})
_LINEAR_BIASES = _step("biases of fully connected layers", {"linear": _biases})
_NORM = _step("batch norm, 2 an element", {"norm": _outputs(2)})
_NORM_TWICE = _step("batch norm, 4 an element", {"norm": _outputs(4)})
_NORM_PARAMETERS = _step("batch-norm parameters, counted as multiply-adds", {"norm": _norm_parameters})
_RELU_FUNCTIONS = _step("ReLU, 1 an element (functions)", {**_RELUS, _LEAKY: _nothing, _SIGMOID: _nothing})
_RELU = _step("ReLU, leaky or not, 1 an element", {**_RELUS, _LEAKY: _outputs(1), _SIGMOID: _nothing})
_POOL_MODULES = _step("pool inputs, 2 an element (modules)", {"pool": _inputs(2)})
_POOLS = _step("pool inputs, 1 an element", {"pool": _inputs(1)})
_AVERAGE_POOLS = _step(
    "average-pool outputs, 1 an element (modules)", {("pool", "average"): _outputs(1), ("pool", "max"): _nothing}
)
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


def convention(name: str) -> Convention:
    """The convention of a name, with hyphens or underscores. Raises DesignError, naming all, for any other."""
    known = {PAPER.name: PAPER, **COUNTERS}
    key = name.lower().replace("-", "_")
    check_known("convention", key, tuple(known))
    return known[key]
