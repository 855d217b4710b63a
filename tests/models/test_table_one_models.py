"""ResNet-15, Xception-15 and ResNeXt-15 in PyTorch against networks put together from pytorchcv's units."""

from functools import partial

import pytest
import torch
from pytorchcv.models.resnet import ResBottleneck, ResUnit
from pytorchcv.models.resnext import ResNeXtBottleneck, ResNeXtUnit, conv1x1_block
from pytorchcv.models.shufflenet import ShuffleNet
from torch import nn
from torch.nn import functional
from twins import assert_twins, from_file

from menet_design import parse

NAMES = [
    "96-ResNet-15",
    "48-ResNet-15",
    "48-ResNet-15-concat",
    "144-Xception-15",
    "72-Xception-15",
    "96-ResNeXt-15",
    "48-ResNeXt-15",
    "48-ResNeXt-15-projection/8",
]


class ConcatUnit(nn.Module):
    """A bottleneck of pytorchcv's that makes room for its pooled input and appends it."""

    def __init__(self, body, bottleneck, emitted):
        super().__init__()
        body.conv3 = conv1x1_block(in_channels=bottleneck, out_channels=emitted, activation=None)
        self.body = body

    def forward(self, x):
        pooled = functional.avg_pool2d(x, kernel_size=3, stride=2, padding=1)
        return functional.relu(torch.cat([self.body(x), pooled], dim=1))


def unit(design, before, channels, stride, groups):
    """A unit of pytorchcv's; its group width is a share of 1/64 of a quarter of the channels, for each group."""
    resnet = design.family == "resnet15"
    sizes = (before, channels, stride) if resnet else (before, channels, stride, groups, 128 / groups)
    if stride == 2 and design.downsampling == "concat":
        body = (ResBottleneck if resnet else ResNeXtBottleneck)(*sizes)
        return ConcatUnit(body, channels // (4 if resnet else 2), channels - before)
    return (ResUnit if resnet else ResNeXtUnit)(*sizes)


def peer(design):
    """ShuffleNet with one group, which is Xception-15; with its units replaced by others, the other two."""
    widths = [design.width * 2**stage for stage in range(3)]
    channels = [[width] * units for width, units in zip(widths, (4, 8, 4), strict=True)]
    model = ShuffleNet(channels, init_block_channels=design.stem, groups=1)
    if design.family == "xception15":
        return model
    before = design.stem
    for stage, width in enumerate(widths):
        groups = design.numbers().get("stage2_groups" if stage == 0 else "cardinality", 1)
        for index, name in enumerate(model.features[stage + 1]._modules):
            stride = 2 if index == 0 else 1
            model.features[stage + 1]._modules[name] = unit(design, before, width, stride, groups)
            before = width
    return model


@pytest.mark.parametrize("name", NAMES)
def test_pytorchcv_agrees(name, tmp_path):
    design = parse(name)
    assert_twins(design, partial(peer, design), from_file(tmp_path / "theirs.pth"))
