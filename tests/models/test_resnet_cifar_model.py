"""CIFAR ResNets in PyTorch: pytorchcv's have the parameters and logits of option B; the blocks computed again."""

import re

import pytest
import pytorchcv.models.resnet_cifar as peer
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cifar_resnets
from torch.nn import functional
from twins import assert_twins, from_file, randomise

from menet_design import build, parse, verify
from menet_design.models.resnet_cifar import BasicBlock
from menet_design.verification.influence import probe
from menet_design.zoo.resnet_cifar import ResNetCIFAR

# SVHN has as many classes as CIFAR-10, and pytorchcv's networks for it are the same. "bn" and 1001 have bottlenecks;
# 1202 takes long.
NAMES = [name for name in peer.__all__ if re.fullmatch("resnet(20|56|110)_cifar100?", name)]


def test_all_depths_of_basic_blocks_are_compared():
    assert len(NAMES) == 6


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    depth, _, classes = name.partition("_cifar")
    design = parse(f"{depth}_cifar10", classes=int(classes))
    assert_twins(design, getattr(peer, name), from_file(tmp_path / "theirs.pth"))


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


@settings(max_examples=5)
@given(cifar_resnets(resolutions=st.integers(32, 50)))
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch


@pytest.mark.parametrize("shortcut", ["3x3", "A", "B"])
def test_gradients_connect_the_channels_that_bit_sets_do(shortcut):
    assert probe(ResNetCIFAR(width=2, depth=14, shortcut=shortcut)).first_difference is None


@pytest.mark.parametrize("shortcut", ["3x3", "A"])
def test_gradients_reach_every_parameter(shortcut):
    torch.manual_seed(0)
    model = build(ResNetCIFAR(width=4, depth=8, shortcut=shortcut)).train()
    functional.cross_entropy(model(torch.randn(4, 3, 32, 32)), torch.arange(4)).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []
