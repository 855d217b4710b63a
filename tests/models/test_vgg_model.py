"""VGG-16 in PyTorch: what a comparison with pytorchcv's does not show."""

import pytest
import torch

from menet_design import build, verify
from menet_design.families.vgg import VGGNet

SMALL = VGGNet(width=4, resolution=32, classes=10)


def test_every_layer_is_compared_and_biases_start_at_zero():
    # 13 convolutions, 5 pools and 3 fully connected layers.
    assert verify(SMALL).layers_compared == 21
    assert not any(p.any() for name, p in build(SMALL).named_parameters() if name.endswith("bias"))


@pytest.mark.parametrize("training", [True, False])
def test_dropout_is_for_training_alone(training):
    model = build(SMALL).train(training)
    images = torch.rand(1, 3, 32, 32)
    torch.manual_seed(0)
    assert torch.equal(model(images), model(images)) == (not training)
