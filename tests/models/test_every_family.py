"""What holds for the PyTorch models of each family: they are proven, trained, and read back from a file."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import OF_FAMILY, smallest
from torch import nn
from torch.nn import functional

from menet_design import build, families, load_checkpoint, verify

every_family = pytest.mark.parametrize("family", families.FAMILIES)


@every_family
@settings(max_examples=2)
@given(data=st.data())
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(family, data):
    design = data.draw(OF_FAMILY[family])
    agreement = verify(design.but(resolution=32 + design.resolution % 39))
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch
    assert agreement.closed_form_params == agreement.params


@pytest.fixture(params=families.FAMILIES)
def design(request):
    return smallest(request.param)


def test_a_training_step_reaches_every_parameter_and_lowers_the_loss(design):
    torch.manual_seed(0)
    model = build(design)
    images, labels = torch.randn(4, 3, design.resolution, design.resolution), torch.arange(4)
    state = torch.get_rng_state()
    before = functional.cross_entropy(model(images), labels)
    before.backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()] == []
    assert [name for name, p in model.named_parameters() if not p.grad.any()] == []
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert all(norm.running_mean.any() and norm.num_batches_tracked == 1 for norm in norms)
    torch.optim.SGD(model.parameters(), lr=1e-4).step()
    torch.set_rng_state(state)  # the same dropout
    assert functional.cross_entropy(model(images), labels).item() < before.item()


def test_torch_func_maps_a_model_over_images(design):
    model = build(design).eval()
    images = torch.rand(2, 1, 3, design.resolution, design.resolution)
    with torch.no_grad():
        mapped = torch.func.vmap(model)(images)
        torch.testing.assert_close(mapped.flatten(0, 1), model(images.flatten(0, 1)))


def test_weights_survive_a_file(design, tmp_path):
    model, other = build(design).eval(), build(design).eval()
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    assert load_checkpoint(other, tmp_path / "weights.pth") is other
    images = torch.rand(2, 3, design.resolution, design.resolution)
    with torch.no_grad():
        assert torch.equal(model(images), other(images))
        assert model(images).shape == (2, 10)
