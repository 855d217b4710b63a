"""A network that others wrote and ours: the same number of parameters and, with its weights, the same logits."""

import torch
from safetensors.torch import save_file
from torch import nn

from menet_design import build, count, load_checkpoint


def randomise(module):
    """Give every norm its own scale, shift and statistics and every layer its biases: fresh ones would hide a swap."""
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for values in (layer.weight, layer.running_var):
                nn.init.uniform_(values, 0.5, 1.5)
            for values in (layer.bias, layer.running_mean):
                nn.init.uniform_(values, -0.5, 0.5)
        elif getattr(layer, "bias", None) is not None:
            nn.init.uniform_(layer.bias, -0.1, 0.1)
    return module


def shapes(tensors):
    """Their shapes, by name, of the tensors of which a network consists."""
    return {name: tuple(each.shape) for name, each in tensors.items() if not name.endswith("num_batches_tracked")}


def from_file(path, **reading):
    """Weights on their way through a file, of safetensors or of torch.save, in which their layers are found."""

    def load(model, tensors):
        if path.suffix == ".safetensors":
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
        else:
            torch.save(tensors, path)
        load_checkpoint(model, path, **reading)

    return load


def settle(network, images):
    """Give the norms the statistics of images: with any others a thousand layers blow up and hide their biases."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    if norms:
        network.train()(images)
    return network.eval()


@torch.no_grad()
def assert_twins(design, make, load):
    """Compare their network, which `make` makes, with ours, into which `load` puts their weights, in float64."""
    torch.manual_seed(0)
    shape = (1, 3, design.resolution, design.resolution)
    theirs, ours = randomise(make().double()), build(design).double().eval()
    assert count(design).params == sum(parameter.numel() for parameter in theirs.parameters())
    settle(theirs, torch.randn(shape, dtype=torch.float64))
    load(ours, theirs.state_dict())
    images = torch.randn(shape, dtype=torch.float64)
    expected, logits = theirs(images), ours(images)
    assert float(expected.std()) > 0.1
    torch.testing.assert_close(logits, expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))
