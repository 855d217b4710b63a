"""ShuffleNet in PyTorch: pytorchcv's same networks give the same logits, and random designs are proven."""

import pytest
import pytorchcv.models.shufflenet as peer
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import shufflenets
from torch import nn

from menet_design import build, count, formula, load_checkpoint, parse, probe, verify

# The scales whose stem is that of the paper; pytorchcv scales the stem of 0.75× and 0.25×, too.
NAMES = [f"shufflenet_g{groups}_w1" for groups in (1, 2, 3, 4, 8)] + ["shufflenet_g3_wd2"]


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    torch.manual_seed(0)
    theirs = getattr(peer, name)().eval()
    design = parse(name)
    assert count(design).params == sum(parameter.numel() for parameter in theirs.parameters())

    for norm in theirs.modules():  # fresh norms would pass everything on and hide an exchange of two of them
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.bias, -0.5, 0.5)
            nn.init.uniform_(norm.running_mean, -0.5, 0.5)
            nn.init.uniform_(norm.running_var, 0.5, 1.5)
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    ours = load_checkpoint(build(design), tmp_path / "theirs.pth")

    images = torch.randn(1, 3, 224, 224, dtype=torch.float64)
    with torch.no_grad():
        expected, logits = theirs.double()(images), ours.double()(images)
    assert float(expected.std()) > 0.1
    torch.testing.assert_close(logits, expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))


@settings(max_examples=6)
@given(shufflenets(resolutions=st.integers(32, 70)))
def test_closed_form_fvcore_and_torch_agree_on_every_legal_design(design):
    agreement = verify(design)
    assert agreement.first_disagreement is None
    assert agreement.closed_form == agreement.fvcore == agreement.torch


@settings(max_examples=10)
@given(shufflenets(resolutions=st.sampled_from([32, 96, 224])))
def test_the_formula_is_the_count(design):
    numbers = {"w": design.width, "g": design.groups, "c": design.stem, "r": design.resolution, "n": design.classes}
    found, cost = formula("shufflenet").at(**numbers), count(design)
    assert (found.macs, found.params) == (cost.macs, cost.params)


def test_gradients_connect_the_channels_that_bit_sets_do():
    assert probe(parse("24-ShuffleNet/3", classes=5)).agrees
