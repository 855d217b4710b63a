"""ShuffleNet in PyTorch: pytorchcv's same networks give the same logits, and random designs are proven."""

import pytest
import pytorchcv.models.shufflenet as peer
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import shufflenets
from twins import assert_twins, from_file

from menet_design import count, formula, parse, probe, verify

NAMES = [name for name in peer.__all__ if name.startswith("shufflenet")]
# pytorchcv scales the stem with the network; at 0.75× and 0.25× it is not the one that is taken for granted here.
STEMS = {
    "shufflenet_g1_w3d4": {"stem": 18},
    "shufflenet_g3_w3d4": {"stem": 18},
    "shufflenet_g1_wd4": {"stem": 6},
    "shufflenet_g3_wd4": {"stem": 6},
}


def test_all_eleven_networks_are_compared():
    assert len(NAMES) == 11


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    assert_twins(parse(name, **STEMS.get(name, {})), getattr(peer, name), from_file(tmp_path / "theirs.pth"))


@settings(max_examples=4)
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
