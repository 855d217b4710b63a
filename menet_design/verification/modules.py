"""The proof for a module of anybody's: our rules on the recorded graph against fvcore and torch on the execution."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import nn

from menet_design.analysis.cost import Cost, count
from menet_design.deployment import deploy
from menet_design.importing.graph import Graph, read
from menet_design.importing.modules import record
from menet_design.importing.sources import assembled
from menet_design.verification.agreement import Agreement, Disagreement
from menet_design.verification.counters import ANY, Counted, count_with_fvcore, count_with_torch


def verify_module(
    module: nn.Module,
    inputs: Sequence[Sequence[int]],
    *,
    name: str = "",
    allowed: Collection[str] = (),
    batch: int = 1,
    deploys: bool = False,
) -> Agreement:
    """Record a module, count its graph, and compare every submodule with what fvcore and torch count when it runs.

    `inputs` are the shapes without the batch, `batch` says how many run together; `deploys` asks for the proof of the
    module as it is deployed. The module stays as it is. Raises
    DesignError where the forward pass fails or calls an operation that is not known.
    """
    if deploys:
        module = deploy(module, inputs, allowed)
    trace = record(module, inputs)
    graph = read(trace, allowed)
    title = type(module).__name__
    described = assembled(trace, graph, f"{title}, deployed" if deploys else title, name or title, {})
    cost = count(replace(described, batch=batch))
    tensors = [torch.ones(batch, *shape) for shape in inputs]
    fvcore = count_with_fvcore(module, *tensors, known=ANY)
    executed = count_with_torch(module, *tensors, known=ANY).counted
    params = sum(parameter.numel() for parameter in module.parameters())
    return Agreement(
        cost.network,
        cost.macs,
        cost.params,
        fvcore.total,
        executed.total,
        params,
        fvcore.others,
        len({graph.modules[row.name] for row in cost.rows if row.macs}),
        next(_differences(cost, graph, {"fvcore": fvcore, "torch": executed}, params), None),
    )


def _differences(cost: Cost, graph: Graph, counted: Mapping[str, Counted], params: int) -> Iterator[Disagreement]:
    """The modules, in the order of execution, of which a counter says something else; then the parameters."""
    for counter, found in counted.items():
        ours = _by_module(cost, graph, counter)
        for module in dict.fromkeys((*ours, *found.macs)):
            if ours.get(module, 0) != found.macs.get(module, 0):
                where = module or "the network itself"
                yield Disagreement(where, f"MACs ({counter})", ours.get(module, 0), found.macs.get(module, 0))
    if params != cost.params:
        yield Disagreement("all layers", "parameters", cost.params, params)


def _by_module(cost: Cost, graph: Graph, counter: str) -> Mapping[str, int]:
    """Our multiply-adds by module; fvcore knows no attention that is one operation."""
    macs: Counter[str] = Counter()
    for row in cost.rows:
        if row.macs and not (counter == "fvcore" and row.kind == "attention"):
            macs[graph.modules[row.name]] += row.macs
    return macs
