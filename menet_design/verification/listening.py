"""How strongly the groups after a shuffle listen to the channels before it, in a model with trained weights."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from menet_design.analysis.connectivity import Pair
from menet_design.analysis.dataflow import FUSION
from menet_design.verification.hooks import hooked


class Listening(NamedTuple):
    """How strongly the groups after a shuffle listen to those before it: shares of squared Jacobian norms.

    Channels are taken in units of their standard deviations, so that a scale which a norm undoes says nothing.
    `energy` has a row for each group after the shuffle and a column for each before it; the rows sum to 1, or
    are 0 for a group that hears nothing. `linear` is the same where the fusion branch counts as constant.
    `fusion` is the share of the energy that comes by way of the fusion branch, `lost` the share that comes from
    channels which the shuffle alone does not bring.
    """

    energy: list[list[float]]
    linear: list[list[float]]
    fusion: float
    lost: float


def energies(block: nn.Module, pair: Pair, taken: Tensor, deviations: tuple[Tensor, Tensor], seed: int) -> Tensor:
    """Squared norms of the Jacobian from each channel before a block's shuffle to each group after it.

    `taken` is what the block takes, `deviations` are the standard deviations of the channels that the
    convolutions before and after the shuffle make. Of shape (3, groups after, channels before): of the whole
    Jacobian, of what is left of it where the fusion branch counts as constant, and of their difference. Unbiased
    estimates: squares of products with random normal vectors, whose expectation is the squared norm.
    """
    before, after = deviations
    whole, constant = (_differentiable(block, pair, taken, fixed) for fixed in (False, True))
    drawn = torch.randn(whole[1].shape, generator=torch.Generator().manual_seed(seed))
    # A channel that never changes has nothing to say.
    drawn *= torch.where(after > 0, 1 / after, 0)[:, None, None]
    found = []
    for group, direction in enumerate(drawn.chunk(len(pair.hears), dim=1)):
        size = direction.shape[1]
        one, other = (
            torch.autograd.grad(made[:, group * size : (group + 1) * size], source, direction, retain_graph=True)[0]
            for source, made in (whole, constant)
        )
        found.append(torch.stack([part.square().sum((0, 2, 3)) for part in (one, other, one - other)]))
    return torch.stack(found, dim=1).double() * before.square()


def _differentiable(block: nn.Module, pair: Pair, taken: Tensor, fixed: bool) -> tuple[Tensor, Tensor]:
    """What the convolutions before and after a block's shuffle make, the second a function of the first."""
    made: list[Tensor] = []

    def start(*call: Tensor) -> Tensor:
        made.append(call[-1].detach().requires_grad_())
        return made[0]

    hooks: dict[str, Callable[..., object]] = {pair.first: start, pair.second: lambda *call: made.append(call[-1])}
    if fixed and hasattr(block, FUSION):
        hooks[FUSION] = lambda *call: call[-1].detach()
    with hooked(block, hooks):
        block(taken)
    source, result = made
    return source, result


def listening(pair: Pair, energy: Tensor) -> Listening:
    """The shares that the energies of a block come to."""
    whole, linear, fusion = energy
    lost = torch.tensor([[not each >> channel & 1 for channel in range(pair.channels)] for each in pair.hears])
    by_fusion = _share(fusion.sum(), linear.sum() + fusion.sum())
    return Listening(_by_group(whole, pair), _by_group(linear, pair), by_fusion, _share(whole[lost].sum(), whole.sum()))


def _share(part: Tensor, whole: Tensor) -> float:
    return float(part / whole) if whole > 0 else 0.0


def _by_group(energy: Tensor, pair: Pair) -> list[list[float]]:
    groups = energy.view(len(energy), pair.groups, -1).sum(2)
    return [[_share(each, row.sum()) for each in row] for row in groups]
