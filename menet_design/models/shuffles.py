"""Channel shuffles as runtimes want them that know no tensor of five dimensions: other operations, the same map."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.errors import DesignError
from menet_design.models.layers import ChannelShuffle
from menet_design.values import check_known


class ChannelShuffle4d(ChannelShuffle):
    """The same channels in the same order by way of four dimensions: each map is one row of pixels."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same."""
        batch, channels, height, width = x.shape
        x = x.view(batch, self.groups, channels // self.groups, height * width)
        return x.transpose(1, 2).reshape(batch, channels, height, width)


class ChannelShuffleConv(ChannelShuffle):
    """The same channels in the same order by a 1×1 convolution whose weights are a permutation matrix."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__(channels, groups)
        order = torch.arange(channels).view(groups, channels // groups).t().flatten()
        permutation = torch.eye(channels)[order].view(channels, channels, 1, 1)
        self.register_buffer("permutation", permutation, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to the same, one map after the other, as the other shuffles make them."""
        return functional.conv2d(x, self.get_buffer("permutation")).contiguous()


# How a shuffle is written: over five dimensions, over four, or as a 1×1 convolution.
SHUFFLES = {"5d": ChannelShuffle, "4d": ChannelShuffle4d, "conv": ChannelShuffleConv}


def reshuffle(model: nn.Module, shuffle: str) -> None:
    """Put shuffles of another kind, one of SHUFFLES, in the place of a built-in model's; the logits stay the same.

    Raises DesignError for another kind, and where there is no shuffle.

    >>> from menet_design.models.menet import MEModule
    >>> unit = MEModule(24, 24, fusion=4, groups=3)
    >>> reshuffle(unit, "4d")
    >>> type(unit.residual.shuffle).__name__
    'ChannelShuffle4d'
    """
    check_known("shuffle", shuffle, tuple(SHUFFLES))
    found = [(name, module) for name, module in model.named_modules() if isinstance(module, ChannelShuffle)]
    if not found:
        raise lacking(type(model).__name__)
    like = next(model.parameters())
    for name, module in found:
        model.set_submodule(name, SHUFFLES[shuffle](module.channels, module.groups).to(like.device, like.dtype))


def lacking(name: str) -> DesignError:
    """The error of a model that has no shuffle to replace."""
    return DesignError(f"{name} has no channel shuffle of a built-in network", "Leave out --shuffle")
