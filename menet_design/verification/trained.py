"""What trained weights make of the connections: how strongly groups listen, what gates do, what they are worth.

Everything is measured on a model with loaded weights over a set of images, by automatic differentiation and by
forward passes of the intact and the altered model.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
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
from menet_design.models import build
from menet_design.models.checkpoint import load_checkpoint

# Images that are run at a time: what bounds the memory.
_AT_A_TIME = 8
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


class Listening(NamedTuple):
    """How strongly the groups after a shuffle listen to those before it: shares of squared Jacobian norms.

    `energy` has a row for each group after the shuffle and a column for each before it; the rows sum to 1.
    `linear` is the same where gates count as constants. `fusion` is the share of the energy that comes by way of
    the fusion branch, `lost` the share that comes from channels which the shuffle alone does not bring.
    """

    energy: list[list[float]]
    linear: list[list[float]]
    fusion: float
    lost: float


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

    Raises CheckpointError for weights that cannot be loaded.
    """
    model = load_checkpoint(build(design), weights).requires_grad_(False)
    gated = {block.name: any(op.kind == "product" for op in block.operations) for block in _fused(design)}
    pairs = {each.name: each.pair for each in connectivity(design).blocks if each.pair}
    energies, moments = _measured(model, pairs, gated, images)
    alterations = {name: _alterations(moments[name], is_gate) for name, is_gate in gated.items()}
    intact = _logits(model, {}, images)

    def altered(names: Iterable[str]) -> tuple[Ablation, ...]:
        return _ablations(model, {name: alterations[name] for name in names if name in gated}, intact, images)

    blocks = tuple(
        TrainedBlock(
            name,
            _lost_channels(pair),
            _listening(pair, energies[name]),
            _gates(moments[name]) if gated.get(name) else None,
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


def _measured(
    model: nn.Module, pairs: Mapping[str, Pair], gated: Mapping[str, bool], images: Tensor
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Energies of the blocks with a shuffle and moments of the fusion branches' results, summed over the images."""
    generator = torch.Generator().manual_seed(0)
    energies: dict[str, Tensor] = {}
    moments: dict[str, Tensor] = {}
    for batch in torch.split(images, _AT_A_TIME):
        taken, fused = _recorded(model, list(pairs), [*gated], batch)
        for name, pair in pairs.items():
            energies[name] = energies.get(name, 0) + _energy(model, name, pair, taken[name], generator)
        for name, is_gate in gated.items():
            moments[name] = moments.get(name, 0) + _moments(fused[name].sigmoid() if is_gate else fused[name])
    return energies, moments


def _recorded(
    model: nn.Module, blocks: Sequence[str], fused: Sequence[str], images: Tensor
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What some blocks take, and what the fusion branches of some make, in one forward pass."""
    taken: dict[str, Tensor] = {}
    made: dict[str, Tensor] = {}
    hooks = {name: lambda _, inputs, __, name=name: taken.update({name: inputs[0]}) for name in blocks}
    hooks |= {f"{name}.{FUSION}": lambda *call, name=name: made.update({name: call[-1]}) for name in fused}
    with torch.no_grad(), _hooked(model, hooks):
        model(images)
    return taken, made


@contextmanager
def _hooked(model: nn.Module, hooks: Mapping[str, Callable[..., object]]) -> Iterator[None]:
    """Call functions of (module, inputs, output) after modules, by their names; what they return takes its place."""
    with ExitStack() as stack:
        for name, hook in hooks.items():
            stack.enter_context(model.get_submodule(name).register_forward_hook(hook))
        yield


def _energy(model: nn.Module, name: str, pair: Pair, taken: Tensor, generator: torch.Generator) -> Tensor:
    """Squared norms of the Jacobian from each channel before a shuffle to each group after it.

    Of shape (3, groups after, channels before): of the whole Jacobian, of what is left of it where the fusion
    branch counts as constant, and of their difference. Unbiased estimates: squares of products with random
    normal vectors, whose expectation is the squared norm.
    """
    whole, constant = (_differentiable(model.get_submodule(name), pair, taken, fixed) for fixed in (False, True))
    drawn = torch.randn(whole[1].shape, generator=generator).chunk(len(pair.hears), dim=1)
    energies = []
    for group, direction in enumerate(drawn):
        size = direction.shape[1]
        one, other = (
            torch.autograd.grad(made[:, group * size : (group + 1) * size], source, direction, retain_graph=True)[0]
            for source, made in (whole, constant)
        )
        energies.append(torch.stack([part.square().sum((0, 2, 3)) for part in (one, other, one - other)]))
    return torch.stack(energies, dim=1).double()


def _differentiable(block: nn.Module, pair: Pair, taken: Tensor, fixed: bool) -> tuple[Tensor, Tensor]:
    """What the convolutions before and after a block's shuffle make, the second a function of the first."""
    made: list[Tensor] = []

    def start(*call: Tensor) -> Tensor:
        made.append(call[-1].detach().requires_grad_())
        return made[0]

    hooks: dict[str, Callable[..., object]] = {pair.first: start, pair.second: lambda *call: made.append(call[-1])}
    if fixed and hasattr(block, FUSION):
        hooks[FUSION] = lambda *call: call[-1].detach()
    with _hooked(block, hooks):
        block(taken)
    source, result = made
    return source, result


def _lost_channels(pair: Pair) -> float:
    """The share of channels that a group after the shuffle does not hear through the shuffle."""
    heard = sum(each.bit_count() for each in pair.hears)
    return 1 - heard / (len(pair.hears) * pair.channels)


def _listening(pair: Pair, energy: Tensor) -> Listening:
    whole, linear, fusion = energy
    lost = torch.tensor([[not each >> channel & 1 for channel in range(pair.channels)] for each in pair.hears])
    return Listening(
        _by_group(whole, pair),
        _by_group(linear, pair),
        float(fusion.sum() / (linear.sum() + fusion.sum())),
        float(whole[lost].sum() / whole.sum()),
    )


def _by_group(energy: Tensor, pair: Pair) -> list[list[float]]:
    groups = energy.view(len(energy), pair.groups, -1).sum(2)
    shares: list[list[float]] = (groups / groups.sum(1, keepdim=True)).tolist()
    return shares


def _moments(values: Tensor) -> Tensor:
    """By channel: how many values, their sum, the sum of their squares, and how many are nearly 0 or 1."""
    values = values.transpose(0, 1).flatten(1).double()
    saturated = (values < SATURATED) | (values > 1 - SATURATED)
    return torch.stack([torch.ones_like(values), values, values.square(), saturated.double()]).sum(2)


def _gates(moments: Tensor) -> Gates:
    count, total, squares, saturated = moments
    mean, square = total.sum() / count.sum(), squares.sum() / count.sum()
    variance, moving = (square - mean**2).clamp(min=0), (squares / count - (total / count) ** 2).mean()
    tiny = torch.finfo(variance.dtype).tiny  # gates that are constant do not move
    return Gates(
        float(mean),
        float(variance.sqrt()),
        float(moving / variance.clamp(min=tiny)),
        float(saturated.sum() / count.sum()),
    )


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
    with torch.no_grad(), _hooked(model, hooks):
        return torch.cat([model(batch) for batch in torch.split(images, _AT_A_TIME)])


def _ablation(name: str, intact: Tensor, altered: Tensor) -> Ablation:
    first = intact.argmax(1, keepdim=True)
    change = (altered - intact).norm() / (intact - intact.mean(1, keepdim=True)).norm()
    confidence = altered.softmax(1).gather(1, first).mean()
    return Ablation(
        name, float((altered.argmax(1, keepdim=True) == first).double().mean()), float(change), float(confidence)
    )
