"""The proof: the closed form, fvcore and torch's counter, joined layer by layer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost, Row, count
from menet_design.design import Design
from menet_design.errors import check_memory
from menet_design.models import build
from menet_design.models.checkpoint import load_checkpoint
from menet_design.verification.counters import Executed, count_with_fvcore, count_with_torch


class Disagreement(NamedTuple):
    """A layer, the quantity that differs, and what the closed form and the model say of it."""

    layer: str
    quantity: str
    closed_form: object
    model: object

    def __str__(self) -> str:
        return f"{self.layer}: {self.quantity} should be {self.closed_form}, in the model {self.model}"


@dataclass(frozen=True)
class Agreement:
    """The totals of the three counts, and the first layer, in the order of execution, that disagrees.

    `closed_form`, `fvcore` and `torch` are multiply-adds, `closed_form_params` and `params`, those of the
    model, parameters; `fvcore_others` is what fvcore counts beyond the convention, by operation.
    """

    design: Design
    closed_form: int
    closed_form_params: int
    fvcore: int
    torch: int
    params: int
    fvcore_others: Mapping[str, int]
    layers_compared: int
    first_disagreement: Disagreement | None
    convention: Convention = PAPER

    @property
    def agrees(self) -> bool:
        """Whether every layer agrees in multiply-adds, parameters and output shape."""
        return self.first_disagreement is None


def verify(design: Design, weights: str | Path | None = None) -> Agreement:
    """Build the model of a design, count it with fvcore and torch, and compare every layer with the closed form.

    `weights` is a checkpoint for the model's one forward pass, which must give finite logits of the right shape.
    Raises UnknownOperation where a counter meets an operation that nobody has classified, CheckpointError
    for weights that cannot be loaded, and DesignError where the model would not fit into memory.
    """
    cost = count(design)
    _check_memory(cost)
    model = build(design)
    if weights is not None:
        load_checkpoint(model, weights)
    return compare(cost, model)


def compare(cost: Cost, model: nn.Module) -> Agreement:
    """Compare what a design costs in closed form with what its model executes; the model stays as it is."""
    images = torch.rand(
        1, 3, cost.design.resolution, cost.design.resolution, generator=torch.Generator().manual_seed(0)
    )
    fvcore = count_with_fvcore(model, images)
    executed = count_with_torch(model, images)
    params = {name: sum(p.numel() for p in module.parameters(recurse=False)) for name, module in model.named_modules()}
    counted = {"fvcore": fvcore.macs, "torch": executed.counted.macs}
    distinct = sum(parameter.numel() for parameter in model.parameters())  # those that layers share once
    differences = chain(
        _layer_differences(cost, counted, params, executed), _total_differences(cost, distinct, executed)
    )
    return Agreement(
        cost.design,
        cost.macs,
        cost.params,
        fvcore.total,
        executed.counted.total,
        distinct,
        fvcore.others,
        sum(row.name in params for row in cost.rows),
        next(differences, None),
    )


def _layer_differences(
    cost: Cost, counted: Mapping[str, Mapping[str, int]], params: Mapping[str, int], executed: Executed
) -> Iterator[Disagreement]:
    for row in cost.rows:
        yield from _row_differences(row, counted, params, executed.shapes)
    yield from _unknown_layers({row.name for row in cost.rows}, counted, params)
    yield from _block_differences(cost, executed.shapes)


def _row_differences(
    row: Row,
    counted: Mapping[str, Mapping[str, int]],
    params: Mapping[str, int],
    shapes: Mapping[str, tuple[int, ...]],
) -> Iterator[Disagreement]:
    """A layer of the closed form against the module of its name; operations without weights need no module."""
    for counter, macs in counted.items():
        if macs.get(row.name, 0) != row.macs:
            yield Disagreement(row.name, f"MACs ({counter})", row.macs, macs.get(row.name, 0))
    if params.get(row.name, 0) != row.params:
        yield Disagreement(row.name, "parameters", row.params, params.get(row.name, 0))
    if row.name in params and shapes.get(row.name) != row.output:
        yield Disagreement(row.name, "output shape", row.output, shapes.get(row.name, "not executed"))


def _unknown_layers(
    names: set[str], counted: Mapping[str, Mapping[str, int]], params: Mapping[str, int]
) -> Iterator[Disagreement]:
    """Layers of the model with a cost of which the closed form knows nothing."""
    for quantity, amounts in (
        *((f"MACs ({counter})", macs) for counter, macs in counted.items()),
        ("parameters", params),
    ):
        for name, amount in amounts.items():
            if amount and name not in names:
                yield Disagreement(name or "the model itself", quantity, "none", amount)


def _block_differences(cost: Cost, shapes: Mapping[str, tuple[int, ...]]) -> Iterator[Disagreement]:
    """What a block makes, the functions at its end included, against what its module returns."""
    for block in cost.network.blocks:
        expected = block.last.output
        if shapes.get(block.name) != expected:
            yield Disagreement(block.name, "output shape", expected, shapes.get(block.name, "not executed"))


def _total_differences(cost: Cost, params: int, executed: Executed) -> Iterator[Disagreement]:
    if params != cost.params:
        yield Disagreement("all layers", "parameters", cost.params, params)
    if tuple(executed.output.shape) != (1, cost.design.classes):
        yield Disagreement("output", "shape", (1, cost.design.classes), tuple(executed.output.shape))
    if not bool(executed.output.isfinite().all()):
        yield Disagreement("output", "logits", "finite", "not finite")


def _check_memory(cost: Cost) -> None:
    """Refuse before the machine runs out: float32 weights, held twice, and a few of the largest maps at a time."""
    largest = max(channels * height * width for *_, (channels, height, width) in cost.rows)
    needed = 4 * (2 * cost.params + 8 * largest)
    check_memory(f"the model of {cost.design.name}", needed, "flops counts it without a model")
