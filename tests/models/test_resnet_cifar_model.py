"""CIFAR ResNets in PyTorch: their blocks computed again, with each kind of shortcut."""

import pytest
import torch
from torch.nn import functional
from twins import randomise

from menet_design.models.resnet_cifar import BasicBlock


def norm(x, batch_norm):
    return functional.batch_norm(x, batch_norm.running_mean, batch_norm.running_var, batch_norm.weight, batch_norm.bias)


@pytest.mark.parametrize("size", [6, 7])
@pytest.mark.parametrize("shortcut", ["3x3", "A", "B", None])
def test_a_block_adds_its_shortcut(shortcut, size):
    torch.manual_seed(0)
    channels, stride = (6, 2) if shortcut else (3, 1)
    block = randomise(BasicBlock(3, channels, shortcut).double().eval())
    x = torch.randn(2, 3, size, size, dtype=torch.float64)
    y = functional.conv2d(x, block.residual.conv1.weight, stride=stride, padding=1)
    y = functional.conv2d(norm(y, block.residual.norm1).clamp(min=0), block.residual.conv2.weight, padding=1)
    if shortcut is None:
        passed = x
    elif shortcut == "A":
        passed = torch.cat([x[:, :, ::2, ::2], torch.zeros_like(x[:, :, ::2, ::2])], dim=1)
    else:
        padding = {"3x3": 1, "B": 0}[shortcut]
        passed = functional.conv2d(x, block.shortcut.conv.weight, stride=2, padding=padding)
        passed = norm(passed, block.shortcut.norm)
    expected = (norm(y, block.residual.norm2) + passed).clamp(min=0)
    torch.testing.assert_close(block(x), expected, rtol=1e-12, atol=1e-12)
