"""The hand-written PyTorch modules against the paper's figures, and their layers against the architecture's."""

import sys

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from twins import randomise

from menet_design import build
from menet_design.errors import MissingPackage
from menet_design.families.menet import MENet
from menet_design.models.layers import ChannelShuffle
from menet_design.models.menet import MEModule

SMALL = MENet(width=48, fusion=4, groups=3, stem=12, resolution=64, classes=10)


# The shuffle (Fig. 1)


def test_the_shuffle_of_nine_channels_in_three_groups_is_figure_1():
    channels = torch.arange(9.0).view(1, 9, 1, 1)
    # Fig. 1: each group of the next convolution receives one channel of each group {0, 1, 2}, {3, 4, 5}, {6, 7, 8}.
    assert ChannelShuffle(9, 3)(channels).flatten().tolist() == [0, 3, 6, 1, 4, 7, 2, 5, 8]


def test_the_shuffle_moves_whole_channels_as_torchs_own_does():
    images = torch.rand(2, 12, 3, 5)
    assert torch.equal(ChannelShuffle(12, 4)(images), nn.ChannelShuffle(4)(images))


# The modules (Fig. 3), computed a second time from Eq. 4 to 7


def pointwise(x: Tensor, conv: nn.Conv2d, groups: int) -> Tensor:
    """A grouped 1×1 convolution as one matrix product a group."""
    weights = conv.weight[:, :, 0, 0].chunk(groups)
    parts = x.chunk(groups, dim=1)
    return torch.cat([torch.einsum("oi,bihw->bohw", *pair) for pair in zip(weights, parts, strict=True)], dim=1)


def depthwise(x: Tensor, conv: nn.Conv2d, stride: int) -> Tensor:
    """A 3×3 window over each channel by itself."""
    channels = [
        functional.conv2d(x[:, [i]], conv.weight[[i]], stride=stride, padding=1) for i in range(conv.weight.shape[0])
    ]
    return torch.cat(channels, dim=1)


def norm(x: Tensor, batch_norm: nn.BatchNorm2d) -> Tensor:
    scale = batch_norm.weight / torch.sqrt(batch_norm.running_var + 1e-5)
    return (x - batch_norm.running_mean[:, None, None]) * scale[:, None, None] + batch_norm.bias[:, None, None]


def shuffled(x: Tensor, groups: int) -> Tensor:
    size = x.shape[1] // groups
    return x[:, [group * size + index for index in range(size) for group in range(groups)]]


def average_pool(x: Tensor) -> Tensor:
    """3×3 windows with stride 2; the zeros around the map count, so that each is a sum of nine over nine."""
    windows = functional.pad(x, (1, 1, 1, 1)).unfold(2, 3, 2).unfold(3, 3, 2)
    return windows.sum(dim=(4, 5)) / 9


def me_module(x: Tensor, module: MEModule, groups: int, first_groups: int, stride: int, combine: str) -> Tensor:
    residual, fusion = module.residual, module.fusion
    squeezed = norm(pointwise(x, residual.compress, first_groups), residual.compress_norm).clamp(min=0)
    squeezed = shuffled(squeezed, groups)
    # Eq. 4, merging: z sees every channel.
    z = norm(pointwise(squeezed, fusion.merge, 1), fusion.merge_norm).clamp(min=0)
    # Eq. 5, evolution: a 3×3 convolution, which carries the stride; 1×1 back to the bottleneck.
    evolved = functional.conv2d(z, fusion.evolve.weight, stride=stride, padding=1)
    evolved = norm(evolved, fusion.evolve_norm).clamp(min=0)
    matched = norm(pointwise(evolved, fusion.match, 1), fusion.match_norm)
    # No ReLU after the depthwise convolution.
    transformed = norm(depthwise(squeezed, residual.depthwise, stride), residual.depthwise_norm)
    # Eq. 6 and 7 with the product; Table VII adds, without a sigmoid.
    fused = transformed + matched if combine == "add" else transformed / (1 + torch.exp(-matched))
    expanded = norm(pointwise(fused, residual.expand, groups), residual.expand_norm)
    # Fig. 3: add to the identity or, when downsampling, stand before its average pool.
    joined = expanded + x if stride == 1 else torch.cat([expanded, average_pool(x)], dim=1)
    return joined.clamp(min=0)


@pytest.mark.parametrize("combine", ["product", "add"])
@pytest.mark.parametrize(
    ("in_channels", "first_groups", "stride", "size"),
    [(24, 3, 1, 5), (12, 3, 2, 6), (12, 1, 2, 7)],
    ids=["standard", "downsampling", "the first of stage 2"],
)
def test_a_module_computes_equations_4_to_7(combine, in_channels, first_groups, stride, size):
    torch.manual_seed(0)
    module = MEModule(in_channels, 24, 5, 3, first_groups=first_groups, stride=stride, combine=combine)
    randomise(module.double().eval())
    images = torch.randn(2, in_channels, size, size, dtype=torch.float64)
    expected = me_module(images, module, 3, first_groups, stride, combine)
    assert expected.shape == (2, 24, -(-size // stride), -(-size // stride))
    torch.testing.assert_close(module(images), expected, rtol=1e-12, atol=1e-12)


def test_modules_group_their_pointwise_convolutions_as_their_neighbours_do_unless_told():
    # 24 channels compressed to a quarter in 3 groups: 6 filters over 8 channels each.
    assert MEModule(24, 24, 5, 3).residual.compress.weight.shape == (6, 8, 1, 1)


def test_an_unknown_combination_is_refused_and_not_taken_for_the_product():
    with pytest.raises(ValueError, match="sum"):
        MEModule(24, 24, 5, 3, combine="sum")


# The network (Table I)


def test_the_shuffle_of_the_first_module_of_stage_2_keeps_its_groups():
    model = build(SMALL).eval()
    squeeze = model.stage2[0].residual
    nn.init.dirac_(squeeze.compress.weight)  # 12 channels to 12, ungrouped: passes each channel on
    channels = torch.arange(1.0, 13.0).view(1, 12, 1, 1)
    expected = [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]  # 12 channels in 3 groups of 4, read column by column
    assert squeeze.squeeze(channels).flatten().tolist() == pytest.approx(expected, rel=1e-4)


def test_fresh_weights_have_the_variance_of_the_authors_fan_out_initialisation():
    torch.manual_seed(0)
    weight = build(MENet(width=228, fusion=12, groups=3, stem=24)).stage4[1].residual.expand.weight
    # He et al.: variance 2 / fan-out; a 1×1 convolution to 912 channels has fan-out 912. its estimate from n
    # draws has a relative deviation of (2/n)^(1/2), 0.5 % here.
    assert weight.numel() == 912 * 228 // 3
    assert weight.detach().var().item() == pytest.approx(2 / 912, rel=0.03)


def test_building_without_torch_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "menet_design.models.menet")
    monkeypatch.setitem(sys.modules, "torch", None)  # an import of torch now fails as if it were not installed
    with pytest.raises(MissingPackage, match=r"needs torch, .*menet-design\[torch\]"):
        build(SMALL)
