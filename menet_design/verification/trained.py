"""What trained weights make of the connections: how strongly groups listen, what gates do, what they are worth.

Everything is measured on a model with loaded weights over a set of images, by automatic differentiation and by
forward passes of the intact and the altered model.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from menet_design.analysis.connectivity import Pair, connectivity
from menet_design.analysis.dataflow import FUSION
from menet_design.architectures import network
from menet_design.architectures.network import Block, Operation
from menet_design.design import Design
from menet_design.errors import CheckpointError
from menet_design.models import build
from menet_design.models.checkpoint import load_checkpoint
from menet_design.verification.hooks import hooked
from menet_design.verification.listening import Listening, energies, listening

# Images that are run at a time: what bounds the memory.
_AT_A_TIME = 8
# A variance that is smaller than this share of the mean square is one of rounding.
_ROUNDING = 1e-9
# A gate is called saturated where it is nearer to 0 or to 1 than this.
SATURATED = 0.05


class Gates(NamedTuple):
    """The gates of a block, over channels, positions and images.

    `spread` is their standard deviation; `moving` is the share of their variance that is not between channels:
    what depends on the image. `saturated` is the share of gates nearer than SATURATED to 0 or 1.
    """

    mean: float
    spread: float
    moving: float
    saturated: float


class Ablation(NamedTuple):
    """What becomes of the logits when fusion branches are altered: frozen to their channels' means, or removed.

    `same_top1` is the share of images whose first class stays, `change` the norm of the change of the logits as a
    share of the norm of the logits about their mean, `confidence` the mean probability of the intact model's first
    class: `change` is 0 and `same_top1` 1 for the intact model itself.
    """

    name: str
    same_top1: float
    change: float
    confidence: float


class TrainedBlock(NamedTuple):
    """A block with a shuffle: the share of channels that the shuffle loses, who listens, and the gates, if any.

    `alone` is what becomes of the logits when the fusion branch of this block alone is altered.
    """

    name: str
    lost_channels: float
    listening: Listening
    gates: Gates | None
    alone: tuple[Ablation, ...]


@dataclass(frozen=True)
class Trained:
    """A design with its weights, measured over so many images: block by block, and with fusion branches altered."""

    design: Design
    images: int
    blocks: tuple[TrainedBlock, ...]
    ablations: tuple[Ablation, ...]


def trained(design: Design, weights: str | Path, images: Tensor) -> Trained:
    """Measure a design with the weights of a checkpoint over images of shape (images, 3, resolution, resolution).

    Raises CheckpointError for weights that cannot be loaded or do not give finite logits.
    """
    model = load_checkpoint(build(design), weights).requires_grad_(False)
    intact = _logits(model, {}, images)
    if not bool(intact.isfinite().all()):
        raise CheckpointError(f"{weights} gives logits that are not finite")
    gated = {block.name: any(op.kind == "product" for op in block.operations) for block in _fused(design)}
    pairs = {each.name: each.pair for each in connectivity(design).blocks if each.pair}
    moments = _moments(model, pairs, gated, images)
    energy = _energies(model, pairs, moments, images)
    alterations = {name: _alterations(moments[f"{name}.{FUSION}"], is_gate) for name, is_gate in gated.items()}

    def altered(names: Iterable[str]) -> tuple[Ablation, ...]:
        return _ablations(model, {name: alterations[name] for name in names if name in gated}, intact, images)

    blocks = tuple(
        TrainedBlock(
            name,
            _lost_channels(pair),
            listening(pair, energy[name]),
            _gates(moments[f"{name}.{FUSION}"]) if gated.get(name) else None,
            altered([name]),
        )
        for name, pair in pairs.items()
    )
    return Trained(design, len(images), blocks, altered(gated))


def _fused(design: Design) -> list[Block]:
    """The blocks with a fusion branch."""
    return [block for block in network(design).blocks if any(_is_fusion(op) for op in block.operations)]


def _is_fusion(op: Operation) -> bool:
    return op.name.startswith(f"{FUSION}.")


def _moments(
    model: nn.Module, pairs: Mapping[str, Pair], gated: Mapping[str, bool], images: Tensor
) -> dict[str, Tensor]:
    """Moments, over all images, of what the layers around shuffles and the fusion branches make, by layer."""
    layers = [f"{name}.{layer}" for name, pair in pairs.items() for layer in (pair.first, pair.second)]
    gates = {f"{name}.{FUSION}" for name, is_gate in gated.items() if is_gate}
    moments: dict[str, Tensor] = {}

    def note(layer: str) -> Callable[..., None]:
        def add(*call: Tensor) -> None:
            made = call[-1].sigmoid() if layer in gates else call[-1]
            moments[layer] = moments.get(layer, 0) + _sums(made)

        return add

    _logits(model, {layer: note(layer) for layer in (*layers, *(f"{name}.{FUSION}" for name in gated))}, images)
    return moments


def _energies(
    model: nn.Module, pairs: Mapping[str, Pair], moments: Mapping[str, Tensor], images: Tensor
) -> dict[str, Tensor]:
    """The energies of the blocks with a shuffle, summed over the images."""
    energy: dict[str, Tensor] = {}
    for seed, batch in enumerate(torch.split(images, _AT_A_TIME)):
        taken = _taken(model, pairs, batch)
        for name, pair in pairs.items():
            deviations = _deviation(moments[f"{name}.{pair.first}"]), _deviation(moments[f"{name}.{pair.second}"])
            found = energies(model.get_submodule(name), pair, taken[name], deviations, seed)
            energy[name] = energy.get(name, 0) + found
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
    """The share of channels that a group after the shuffle does not hear through the shuffle."""
    heard = sum(each.bit_count() for each in pair.hears)
    return 1 - heard / (len(pair.hears) * pair.channels)


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
    """Hooks that alter what a fusion branch makes, before the sigmoid where it is a gate."""
    mean = (moments[1] / moments[0]).float()
    # A gate of one lets the residual branch through as it is; the sigmoid of infinity is one.
    nothing = torch.full_like(mean, torch.inf if is_gate else 0)
    return {"frozen": _constant(mean.logit() if is_gate else mean), "removed": _constant(nothing)}


def _ablations(
    model: nn.Module, alterations: Mapping[str, Mapping[str, Callable[..., Tensor]]], intact: Tensor, images: Tensor
) -> tuple[Ablation, ...]:
    """The logits with the fusion branches of some blocks altered, in each way."""
    ways = dict.fromkeys(way for hooks in alterations.values() for way in hooks)
    hooked = {way: {f"{name}.{FUSION}": hooks[way] for name, hooks in alterations.items()} for way in ways}
    return tuple(_ablation(way, intact, _logits(model, hooks, images)) for way, hooks in hooked.items())


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
