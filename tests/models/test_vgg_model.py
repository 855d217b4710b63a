"""VGG-16 in PyTorch: pytorchcv's network has its parameters and, with its weights, its logits."""

import pytest
import pytorchcv.models.vgg as peer
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import vggs
from torch.nn import functional
from twins import assert_twins

from menet_design import build, load_checkpoint, parse, verify
from menet_design.models.vgg import rename_key
from menet_design.verification.influence import probe
from menet_design.zoo.vgg import VGGNet

SMALL = VGGNet(width=2, resolution=32, classes=10)


def renamed(tensors):
    return {rename_key(key): tensor for key, tensor in tensors.items()}


def test_pytorchcv_agrees():
    """The whole network, on its peer's weights, passed tensor by tensor: a file would have a gigabyte."""

    def load(model, tensors):
        model.load_state_dict(renamed(tensors), assign=True)

    assert_twins(parse("vgg16"), peer.vgg16, load)


def test_pytorchcvs_weights_are_read_from_a_file(tmp_path):
    theirs = peer.VGG(channels=[[4] * 2, [8] * 2, [16] * 3, [32] * 3, [32] * 3], num_classes=10)
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    ours = load_checkpoint(build(VGGNet(width=4, classes=10)), tmp_path / "theirs.pth")
    expected = renamed(theirs.state_dict())
    assert expected.keys() == ours.state_dict().keys()
    assert all(torch.equal(expected[key], tensor) for key, tensor in ours.state_dict().items())


@settings(max_examples=4)
@given(vggs(resolutions=st.integers(32, 70)))
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch


def test_every_layer_is_compared():
    # 13 convolutions, 5 pools and 3 fully connected layers.
    assert verify(SMALL).layers_compared == 21


def test_gradients_connect_the_channels_that_bit_sets_do():
    proof = probe(SMALL.but(width=1, classes=2))
    assert proof.first_difference is None


def test_biases_start_at_zero_and_gradients_reach_every_parameter():
    torch.manual_seed(0)
    model = build(SMALL.but(width=4))
    assert not any(p.any() for name, p in model.named_parameters() if name.endswith("bias"))
    functional.cross_entropy(model.train()(torch.randn(4, 3, 32, 32)), torch.arange(4)).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("training", [True, False])
def test_dropout_is_for_training_alone(training):
    model = build(SMALL).train(training)
    images = torch.rand(1, 3, 32, 32)
    torch.manual_seed(0)
    assert torch.equal(model(images), model(images)) == (not training)
