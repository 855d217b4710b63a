"""What trained weights make of the connections: how strongly groups depend, what gates do, what they are worth.

Everything is measured on a model with loaded weights over a set of images, by automatic differentiation and by
forward passes of the intact and the altered model.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from menet_design.analysis.connectivity import connectivity
from menet_design.analysis.dependence import branch_operations, in_branch
from menet_design.analysis.pairs import Pair
from menet_design.errors import CheckpointError
from menet_design.families.architectures import network
from menet_design.families.design import Design
from menet_design.graph.network import Block, Network
from menet_design.models import build
from menet_design.models.checkpoint import load_checkpoint
from menet_design.verification.hooks import hooked
from menet_design.verification.jacobian import Strength, energies, strength

# Images that are run at a time: what bounds the memory.
_AT_A_TIME = 8
# A variance that is smaller than this share of the mean square is one of rounding.
_ROUNDING = 1e-9
# A gate is called saturated where it is nearer to 0 or to 1 than this.
SATURATED = 0.05


@dataclass(frozen=True)
class Gates:
    """The gates of a block, over channels, positions and images.

    `spread` is their standard deviation; `moving` is the share of their variance that is not between channels:
    what depends on the image. `saturated` is the share of gates nearer than SATURATED to 0 or 1.
    """

    mean: float
    spread: float
    moving: float
    saturated: float


@dataclass(frozen=True)
class Ablation:
    """What becomes of the logits when branches are altered: frozen to their channels' means, or removed.

    `same_top1` is the share of images whose first class stays, `change` the norm of the change of the logits as a
    share of the norm of the logits about their mean, `confidence` the mean probability of the intact model's first
    class: `change` is 0 and `same_top1` 1 for the intact model itself.
    """

    name: str
    same_top1: float
    change: float
    confidence: float


@dataclass(frozen=True)
class TrainedBlock:
    """A shuffle of a block: the share of channels that it loses, how strongly groups depend on them, and the gates.

    `gates` is None without gates; `alone` is what becomes of the logits when the branch of this block alone is altered.
    """

    name: str
    lost_channels: float
    strength: Strength
    gates: Gates | None
    alone: tuple[Ablation, ...]


@dataclass(frozen=True)
class Trained:
    """A network with its weights, measured over so many images: block by block, and with its branches altered."""

    network: Network
    images: int
    blocks: tuple[TrainedBlock, ...] = field(repr=False)
    ablations: tuple[Ablation, ...] = field(repr=False)


@dataclass(frozen=True)
class _Branch:
    """The module of a block's branch, and whether what it makes is the gate of a product."""

    module: str
    is_gate: bool


@dataclass(frozen=True)
class _Around:
    """Two convolutions around a shuffle of a block."""

    block: str
    pair: Pair

    @property
    def layers(self) -> tuple[str, str]:
        """The full names of the convolutions before and after the shuffle."""
        return f"{self.block}.{self.pair.first}", f"{self.block}.{self.pair.second}"


def trained(design: Design, weights: str | Path, images: Tensor, **reading: Any) -> Trained:
    """Measure a design with the weights of a checkpoint over images of shape (images, channels, height, width).

    `reading` are keywords of `load_checkpoint`.
    Raises CheckpointError for weights that cannot be loaded or do not give finite logits.
    """
    described = network(design)
    model = load_checkpoint(build(design), weights, **reading).eval().requires_grad_(False)
    intact = _logits(model, {}, images)
    if not bool(intact.isfinite().all()):
        raise CheckpointError(f"{weights} gives logits that are not finite")
    branches = dict(_branches(described, model))
    around = [_Around(block.name, pair) for block in connectivity(described).blocks for pair in block.pairs]
    moments = _moments(model, around, branches, images)
    energy = _energies(model, around, described.branches, moments, images)
    alterations = {name: _alterations(moments[each.module], each.is_gate) for name, each in branches.items()}

    def altered(names: Iterable[str]) -> tuple[Ablation, ...]:
        chosen = {branches[name].module: alterations[name] for name in names if name in branches}
        return _ablations(model, chosen, intact, images)

    def gates(block: str) -> Gates | None:
        found = branches.get(block)
        return _gates(moments[found.module]) if found and found.is_gate else None

    blocks = tuple(
        TrainedBlock(
            each.block,
            _lost_channels(each.pair),
            strength(each.pair, energy[index]),
            gates(each.block),
            altered([each.block]),
        )
        for index, each in enumerate(around)
    )
    return Trained(described, len(images), blocks, altered(branches))


def _branches(described: Network, model: nn.Module) -> Iterator[tuple[str, _Branch]]:
    """The blocks with a branch, and the branch."""
    modules = [name for name, _ in model.named_modules() if in_branch(name, described.branches)]
    for block in described.blocks:
        module = next((name for name in modules if name.startswith(f"{block.name}.")), None)
        if module is not None:
            yield block.name, _Branch(module, _is_gate(block, described.branches))


def _is_gate(block: Block, branches: Sequence[str]) -> bool:
    """Whether a branch of a block joins the others as the factor of a product."""
    inside = branch_operations(block, branches)
    return any(op.kind == "product" and inside.intersection(op.inputs) for op in block.operations)


