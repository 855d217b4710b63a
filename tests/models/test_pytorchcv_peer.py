"""pytorchcv wrote the same eight MENets independently: same parameters, and with its weights the same logits."""

import pytest
import pytorchcv.models.menet as peer  # not pytorchcv.model_provider, which needs torchvision
from twins import assert_twins, from_file

from menet_design import parse

NAMES = [name for name in peer.__all__ if name.startswith("menet")]


def test_all_eight_released_networks_are_compared():
    assert len(NAMES) == 8


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    assert_twins(parse(name), getattr(peer, name), from_file(tmp_path / "theirs.pth"))
