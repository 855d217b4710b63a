"""SEP-Net in PyTorch: its module computed again from the paper's equation."""

import torch
from torch.nn import functional
from twins import randomise

from menet_design.models.sepnet import PatternResidualBlock, SEPModule


def norm(x, batch_norm):
    scale = batch_norm.weight / torch.sqrt(batch_norm.running_var + 1e-5)
    return (x - batch_norm.running_mean[:, None, None]) * scale[:, None, None] + batch_norm.bias[:, None, None]


def block(x, prb):
    """O(x) = C_3×3(x) + C_1×1(x), each group of a quarter of the channels by itself."""
    parts = []
    for pattern, transform, group in zip(
        prb.pattern.weight.chunk(4), prb.transform.weight.chunk(4), x.chunk(4, dim=1), strict=True
    ):
        one = torch.einsum("oi,bihw->bohw", transform[:, :, 0, 0], group)
        parts.append(functional.conv2d(group, pattern, padding=1) + one)
    return norm(torch.cat(parts, dim=1), prb.norm).clamp(min=0)


def test_a_pattern_residual_block_is_the_papers_sum():
    torch.manual_seed(0)
    prb = randomise(PatternResidualBlock(8, 4).double().eval())
    x = torch.randn(2, 8, 5, 6, dtype=torch.float64)
    torch.testing.assert_close(prb(x), block(x, prb), rtol=1e-12, atol=1e-12)


def test_a_module_reduces_transforms_recovers_and_adds_its_input():
    torch.manual_seed(0)
    module = randomise(SEPModule(16).double().eval())
    residual = module.residual
    x = torch.randn(2, 16, 5, 5, dtype=torch.float64)
    y = norm(functional.conv2d(x, residual.reduce.weight), residual.reduce_norm).clamp(min=0)
    y = block(block(y, residual.first), residual.second)
    y = norm(functional.conv2d(y, residual.recover.weight), residual.recover_norm)
    torch.testing.assert_close(module(x), (y + x).clamp(min=0), rtol=1e-12, atol=1e-12)