def _moments(
    model: nn.Module, around: Sequence[_Around], branches: Mapping[str, _Branch], images: Tensor
) -> dict[str, Tensor]:
    """Moments, over all images, of what the layers around shuffles and the branches make, by module."""
    gates = {branch.module for branch in branches.values() if branch.is_gate}
    moments: dict[str, Tensor] = {}

    def note(layer: str) -> Callable[..., None]:
        def add(*call: Tensor) -> None:
            made = call[-1].sigmoid() if layer in gates else call[-1]
            moments[layer] = moments.get(layer, 0) + _sums(made)

        return add

    layers = [*(layer for each in around for layer in each.layers), *(each.module for each in branches.values())]
    _logits(model, {layer: note(layer) for layer in layers}, images)
    return moments


def _energies(
    model: nn.Module,
    around: Sequence[_Around],
    branches: Sequence[str],
    moments: Mapping[str, Tensor],
    images: Tensor,
) -> dict[int, Tensor]:
    """The energies around each shuffle, summed over the images."""
    energy: dict[int, Tensor] = {}
    for seed, batch in enumerate(torch.split(images, _AT_A_TIME)):
        taken = _taken(model, {each.block for each in around}, batch)
        for index, each in enumerate(around):
            before, after = (_deviation(moments[layer]) for layer in each.layers)
            block = model.get_submodule(each.block)
            found = energies(block, each.pair, branches, taken[each.block], (before, after), seed)
            energy[index] = energy.get(index, 0) + found
    return energy


def _taken(model: nn.Module, names: Iterable[str], images: Tensor) -> dict[str, Tensor]:
    """What some blocks take, in one forward pass."""
    taken: dict[str, Tensor] = {}

    def note(name: str) -> Callable[..., None]:
        return lambda _, inputs, __: taken.update({name: inputs[0]})

    _logits(model, {name: note(name) for name in names}, images)
    return taken


def _deviation(moments: Tensor) -> Tensor:
    """The standard deviation of each channel; of one that changes by rounding alone, zero."""
    count, total, squares, _ = moments
    variance = squares / count - (total / count) ** 2
    return torch.where(variance > _ROUNDING * squares / count, variance, 0).sqrt().float()


def _lost_channels(pair: Pair) -> float:
    """The share of channels on which a group after the shuffle does not depend through the shuffle."""
    brought = sum(each.bit_count() for each in pair.sources)
    return 1 - brought / (len(pair.sources) * pair.channels)


def _sums(values: Tensor) -> Tensor:
    """By channel: how many values, their sum, the sum of their squares, and how many are nearly 0 or 1."""
    values = values.transpose(0, 1).flatten(1).double()
    saturated = (values < SATURATED) | (values > 1 - SATURATED)
    return torch.stack([torch.ones_like(values), values, values.square(), saturated.double()]).sum(2)


def _gates(moments: Tensor) -> Gates:
    count, total, squares, saturated = (row.mean() for row in moments)
    mean, variance = total / count, squares / count - (total / count) ** 2
    moving = _deviation(moments).double().square().mean()
    share = float(moving / variance) if moving > 0 else 0.0
    return Gates(float(mean), float(variance.clamp(min=0).sqrt()), share, float(saturated / count))


def _alterations(moments: Tensor, is_gate: bool) -> dict[str, Callable[..., Tensor]]:
    """Hooks that alter what a branch makes, before the sigmoid where it is a gate."""
    mean = (moments[1] / moments[0]).float()
    # A gate of one lets the residual branch through as it is; the sigmoid of infinity is one.
    nothing = torch.full_like(mean, torch.inf if is_gate else 0)
    return {"frozen": _constant(mean.logit() if is_gate else mean), "removed": _constant(nothing)}


def _ablations(
    model: nn.Module, alterations: Mapping[str, Mapping[str, Callable[..., Tensor]]], intact: Tensor, images: Tensor
) -> tuple[Ablation, ...]:
    """The logits with the branches of some blocks altered, by module, in each way."""
    ways = dict.fromkeys(way for hooks in alterations.values() for way in hooks)
    altered = {way: {module: hooks[way] for module, hooks in alterations.items()} for way in ways}
    return tuple(_ablation(way, intact, _logits(model, hooks, images)) for way, hooks in altered.items())


def _constant(values: Tensor) -> Callable[..., Tensor]:
    """A hook that puts one value a channel in the place of whatever a module makes."""
    return lambda *call: values[:, None, None].expand_as(call[-1])


def _logits(model: nn.Module, hooks: Mapping[str, Callable[..., object]], images: Tensor) -> Tensor:
    with torch.no_grad(), hooked(model, hooks):
        return torch.cat([model(batch) for batch in torch.split(images, _AT_A_TIME)])


def _ablation(name: str, intact: Tensor, altered: Tensor) -> Ablation:
    first = intact.argmax(1, keepdim=True)
    change, norm = (_about_mean(altered) - _about_mean(intact)).norm(), _about_mean(intact).norm()
    return Ablation(
        name,
        float((altered.argmax(1, keepdim=True) == first).double().mean()),
        float(change / norm) if change > 0 else 0.0,
        float(altered.softmax(1).gather(1, first).mean()),
    )


def _about_mean(logits: Tensor) -> Tensor:
    return logits - logits.mean(1, keepdim=True)
