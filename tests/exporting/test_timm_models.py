"""Our names in timm."""

import sys

import pytest
import torch
from foreign import import_libraries

from menet_design import DesignError, build, export, networks
from menet_design.errors import MissingPackage


@pytest.fixture
def timm():
    """The library, with our names registered; a warning of timm that one overwrites its own would fail here."""
    import_libraries()
    import timm

    from menet_design import timm_models  # noqa: F401

    return timm


@torch.no_grad()
def test_timm_builds_our_networks(timm):
    torch.manual_seed(0)
    theirs = timm.create_model("menet_228_12x1_g3", num_classes=10).eval()
    torch.manual_seed(0)
    ours, images = build("228-MENet-12x1/3", classes=10).eval(), torch.rand(1, 3, 64, 64)
    assert torch.equal(theirs(images), ours(images))
    assert timm.data.resolve_model_data_config(timm.create_model("effnet_cifar10"))["input_size"] == (3, 32, 32)


@torch.no_grad()
def test_it_asks_in_its_own_words(timm):
    features = timm.create_model("menet_108_8x1_g3", num_classes=0, in_chans=1, img_size=64)
    assert features(torch.rand(2, 1, 64, 64)).shape == (2, 432)
    maps = timm.create_model("menet_108_8x1_g3", features_only=True)(torch.rand(2, 3, 64, 64))
    assert [each.shape[1:] for each in maps] == [(12, 16, 16), (108, 8, 8), (216, 4, 4), (432, 2, 2)]
    with pytest.raises(DesignError, match="no weights of 108-MENet-8x1/3 can be downloaded"):
        timm.create_model("menet_108_8x1_g3", pretrained=True)


def test_every_published_network_has_a_name_that_timm_reads(timm):
    names = set(timm.list_models())
    assert {"menet_228_12x1_5_g3", "shufflenet_g3_w1", "resnet20_3x3", "xception15_w144", "sepnet"} <= names
    assert len(timm.list_models(module="timm_models")) == len(networks()) - len(timm_own())


def timm_own():
    """The published networks of which timm has the name itself: its models of MobileNetV2 and VGG-16."""
    return [each for each in networks() if each.identifier in {"vgg16", *(f"mobilenetv2_{n}" for n in SCALES)}]


SCALES = ("035", "050", "075", "100", "140")


def test_weights_of_a_librarys_model_are_said_to_be_random(timm, tmp_path):
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    assert "random weights (seed 2)" in str(export("timm:mobilenetv3_small_050", one, seed=2))
    assert "weights of one.safetensors" in str(export("timm:mobilenetv3_small_050", other, weights=one))
    assert one.read_bytes() == other.read_bytes()


def test_without_timm_one_line_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm.models", None)
    monkeypatch.delitem(sys.modules, "menet_design.timm_models", raising=False)
    with pytest.raises(MissingPackage, match="this needs timm, which is not installed"):
        import menet_design.timm_models  # noqa: F401
