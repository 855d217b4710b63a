"""The hand-written GoogLeNet against its paper's figures, computed a second time, and against the architecture."""

import warnings

import foreign
import pytest
import torch
from torch import nn
from torch.nn import functional
from twins import assert_twins

from menet_design import build, parse
from menet_design.families.googlenet import GoogLeNet
from menet_design.models.googlenet import Inception

SMALL = GoogLeNet(resolution=64, classes=10)


def convolved(x, weights, name, stride=1):
    """A convolution with as much padding as its kernel has on each side of its middle, bias and ReLU."""
    kernel = weights[f"{name}.weight"]
    around = kernel.shape[2] // 2
    made = functional.conv2d(functional.pad(x, [around] * 4), kernel, stride=stride)
    return (made + weights[f"{name}.bias"][:, None, None]).clamp(min=0)


def pooled(x, stride, before):
    """Maxima of 3×3 windows; the first begins `before` the map, the last may end behind it."""
    after = 3 if before == 0 else before
    windows = functional.pad(x, [before, after] * 2, value=-torch.inf).unfold(2, 3, stride).unfold(3, 3, stride)
    height, width = (size // 2 if stride == 2 else size for size in x.shape[2:])
    return windows[:, :, :height, :width].amax(dim=(4, 5))


def inception(x, weights, name):
    """Fig. 2b: 1×1; 1×1 and 3×3; 1×1 and 5×5; 3×3 max pool and 1×1."""
    branches = [
        convolved(x, weights, f"{name}branch1x1.conv"),
        convolved(convolved(x, weights, f"{name}branch3x3.reduce"), weights, f"{name}branch3x3.conv"),
        convolved(convolved(x, weights, f"{name}branch5x5.reduce"), weights, f"{name}branch5x5.conv"),
        convolved(pooled(x, 1, 1), weights, f"{name}branch_pool.project"),
    ]
    return torch.cat(branches, dim=1)


def googlenet(x, weights):
    """Table 1 from top to bottom."""
    x = pooled(convolved(x, weights, "stage1.conv", stride=2), 2, 0)
    x = pooled(convolved(convolved(x, weights, "stage2.reduce"), weights, "stage2.conv"), 2, 0)
    for module in ("3.a", "3.b", "pool", "4.a", "4.b", "4.c", "4.d", "4.e", "pool", "5.a", "5.b"):
        x = pooled(x, 2, 0) if module == "pool" else inception(x, weights, f"stage{module}.")
    return x.mean(dim=(2, 3)) @ weights["classifier.fc.weight"].T + weights["classifier.fc.bias"]


def with_biases(model):
    """Fresh biases are zero, and would hide where they are added."""
    for name, parameter in model.named_parameters():
        if name.endswith(".bias"):
            nn.init.uniform_(parameter, -0.2, 0.2)
    return model.double()


def test_a_module_computes_figure_2b():
    torch.manual_seed(0)
    module = with_biases(Inception(8, 3, (4, 5), (2, 6), 7, normed=False))
    images = torch.randn(2, 8, 6, 5, dtype=torch.float64)
    expected = inception(images, module.state_dict(), "")
    assert expected.shape == (2, 3 + 5 + 6 + 7, 6, 5)
    torch.testing.assert_close(module(images), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("resolution", [64, 75])
def test_the_network_computes_table_1(resolution):
    torch.manual_seed(0)
    model = with_biases(build(SMALL.but(resolution=resolution)).eval())
    images = torch.randn(2, 3, resolution, resolution, dtype=torch.float64)
    with torch.no_grad():
        logits, expected = model(images), googlenet(images, model.state_dict())
    assert float(expected.std()) > 0.1
    torch.testing.assert_close(logits, expected, rtol=1e-9, atol=1e-9)


def test_the_other_variant_is_torchvisions():
    foreign.import_libraries()
    from torchvision.models import googlenet as make

    def load(model, tensors):
        """Their layers stand in the order of ours."""
        model.load_state_dict(dict(zip(model.state_dict(), tensors.values(), strict=True)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its initialisation
        assert_twins(parse("GoogLeNet-3x3"), lambda: make(aux_logits=False, init_weights=False), load)


def test_dropout_is_the_papers_and_silent_in_evaluation():
    # Table 1: dropout (40%) before the classifier.
    model = build(SMALL).eval()
    assert [module.p for module in model.modules() if isinstance(module, nn.Dropout)] == [0.4]
    images = torch.rand(1, 3, 64, 64)
    assert torch.equal(model(images), model(images))
