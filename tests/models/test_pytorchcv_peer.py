"""pytorchcv wrote the same eight MENets independently: same parameters, and with its weights the same logits."""

import pytest
import pytorchcv.models.menet as peer  # not pytorchcv.model_provider, which needs torchvision
import torch
from torch import nn

from menet_design import build, count, load_checkpoint, parse

NAMES = [name for name in peer.__all__ if name.startswith("menet")]


def test_all_eight_released_networks_are_compared():
    assert len(NAMES) == 8


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    torch.manual_seed(0)
    theirs = getattr(peer, name)().double().eval()
    design = parse(name)
    assert count(design).params == sum(parameter.numel() for parameter in theirs.parameters())

    for norm in theirs.modules():  # fresh norms would pass everything on and hide an exchange of two of them
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.bias, -0.5, 0.5)
            nn.init.uniform_(norm.running_mean, -0.5, 0.5)
            nn.init.uniform_(norm.running_var, 0.5, 1.5)
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    ours = load_checkpoint(build(design).double(), tmp_path / "theirs.pth")

    images = torch.randn(1, 3, 224, 224, dtype=torch.float64)
    with torch.no_grad():
        expected, logits = theirs(images), ours(images)
    assert float(expected.std()) > 0.1
    torch.testing.assert_close(logits, expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))
