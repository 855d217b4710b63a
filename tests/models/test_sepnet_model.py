"""SEP-Net in PyTorch: its module computed again from the paper's equation, and every layer against the closed form."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import sepnets
from torch.nn import functional
from twins import randomise

from menet_design import build, count, load_checkpoint, verify
from menet_design.models.sepnet import PatternResidualBlock, SEPModule
from menet_design.verification.influence import probe
from menet_design.zoo.sepnet import SEPNet

SMALL = SEPNet(width=16, resolution=32, classes=4)


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


@settings(max_examples=4)
@given(sepnets(resolutions=st.integers(32, 70)))
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch


def test_the_models_layers_are_the_architectures_rows_with_parameters():
    layers = {key.rpartition(".")[0] for key in build(SMALL).state_dict()}
    assert layers == {row.name for row in count(SMALL).rows if row.params}


def test_gradients_connect_the_channels_that_bit_sets_do():
    assert probe(SMALL).first_difference is None


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    model = build(SMALL).train()
    functional.cross_entropy(model(torch.randn(4, 3, 32, 32)), torch.arange(4)).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("resolution", [32, 50])
def test_weights_survive_a_file(tmp_path, resolution):
    torch.manual_seed(0)
    model, other = (build(SMALL.but(resolution=resolution)) for _ in range(2))
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    load_checkpoint(other, tmp_path / "weights.pth")
    images = torch.rand(1, 3, resolution, resolution)
    with torch.no_grad():
        assert torch.equal(model(images), other(images))
