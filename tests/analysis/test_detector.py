"""Detectors against hand counts, the networks that they are cut from, and fvcore on PyTorch's modules."""

import pytest
import torch
from torch import nn

from menet_design import build, count, parse
from menet_design.analysis.counters import convention
from menet_design.analysis.detector import FasterRCNN, detect
from menet_design.errors import DesignError, IllegalDesign
from menet_design.papers.detectors import detect_as_printed
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
    return {part.name: part for part in detect_as_printed(network(name), FasterRCNN(**numbers)).parts}


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
    subnet = parts_of("1.0MobileNet-224", roi=7)["subnet"]
    assert (subnet.macs, subnet.params) == (300 * 49 * weights, weights + 2 * (512 + 3 * 1024))
    assert subnet.output == (1024, 7, 7)


def test_the_subnet_of_menet_by_hand():
    # w = 24, g = 3: 48 channels to 96, b = 24, q = 8 (k = 2, doubled twice by α = 2), at 5 · 5 positions throughout.
    # The first module emits 96 − 48 channels, to which the pooled 48 are concatenated.
    first = 48 * 24 // 3 + 9 * 24 + 24 * 48 // 3 + 2 * 24 * 8 + 9 * 8 * 8
    standard = 2 * 96 * 24 // 3 + 9 * 24 + 2 * 24 * 8 + 9 * 8 * 8
    subnet = parts_of("24-MENet-2x2/3", roi=5, proposals=2)["subnet"]
    assert subnet.macs == 2 * 25 * (first + 3 * standard)
    assert subnet.output == (96, 5, 5)


@every_backbone
def test_parameters_of_base_and_subnet_are_those_of_the_network_without_its_classifier(name):
    parts = parts_of(name)
    stages = [row.params for row in count(name).by("stage") if row.name != "classifier"]
    assert parts["base"].params + parts["subnet"].params == sum(stages)


def test_macs_are_linear_in_proposals_and_parameters_do_not_know_them():
    one, two, many = (
        detect_as_printed(network(SHUFFLENET), FasterRCNN(proposals=proposals)) for proposals in (1, 2, 301)
    )
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
    parts = parts_of(name, image=(72, 100), roi=7, proposals=1)
    assert count_with_fvcore(base, torch.rand(1, 3, 72, 100)).total == parts["base"].macs
    channels = parts["base"].output[0]
    assert count_with_fvcore(subnet, torch.rand(1, channels, 7, 7)).total == parts["subnet"].macs
    with torch.no_grad():
        assert tuple(base(torch.rand(2, 3, 72, 100)).shape[1:]) == parts["base"].output
        assert tuple(subnet(torch.rand(2, channels, 7, 7)).shape[1:]) == parts["subnet"].output


def test_another_convention_counts_more():
    doubled = detect_as_printed(network(SHUFFLENET), convention=convention("torch"))
    assert doubled.macs == 2 * detect_as_printed(network(SHUFFLENET)).macs


def test_any_stage_but_the_first_may_be_the_subnet():
    vgg = network("4-VGG-16")
    found = detect(vgg, "stage3", FasterRCNN(image=(40, 60), roi=6, proposals=5))
    assert found.stages == ("stage1", "stage2", "stage3")
    # Two stages that halve the image; one of 8 to 16 channels in three 3×3 convolutions on 6×6 features.
    base, _, subnet, _ = found.parts
    assert (base.output, subnet.output) == ((8, 10, 15), (16, 6, 6))
    assert subnet.macs == 5 * 9 * 36 * (8 * 16 + 2 * 16 * 16)
    for stage in ("stage1", "stage9"):
        with pytest.raises(DesignError, match=f"stage '{stage}' is not known. Known: stage2, stage3, "):
            detect(vgg, stage)


def test_a_family_that_the_paper_has_no_detector_on():
    with pytest.raises(DesignError, match=r"no detector on VGG-16\. It has them on MENet, ShuffleNet, MobileNet$"):
        detect_as_printed(network("VGG-16"))


@pytest.mark.parametrize(
    ("numbers", "nearest"),
    [({"image": (20, 1000)}, (32,)), ({"proposals": 0}, (1,)), ({"roi": 0}, (1,)), ({"anchors": 2.5}, (2, 3))],
)
def test_illegal_numbers_have_nearest_ones(numbers, nearest):
    with pytest.raises(IllegalDesign) as error:
        FasterRCNN(**numbers)
    assert error.value.nearest == nearest
