"""CIFAR ResNets in PyTorch: their units computed again, of each kind, in each order and with each kind of shortcut."""

import pytest
import torch
from torch.nn import functional
from twins import randomise

from menet_design.families.resnet_cifar import ORDERS, SHORTCUTS, ResNetCIFAR
from menet_design.models.resnet_cifar import unit


def norm(x, batch_norm):
    return functional.batch_norm(x, batch_norm.running_mean, batch_norm.running_var, batch_norm.weight, batch_norm.bias)


def convolved(x, conv):
    return functional.conv2d(x, conv.weight, stride=conv.stride, padding=conv.padding)


def branch(x, residual, order, layers):
    """The convolutions of a residual branch, with norms and ReLUs before each or after each."""
    for index in range(1, layers + 1):
        conv, normed = getattr(residual, f"conv{index}"), getattr(residual, f"norm{index}")
        if order == "pre":
            x = convolved(norm(x, normed).clamp(min=0), conv)
        else:
            x = norm(convolved(x, conv), normed)
            x = x.clamp(min=0) if index < layers else x
    return x


@pytest.mark.parametrize("size", [6, 7])
@pytest.mark.parametrize("shortcut", [*SHORTCUTS, None])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("kind", "layers", "wide"), [("basic", 2, 1), ("bottleneck", 3, 4)])
def test_a_unit_adds_its_shortcut(kind, layers, wide, order, shortcut, size):
    torch.manual_seed(0)
    width, stride = (6, 2) if shortcut else (3, 1)
    before = 3 * wide
    design = ResNetCIFAR(unit=kind, order=order, shortcut=shortcut)
    block = randomise(unit(design, before, width, stride).double().eval())
    x = torch.randn(2, before, size, size, dtype=torch.float64)
    read = x if order == "post" else norm(x, block.residual.norm1).clamp(min=0)
    if shortcut is None:
        passed = x
    elif shortcut == "A":
        small = read[:, :, ::2, ::2]
        zeros = torch.zeros(2, width * wide - before, *small.shape[2:], dtype=torch.float64)
        first, last = zeros.tensor_split([zeros.shape[1] // 2], dim=1)
        passed = torch.cat([first, small, last], dim=1)
    else:
        padding = {"3x3": 1, "B": 0}[shortcut]
        passed = functional.conv2d(read, block.shortcut.conv.weight, stride=2, padding=padding)
        passed = norm(passed, block.shortcut.norm) if order == "post" else passed
    expected = branch(x, block.residual, order, layers) + passed
    expected = expected.clamp(min=0) if order == "post" else expected
    torch.testing.assert_close(block(x), expected, rtol=1e-12, atol=1e-12)
