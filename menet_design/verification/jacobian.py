"""How strongly the groups after a shuffle depend on the channels before it, in a model with trained weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from menet_design.analysis.pairs import Pair
from menet_design.verification.hooks import as_constants, hooked


@dataclass(frozen=True)
class Strength:
    """How strongly the groups after a shuffle depend on those before it: shares of squared Jacobian norms.

    Channels are taken in units of their standard deviations, so that a scale which a norm undoes says nothing.
    `energy` has a row for each group after the shuffle and a column for each before it; the rows sum to 1, or
    are 0 for a group that depends on nothing. `linear` is the same where the branches count as constant.
    `branch` is the share of the energy that comes through the branches, `lost` the share that comes from channels
    which the shuffle alone does not bring.
    """

    energy: list[list[float]]
    linear: list[list[float]]
    branch: float
    lost: float


def energies(
    block: nn.Module,
    pair: Pair,
    branches: Sequence[str],
    taken: Tensor,
    deviations: tuple[Tensor, Tensor],
    seed: int,
) -> Tensor:
    """Squared norms of the Jacobian from each channel before a block's shuffle to each group after it.

    `taken` is what the block takes, `deviations` are the standard deviations of the channels that the
    convolutions before and after the shuffle make. Of shape (3, groups after, channels before): of the whole
    Jacobian, of what is left of it where the branches count as constant, and of their difference. Unbiased
    estimates: squares of products with random normal vectors, whose expectation is the squared norm.
    """
    before, after = deviations
    whole, constant = (_differentiable(block, pair, fixed, taken) for fixed in ((), branches))
    drawn = torch.randn(whole[1].shape, generator=torch.Generator().manual_seed(seed))
    # A channel that never changes says nothing.
    drawn *= torch.where(after > 0, 1 / after, 0)[:, None, None]
    found = []
    for group, direction in enumerate(drawn.chunk(len(pair.sources), dim=1)):
        size = direction.shape[1]
        one, other = (
            torch.autograd.grad(made[:, group * size : (group + 1) * size], source, direction, retain_graph=True)[0]
            for source, made in (whole, constant)
        )
        found.append(torch.stack([part.square().sum((0, 2, 3)) for part in (one, other, one - other)]))
    return torch.stack(found, dim=1).double() * before.square()


def _differentiable(block: nn.Module, pair: Pair, fixed: Sequence[str], taken: Tensor) -> tuple[Tensor, Tensor]:
    """What the convolutions before and after a block's shuffle make, the second a function of the first."""
    made: list[Tensor] = []

    def start(*call: Tensor) -> Tensor:
        made.append(call[-1].detach().requires_grad_())
        return made[0]

    hooks: dict[str, Callable[..., object]] = {pair.first: start, pair.second: lambda *call: made.append(call[-1])}
    with hooked(block, hooks | as_constants(block, fixed)):
        block(taken)
    source, result = made
    return source, result


def strength(pair: Pair, energy: Tensor) -> Strength:
    """The shares that the energies of a block come to."""
    whole, linear, branch = energy
    lost = torch.tensor([[not each >> channel & 1 for channel in range(pair.channels)] for each in pair.sources])
    by_branch = _share(branch.sum(), linear.sum() + branch.sum())
    lost_share = _share(whole[lost].sum(), whole.sum())
    return Strength(_by_group(whole, pair), _by_group(linear, pair), by_branch, lost_share)


def _share(part: Tensor, whole: Tensor) -> float:
    return float(part / whole) if whole > 0 else 0.0


def _by_group(energy: Tensor, pair: Pair) -> list[list[float]]:
    groups = energy.view(len(energy), pair.groups, -1).sum(2)
    return [[_share(each, row.sum()) for each in row] for row in groups]
