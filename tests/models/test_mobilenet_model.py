"""MobileNet in PyTorch: pytorchcv's same networks give the same logits, and random designs are proven."""

import pytest
import pytorchcv.models.mobilenet as peer
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import mobilenets
from torch.nn import functional
from twins import assert_twins, from_file

from menet_design import build, parse, verify
from menet_design.verification.influence import probe
from menet_design.zoo.mobilenet import MobileNet

NAMES = ["mobilenet_w1", "mobilenet_w3d4", "mobilenet_wd2", "mobilenet_wd4"]


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    assert_twins(parse(name), getattr(peer, name), from_file(tmp_path / "theirs.pth"))


@settings(max_examples=4)
@given(mobilenets(resolutions=st.integers(32, 70)))
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch


def test_every_layer_is_compared():
    # 27 convolutions with their norms, the pool and the classifier.
    assert verify(MobileNet(width=4, resolution=32)).layers_compared == 27 * 2 + 2


def test_gradients_connect_the_channels_that_bit_sets_do():
    design = MobileNet(width=4, resolution=64)
    proof = probe(design)
    assert (proof.agrees, proof.design) == (True, design)


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    model = build(MobileNet(width=8, resolution=64, classes=10)).train()
    functional.cross_entropy(model(torch.randn(4, 3, 64, 64)), torch.arange(4)).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []
