"""Detectors against hand counts, the networks that they are cut from, and fvcore on PyTorch's modules."""

import pytest
import torch
from foreign import import_libraries
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from menet_design import FasterRCNN, build, count, detect, parse
from menet_design.errors import DesignError, IllegalDesign
from menet_design.resolving import network
from menet_design.verification.counters import count_with_fvcore

# The backbones of Table VIII.
BACKBONES = {
    "0.5MobileNet-224": ("conv1", "stage1", "stage2", "stage3", "stage4"),
    "ShuffleNet-1x/3": ("stage1", "stage2", "stage3"),
    "352-MENet-12x1/8": ("stage1", "stage2", "stage3"),
    "1.0MobileNet-224": ("conv1", "stage1", "stage2", "stage3", "stage4"),
    "ShuffleNet-2x/3": ("stage1", "stage2", "stage3"),
    "456-MENet-24x1/3": ("stage1", "stage2", "stage3"),
}
SHUFFLENET = "ShuffleNet-1x/3"
SMALL = ("0.25MobileNet-224", "ShuffleNet-0.5x/3", "24-MENet-2x1/3")
every_backbone = pytest.mark.parametrize("name", BACKBONES)


def parts_of(name, **numbers):
    return {part.name: part for part in detect(name, FasterRCNN(**numbers)).parts}


@every_backbone
def test_the_base_is_the_networks_own_stages(name):
    stages = [row for row in count(name).by("stage") if row.name in BACKBONES[name]]
    base = parts_of(name, image=(224, 224))["base"]
    assert (base.macs, base.params) == (sum(row.macs for row in stages), sum(row.params for row in stages))
    assert base.output == stages[-1].output


def test_the_rpn_by_hand():
    # 704 channels at ⌈600/16⌉ · ⌈1000/16⌉ = 38 · 63 positions; 2 scores and 4 coordinates for each of 9 anchors.
    weights = 9 * 704 * 512 + 512 * 54
    rpn = parts_of("352-MENet-12x1/8")["RPN"]
    assert (rpn.macs, rpn.params) == (weights * 38 * 63, weights + 512 + 54)
    assert rpn.output == (54, 38, 63)


def test_the_head_by_hand():
    # 1408 channels to a score and 4 coordinates for each of 20 classes and the background, for 300 proposals.
    head = parts_of("352-MENet-12x1/8")["head"]
    assert (head.macs, head.params) == (300 * 1408 * 105, 1408 * 105 + 105)


def test_the_subnet_of_mobilenet_by_hand():
    # 512 to 1024 channels at 7 · 7 positions throughout: two depthwise 3×3 and two 1×1 convolutions, each with a norm.
    weights = 9 * 512 + 512 * 1024 + 9 * 1024 + 1024 * 1024
    subnet = parts_of("1.0MobileNet-224", roi=(7, 7))["subnet"]
    assert (subnet.macs, subnet.params) == (300 * 49 * weights, weights + 2 * (512 + 3 * 1024))
    assert subnet.output == (1024, 7, 7)


def test_the_subnet_of_menet_by_hand():
    # w = 24, g = 3: 48 channels to 96, b = 24, q = 8 (k = 2, doubled twice by α = 2), at 5 · 5 positions throughout.
    # The first module emits 96 − 48 channels, to which the pooled 48 are concatenated.
    first = 48 * 24 // 3 + 9 * 24 + 24 * 48 // 3 + 2 * 24 * 8 + 9 * 8 * 8
    standard = 2 * 96 * 24 // 3 + 9 * 24 + 2 * 24 * 8 + 9 * 8 * 8
    subnet = parts_of("24-MENet-2x2/3", roi=(5, 5), proposals=2)["subnet"]
    assert subnet.macs == 2 * 25 * (first + 3 * standard)
    assert subnet.output == (96, 5, 5)


@every_backbone
def test_parameters_of_base_and_subnet_are_those_of_the_network_without_its_classifier(name):
    parts = parts_of(name)
    stages = [row.params for row in count(name).by("stage") if row.name != "classifier"]
    assert parts["base"].params + parts["subnet"].params == sum(stages)


