"""imgclsmob's two conventions against the figures of its READMEs, in millions.

Those of 2018: README.md of github.com/osmr/imgclsmob, "FLOPs". Those since 2019: pytorch/README.md, "FLOPs/2".
"""

from decimal import Decimal

import foreign
import pytest

from menet_design import count, reconcile
from menet_design.analysis.counters import convention
from menet_design.analysis.figures import figure, roundings
from menet_design.errors import DesignError

README_2018 = {
    "108-MENet-8x1/3": "40.64",
    "128-MENet-8x1/4": "43.58",
    "228-MENet-12x1/3": "148.93",
    "256-MENet-12x1/4": "146.11",
    "348-MENet-12x1/3": "306.31",
    "352-MENet-12x1/8": "151.03",
    "456-MENet-24x1/3": "560.72",
    "0.25x-MobileNet-224": "42.30",
    "0.5x-MobileNet-224": "152.04",
    "0.75x-MobileNet-224": "329.22",
    "1x-MobileNet-224": "573.83",
    "pytorchcv:fdmobilenet_w1": "146.08",
    "pytorchcv:mobilenetv2_w1": "320.19",
    "pytorchcv:resnet18": "1818.21",
    "pytorchcv:seresnet50": "3877.01",
    "pytorchcv:densenet121": "2852.39",
    "pytorchcv:squeezenet_v1_1": "354.88",
    "pytorchcv:darknet_tiny": "496.34",
    "pytorchcv:menet228_12x1_g3": "148.93",
}
SINCE_2019 = {
    "108-MENet-8x1/3": "42.68",
    "128-MENet-8x1/4": "45.98",
    "160-MENet-8x1/8": "45.63",
    "228-MENet-12x1/3": "152.93",
    "256-MENet-12x1/4": "150.65",
    "348-MENet-12x1/3": "312.00",
    "352-MENet-12x1/8": "157.35",
    "456-MENet-24x1/3": "567.90",
    "0.25x-MobileNet-224": "44.09",
    "VGG-16": "15480.10",
    "pytorchcv:resnet18": "1820.41",
    "pytorchcv:resnet50b": "4110.48",
    "pytorchcv:bn_vgg16b": "15507.20",
    "pytorchcv:menet228_12x1_g3": "152.93",
}


def counted(source, name):
    if ":" not in source:
        return count(source, convention(name)).macs
    return reconcile(foreign.build(source), input=(3, 224, 224)).counters[name]


@pytest.mark.parametrize("source", README_2018)
def test_the_readme_of_2018(source):
    assert "rounded" in roundings(counted(source, "imgclsmob"), figure(f"{README_2018[source]}M"))


@pytest.mark.parametrize("source", SINCE_2019)
def test_the_readme_since_2019_prints_half(source):
    half = Decimal(counted(source, "imgclsmob_flops")) / 2
    assert "rounded" in roundings(int(half), figure(f"{SINCE_2019[source]}M"))


def test_the_totals_of_two_networks():
    # Multiply-adds, biases, ReLU, shuffles and windows of pools: 144,092,352 + 1,000 + 2,701,272 + 636,804 + 1,494,696.
    assert counted("228-MENet-12x1/3", "imgclsmob") == 148_926_124
    assert counted("108-MENet-8x1/3", "imgclsmob") == 40_637_696


def test_of_what_no_figure_shows_it_says_so():
    found = reconcile(foreign.Activations().eval(), input=foreign.HAND_WRITTEN["Activations"][1])
    assert found.counters["imgclsmob"] is found.counters["imgclsmob_flops"] is None
    said = [remark.text for remark in found.remarks if remark.counter.startswith("imgclsmob")]
    assert len(said) == 2
    assert all(text.startswith("cannot be told: no figure of its READMEs shows how it counts ") for text in said)


def test_nothing_is_counted_by_a_convention_that_cannot_tell():
    module, shape = foreign.HAND_WRITTEN["Activations"][0]().eval(), foreign.HAND_WRITTEN["Activations"][1]
    with pytest.raises(DesignError, match=r"Activations by imgclsmob: cannot be told: .* reconcile says what others"):
        count(module, convention("imgclsmob"), input=shape)
    assert count(module, input=shape).macs == reconcile(module, input=shape).macs
