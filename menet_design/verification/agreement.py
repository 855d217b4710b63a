"""The proof: the closed form, fvcore and torch's counter, joined layer by layer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost, Row, count
from menet_design.deployment import deploy
from menet_design.display import Displayed
from menet_design.errors import check_memory
from menet_design.families.architectures import network
from menet_design.families.design import Design
from menet_design.graph.deployed import deployed
from menet_design.graph.network import Network
from menet_design.models import build
from menet_design.models.checkpoint import load_checkpoint
from menet_design.verification.counters import Executed, count_with_fvcore, count_with_torch

PARAMETERS = "parameters"


class Disagreement(NamedTuple):
    """A layer, the quantity that differs, and what the closed form and the model say of it."""

    layer: str
    quantity: str
    closed_form: object
    model: object

    def __str__(self) -> str:
        return f"{self.layer}: {self.quantity} should be {self.closed_form}, in the model {self.model}"


@dataclass(frozen=True)
class Agreement(Displayed):
    """The totals of the three counts, and the first layer, in the order of execution, that disagrees.

    `closed_form`, `fvcore` and `torch` are multiply-adds, `closed_form_params` and `params`, those of the
    model, parameters; `fvcore_others` is what fvcore counts beyond the convention, by operation.
    """

    network: Network
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


def verify(
    design: Design, weights: str | Path | None = None, batch: int = 1, deploys: bool = False, **reading: Any
) -> Agreement:
    """Build the model of a design, count it with fvcore and torch, and compare every layer with the closed form.

    `weights` is a checkpoint for the model's one forward pass, which must give finite logits of the right shape;
    `reading` are keywords of `load_checkpoint`; `batch` says how many images it takes together; `deploys` asks for the
    proof of the model and the network as they are deployed. Raises UnknownOperation where a counter meets an operation
    that nobody has classified, CheckpointError for weights that cannot be loaded, and DesignError where the model would
    not fit into memory.
    """
    described = network(design)
    cost = count(replace(deployed(described) if deploys else described, batch=batch))
    _check_memory(cost)
    model = build(design)
    if weights is not None:
        load_checkpoint(model, weights, **reading)
    return verify_model(cost, deploy(model) if deploys else model)


def verify_model(cost: Cost, model: nn.Module) -> Agreement:
    """Compare what a network costs in closed form with what a model of it executes; the model stays as it is."""
    images = torch.rand(cost.network.batch, *cost.network.inputs[0], generator=torch.Generator().manual_seed(0))
    fvcore = count_with_fvcore(model, images)
    executed = count_with_torch(model, images)
    params = {name: sum(p.numel() for p in module.parameters(recurse=False)) for name, module in model.named_modules()}
    amounts = {"MACs (fvcore)": fvcore.macs, "MACs (torch)": executed.counted.macs, PARAMETERS: params}
    distinct = sum(parameter.numel() for parameter in model.parameters())  # those that layers share once
    differences = chain(_layer_differences(cost, amounts, executed), _total_differences(cost, distinct, executed))
    return Agreement(
        cost.network,
        cost.macs,
        cost.params,
        fvcore.total,
        executed.counted.total,
        distinct,
        fvcore.others,
        sum(row.name in params for row in cost.rows),
        next(differences, None),
    )


# What is compared of each layer, by quantity: an amount by the name of the layer.
Amounts = Mapping[str, Mapping[str, int]]


def _layer_differences(cost: Cost, amounts: Amounts, executed: Executed) -> Iterator[Disagreement]:
    for row in cost.rows:
        yield from _row_differences(row, amounts, executed.shapes)
    yield from _unknown_layers({row.name for row in cost.rows}, amounts)
    yield from _block_differences(cost, executed.shapes)


def _row_differences(row: Row, amounts: Amounts, shapes: Mapping[str, tuple[int, ...]]) -> Iterator[Disagreement]:
    """A layer of the closed form against the module of its name; operations without weights need no module."""
    for quantity, by_layer in amounts.items():
        expected, found = row.params if quantity == PARAMETERS else row.macs, by_layer.get(row.name, 0)
        if found != expected:
            yield Disagreement(row.name, quantity, expected, found)
    if row.name in amounts[PARAMETERS] and shapes.get(row.name) != row.output:
        yield Disagreement(row.name, "output shape", row.output, shapes.get(row.name, "not executed"))


def _unknown_layers(names: set[str], amounts: Amounts) -> Iterator[Disagreement]:
    """Layers of the model with a cost of which the closed form knows nothing."""
    for quantity, by_layer in amounts.items():
        for name, amount in by_layer.items():
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
        yield Disagreement("all layers", PARAMETERS, cost.params, params)
    made, shape = cost.network.blocks[-1].last.output, tuple(executed.output.shape)
    if shape[1:] + (1,) * (len(made) + 1 - len(shape)) != made:
        yield Disagreement("output", "shape", (cost.network.batch, made[0]), shape)
    if not bool(executed.output.isfinite().all()):
        yield Disagreement("output", "logits", "finite", "not finite")


def _check_memory(cost: Cost) -> None:
    """Refuse before the machine runs out: float32 weights, held twice, and a few of the largest maps at a time."""
    largest = cost.network.batch * max(row.operation.elements for row in cost.rows)
    needed = 4 * (2 * cost.params + 8 * largest)
    check_memory(f"the model of {cost.network.name}", needed, "flops counts it without a model")