def test_macs_are_linear_in_proposals_and_parameters_do_not_know_them():
    one, two, many = (detect(SHUFFLENET, FasterRCNN(proposals=proposals)) for proposals in (1, 2, 301))
    assert many.macs - one.macs == 300 * (two.macs - one.macs)
    assert many.params == one.params
    assert many.macs == sum(part.macs for part in many.parts)


@pytest.mark.parametrize("name", SMALL)
def test_fvcore_counts_the_same_of_base_and_subnet(name):
    children = dict(build(parse(name)).named_children())
    stages = [module for stage, module in children.items() if stage != "classifier"]
    base, subnet = nn.Sequential(*stages[:-1]), stages[-1]
    for module in subnet.modules():
        if isinstance(module, (nn.Conv2d, nn.AvgPool2d)):
            module.stride = (1, 1)
    parts = parts_of(name, image=(72, 100), roi=(7, 7), proposals=1)
    assert count_with_fvcore(base, torch.rand(1, 3, 72, 100)).total == parts["base"].macs
    channels = parts["base"].output[0]
    assert count_with_fvcore(subnet, torch.rand(1, channels, 7, 7)).total == parts["subnet"].macs
    with torch.no_grad():
        assert tuple(base(torch.rand(2, 3, 72, 100)).shape[1:]) == parts["base"].output
        assert tuple(subnet(torch.rand(2, channels, 7, 7)).shape[1:]) == parts["subnet"].output


def test_another_convention_counts_more():
    assert detect(SHUFFLENET, convention="torch").macs == 2 * detect(SHUFFLENET).macs


def test_vgg16_by_hand():
    # Table 1 of arXiv 1409.1556, D, on maps halved and rounded down; 25088 = 512 · 7 · 7 features of a region.
    base, _, subnet, head = parts_of("VGG-16").values()
    shared = 600 * 1000 * (3 * 64 + 64**2) + 300 * 500 * (64 * 128 + 128**2) + 150 * 250 * (128 * 256 + 2 * 256**2)
    shared += 75 * 125 * (256 * 512 + 2 * 512**2) + 37 * 62 * 3 * 512**2
    assert (base.macs, base.output) == (9 * shared, (512, 37, 62))
    assert subnet.macs == 300 * (25088 * 4096 + 4096 * 4096)
    assert subnet.params == 25088 * 4096 + 4096 * 4096 + 2 * 4096
    assert (head.macs, head.params) == (300 * 4096 * 105, 4096 * 105 + 105)


def test_resnet50_by_hand():
    # C4: conv1 to conv4_x on the image, conv5_x on RoIs of 14×14. The 3×3 convolutions have the strides, as in timm.
    def units(maps, before, inner, others):
        outer = 4 * inner
        rest = 9 * inner**2 + inner * outer
        return maps * (rest + before * outer + others * (outer * inner + rest))

    import_libraries()
    base, rpn, subnet, head = parts_of("timm:resnet50", image=(160, 256)).values()
    shared = 80 * 128 * 49 * 3 * 64 + 40 * 64 * 64 * 64 + units(40 * 64, 64, 64, 2)
    shared += 40 * 64 * 256 * 128 + units(20 * 32, 256, 128, 3)
    shared += 20 * 32 * 512 * 256 + units(10 * 16, 512, 256, 5)
    assert (base.macs, base.output) == (shared, (1024, 10, 16))
    assert rpn.macs == 10 * 16 * (9 * 1024 * 512 + 512 * 54)
    assert subnet.macs == 300 * (14 * 14 * 1024 * 512 + units(7 * 7, 1024, 512, 2))
    assert (subnet.output, head.macs) == ((2048, 7, 7), 300 * 2048 * 105)


def test_googlenet_is_split_before_its_last_modules():
    found = detect("GoogLeNet")
    # 5a reads 832 channels on 7×7 positions, and 5b makes 1024 (arXiv 1409.4842, Table 1).
    assert (found.base, found.subnet, found.replaced) == (("stage1", "stage2", "stage3", "stage4"), ("stage5",), True)
    assert [part.output for part in found.parts if part.name in ("base", "subnet")] == [(832, 37, 62), (1024, 7, 7)]
    fifth = [row for row in count("GoogLeNet").by("stage") if row.name == "stage5"]
    assert found.parts[2].macs == 300 * fifth[0].macs


