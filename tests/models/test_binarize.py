"""Pattern binarization: α·B is the least-squares optimum, and binarizes the weights that `size` counts."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cifar_resnets, designs, sepnets
from torch import nn

from menet_design import binarize, build, parse, size
from menet_design.errors import DesignError
from menet_design.models.binarize import pattern

WEIGHTS = st.floats(-4, 4, width=32)


SHAPES = ((1, 1, 3), (1, 2, 2), (2, 2, 2), (1, 3, 3))


@st.composite
def filters(draw):
    """A few filters of up to 9 weights, zeros among them."""
    channels, height, width = draw(st.sampled_from(SHAPES))
    weights = st.lists(WEIGHTS, min_size=channels * height * width, max_size=channels * height * width)
    values = draw(st.lists(weights, min_size=1, max_size=3))
    return torch.tensor(values).view(len(values), channels, height, width)


def squared_error(weight, scale, signs):
    return ((weight - scale * signs) ** 2).sum()


def least_error(weight):
    """The least squared error of any scale and any signs, found by trying all signs: the best scale is <W, B>/n."""
    flat, count = weight.flatten().double(), weight.numel()
    signs = torch.tensor(list(product((-1.0, 1.0), repeat=count)), dtype=torch.float64)
    scales = signs @ flat / count
    return ((flat - scales[:, None] * signs) ** 2).sum(dim=1).min()


@settings(max_examples=60)
@given(filters(), st.floats(-2, 2))
def test_a_pattern_is_the_least_squares_optimum(weight, perturbation):
    found = pattern(weight.double())
    for original, binarized in zip(weight.double(), found, strict=True):
        error = ((original - binarized) ** 2).sum()
        torch.testing.assert_close(error, least_error(original), rtol=1e-9, atol=1e-12)
        # No other scale does better with the signs found, whatever it is.
        scale, signs = binarized.abs().max(), torch.where(original < 0, -1.0, 1.0).double()
        assert squared_error(original, scale + perturbation, signs) >= error - 1e-12


def test_a_pattern_by_hand():
    weight = torch.tensor([[[[0.5, -1.0], [0.0, 2.5]]], [[[-3.0, -1.0], [-0.0, 0.0]]]])
    # The means of |W| are 4/4 and 4/4; the sign of both zeros is +1.
    expected = torch.tensor([[[[1.0, -1.0], [1.0, 1.0]]], [[[-1.0, -1.0], [1.0, 1.0]]]])
    assert torch.equal(pattern(weight), expected)


@given(filters())
def test_a_pattern_is_its_own_pattern(weight):
    once = pattern(weight)
    assert once.dtype == torch.float32
    # All weights of a filter have one absolute value, which is the mean of |W|.
    assert torch.equal(once.abs(), once.abs()[:, :1, :1, :1].expand_as(once))
    assert torch.equal(pattern(once), once)


def changed(model, other):
    """The layers whose weights differ, with how many weights they have."""
    pairs = zip(model.named_parameters(), other.parameters(), strict=True)
    return {name.removesuffix(".weight"): one.numel() for (name, one), two in pairs if not torch.equal(one, two)}


@settings(max_examples=8)
@given(st.one_of(designs(resolutions=st.just(32)), cifar_resnets(), sepnets(resolutions=st.just(32))))
def test_as_many_weights_are_binarized_as_size_counts(design):
    model = build(design)
    assert sum(changed(model, binarize(model)).values()) == size(design, "pattern").binarized


@pytest.mark.parametrize(
    ("name", "layers", "binarized"),
    [
        # arXiv 1706.03912: of ResNet-20 the residual branches, of SEP-Net the published k×k kernels.
        ("ResNet-20-3x3", ["*.residual.*"], 267_264),
        ("ResNet-20-3x3", None, 290_736),
        ("SEP-Net", None, 280_128),
        ("GoogLeNet", ["*.branch3x3.*", "*.branch5x5.*"], 6_990_272 - 3_404_480),
    ],
)
def test_the_published_numbers_of_weights_are_binarized(name, layers, binarized):
    design = parse(name)
    model = build(design)
    assert sum(changed(model, binarize(model, layers)).values()) == binarized
    assert size(design, "pattern", layers).binarized == binarized


def test_pointwise_and_fully_connected_layers_are_untouched_and_so_is_the_model():
    model = build(parse("SEP-Net"))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    layers = changed(model, binarize(model))
    kernels = {name for name, module in model.named_modules() if getattr(module, "kernel_size", (1, 1)) != (1, 1)}
    assert set(layers) == kernels - {"classifier.pool"}
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_a_binarized_model_is_trained_and_run_as_before():
    model = build(parse("ResNet-20"))
    binarized = binarize(model)
    assert binarized.training
    assert all(parameter.requires_grad for parameter in binarized.parameters())
    assert binarized(torch.rand(2, 3, 32, 32)).shape == (2, 10)


def test_any_model_is_binarized():
    model = nn.Sequential(nn.Conv2d(2, 3, (1, 3)), nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 3, groups=4).half())
    assert set(changed(model, binarize(model))) == {"0", "2"}
    assert set(changed(model, binarize(model, "2"))) == {"2"}
    assert binarize(model)[2].weight.dtype == torch.float16


def test_a_name_that_no_kernel_has_is_refused():
    with pytest.raises(DesignError, match=r"no layer with k×k kernels is named 'residual'. Known: stage1\.conv, "):
        binarize(build(parse("ResNet-20")), ["residual"])
