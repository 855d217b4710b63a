"""The PyTorch models of the EffNet paper's networks: what their layers compute, and the proof of their cost."""

import pytest
import torch
from torch import Tensor, nn
from twins import randomise

from menet_design.models.effnet import EffNetBlock
from menet_design.models.effnet_shufflenet import Bottleneck

# The layers, computed a second time from shifted maps and matrix products.


def activated(x: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    """Leaky ReLU first, then batch norm."""
    x = torch.where(x > 0, x, 0.01 * x)
    scale = norm.weight / torch.sqrt(norm.running_var + 1e-5)
    return (x - norm.running_mean[:, None, None]) * scale[:, None, None] + norm.bias[:, None, None]


def mixed(x: Tensor, weight: Tensor) -> Tensor:
    return torch.einsum("oi,bihw->bohw", weight, x)


def shifted(x: Tensor, down: int, right: int) -> Tensor:
    """The map whose pixel (i, j) is the pixel (i + down, j + right) of another, zero outside."""
    padded = nn.functional.pad(x, (1, 1, 1, 1))
    height, width = x.shape[2:]
    return padded[:, :, 1 + down : 1 + down + height, 1 + right : 1 + right + width]


def effnet_block(x: Tensor, block: EffNetBlock) -> Tensor:
    x = activated(mixed(x, block.compress.weight[:, :, 0, 0]), block.compress_norm)
    row = block.row.weight[:, 0, 0]
    x = activated(sum(shifted(x, 0, j - 1) * row[:, j, None, None] for j in range(3)), block.row_norm)
    x = torch.maximum(x[:, :, 0::2], x[:, :, 1::2])
    column = block.column.weight[:, 0, :, 0]
    x = activated(sum(shifted(x, i - 1, 0) * column[:, i, None, None] for i in range(3)), block.column_norm)
    left, right = block.expand.weight[:, :, 0].unbind(2)
    return activated(mixed(x[..., 0::2], left) + mixed(x[..., 1::2], right), block.expand_norm)


@pytest.mark.parametrize("channels", [8, 24])
def test_an_effnet_block_computes_what_its_layers_say(channels):
    torch.manual_seed(0)
    block = randomise(EffNetBlock(5, channels).double().eval())
    images = torch.randn(2, 5, 8, 6, dtype=torch.float64)
    expected = effnet_block(images, block)
    assert expected.shape == (2, channels, 4, 3)
    torch.testing.assert_close(block(images), expected, rtol=1e-12, atol=1e-12)


def test_the_shuffle_connects_every_group_with_all():
    torch.manual_seed(0)
    bottleneck = randomise(Bottleneck(16, 64).double().eval())
    images = torch.randn(1, 16, 4, 4, dtype=torch.float64, requires_grad=True)
    for group in range(4):
        (gradient,) = torch.autograd.grad(bottleneck(images)[:, 16 * group : 16 * group + 16].sum(), images)
        assert gradient.abs().sum((0, 2, 3)).count_nonzero() == 16