# The first stage with a stride of more than 16, or the last one before the classifier.
SUBNETS = {
    "VGG-11-BN": ("classifier",),
    "96-ResNet-15": ("stage4",),
    "144-Xception-15": ("stage4",),
    "1x-MobileNetV2-224": ("stage5", "head"),
    "1x-FD-MobileNet-224": ("stage4",),
    "SEP-Net": ("head",),
    "EffNet": ("stage3",),
    "ResNet-20": ("stage4",),
    "GoogLeNet-3x3": ("stage5",),
}


@pytest.mark.parametrize("name", SUBNETS)
def test_base_and_subnet_are_the_network_without_its_classifier(name):
    own = network(name)
    found = detect(name, FasterRCNN(image=own.inputs[0][1:], proposals=1))
    base, _, subnet, _ = found.parts
    classifier = count(name).rows[-1]
    assert found.subnet == SUBNETS[name]
    assert base.macs + subnet.macs == count(name).macs - classifier.macs
    assert base.params + subnet.params == count(name).params - classifier.params


def test_any_stage_but_the_first_may_begin_the_subnet():
    found = detect("4-VGG-16", FasterRCNN(image=(40, 60), roi=(6, 6), proposals=5), "stage5")
    assert (found.base[-1], found.subnet, found.replaced) == ("stage4", ("stage5", "classifier"), True)
    # 32 channels in three 3×3 convolutions on 6×6 features; 9 · 32 of them, pooled, to 4096 to 4096.
    assert found.parts[2].macs == 5 * (3 * 9 * 36 * 32 * 32 + 9 * 32 * 4096 + 4096**2)
    for stage in ("stage1", "stage9"):
        with pytest.raises(DesignError, match=f"stage '{stage}' is not known. Known: stage2, stage3, "):
            detect("4-VGG-16", subnet=stage)


@settings(max_examples=10)
@given(st.integers(2, 20), st.integers(2, 20))
def test_regions_of_any_size_by_hand(height, width):
    # All strides are 1, so every position costs the same.
    found = detect("24-MENet-2x2/3", FasterRCNN(image=(64, 64), roi=(height, width), proposals=1))
    standing = detect("24-MENet-2x2/3", FasterRCNN(image=(64, 64), roi=(14, 14), proposals=1))
    assert found.parts[2].output == (96, height, width)
    assert found.parts[2].macs * 14 * 14 == standing.parts[2].macs * height * width


class Dense(nn.Module):
    """What halves the map reads all that was made before."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.third, self.fc = nn.Conv2d(8, 4, 3, stride=2, padding=1), nn.Linear(4, 5)

    def forward(self, x):
        first = self.first(x)
        x = self.third(torch.cat([first, self.second(first)], 1))
        return self.fc(x.mean((2, 3)))


def test_what_cannot_be_split_or_resized_is_refused():
    linear = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 30 * 30, 5))
    with pytest.raises(DesignError, match="no stages of which one could run on each proposal"):
        detect(linear, input=(3, 32, 32))
    with pytest.raises(DesignError, match=r"VGG-16 cannot be counted on an image of 600×1000: .* another image"):
        detect(network("VGG-16"))
    with pytest.raises(DesignError, match=r"stage2 of Dense reads more than one map, .* the stages before it\. Begin"):
        detect(Dense(), input=(3, 32, 32))
    with pytest.raises(DesignError, match=r"reads no RoIs of 1×1\. By itself it reads 14×14$"):
        detect(SHUFFLENET, FasterRCNN(roi=(1, 1)))


@pytest.mark.parametrize(
    ("numbers", "nearest"),
    [({"image": (20, 1000)}, (32,)), ({"proposals": 0}, (1,)), ({"roi": (0, 7)}, (1,)), ({"anchors": 2.5}, (2, 3))],
)
def test_illegal_numbers_have_nearest_ones(numbers, nearest):
    with pytest.raises(IllegalDesign) as error:
        FasterRCNN(**numbers)
    assert error.value.nearest == nearest
