"""Every name in the lists of libraries that is a network of ours is read, and means the same network."""

import re
import warnings

import foreign
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from menet_design import count, parse
from menet_design.families.notation import read_or_none
from menet_design.importing.libraries import LIBRARIES, names

# Of each library, the names of networks of ours. The others of such beginnings are other networks: depths by "d" and
# heads by "h" in timm, MobileNetV3 and later, ShuffleNetV2, pytorchcv's MobileNet(B), whose depthwise layers differ.
OURS = {
    "timm": r"vgg\d+(_bn)?|mobilenetv1_\d{3}|mobilenetv2_\d{3}",
    "torchvision": r"vgg\d+(_bn)?|mobilenet_v2",
    "pytorchcv": (
        r"menet.*|shufflenet_g.*|(fd)?mobilenet_w.*|mobilenetv2b?_w[^_]*|(bn_)?vgg\d+b?|(pre)?resnet\d+(bn)?_(cifar|svhn).*"
    ),
}
# Names that a library shares with the literature, which means another network by them: GoogLeNet without batch norm.
SHARED = {"googlenet"}
QUICK = """
    timm:vgg11_bn timm:mobilenetv1_125 timm:mobilenetv2_035 torchvision:mobilenet_v2 pytorchcv:bn_vgg16
    pytorchcv:fdmobilenet_wd4_cub pytorchcv:resnet56_cifar100 pytorchcv:preresnet20_svhn pytorchcv:shufflenet_g1_wd4
    pytorchcv:mobilenetv2b_w3d4 pytorchcv:menet160_8x1_g8 pytorchcv:resnet164bn_cifar10
"""


def listed(library):
    return sorted(name for name in names(library) if re.fullmatch(OURS[library], name))


EVERY = [f"{library}:{name}" for library in LIBRARIES for name in listed(library)]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_name_is_read_if_it_is_one_of_ours(library):
    foreign.import_libraries()
    names.cache_clear()  # other tests hide torchvision from the libraries that they import
    assert sorted(name for name in names(library) - SHARED if read_or_none(name)) == listed(library)
    assert len(listed(library)) >= 9


def test_tags_of_timm_are_read_where_the_name_is():
    foreign.import_libraries()
    import timm

    tagged = timm.list_models(pretrained=True)
    ours = [name for name in tagged if re.fullmatch(OURS["timm"], name.partition(".")[0])]
    assert sorted(name for name in tagged if read_or_none(name)) == sorted(ours)
    assert "mobilenetv1_100.ra4_e3600_r224_in1k" in ours
    assert all(parse(name) == parse(name.partition(".")[0]) for name in ours)


def assert_same_network(source):
    """The library's own model has as many multiply-adds and parameters, on the meta device, without weights."""
    library, _, name = source.partition(":")
    foreign.import_libraries()
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LIBRARIES[library].build(name, {}).eval()
    shape = LIBRARIES[library].input_of(model)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.empty(1, *shape, device="meta"))
    cost = count(name)
    assert cost.network.inputs == (shape,)
    assert cost.macs == counter.get_total_flops() // 2
    assert cost.params == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("source", QUICK.split())
def test_a_name_means_the_same_network(source):
    assert_same_network(source)


@pytest.mark.slow
@pytest.mark.parametrize("source", [source for source in EVERY if source not in QUICK.split()])
def test_every_name_means_the_same_network(source):
    assert_same_network(source)


# imgclsmob's tables, by the names of pytorchcv's models that they stand for.
TABLES = {
    "ShuffleNet x0.25 (g=1)": "shufflenet_g1_wd4",
    "ShuffleNet x0.75 (g=3)": "shufflenet_g3_w3d4",
    "ShuffleNet x1.0 (g=8)": "shufflenet_g8_w1",
    "108-MENet-8x1 (g=3)": "menet108_8x1_g3",
    "456-MENet-24x1 (g=3)": "menet456_24x1_g3",
    "MobileNet x0.25": "mobilenet_wd4",
    "MobileNet x1.0": "mobilenet_w1",
    "FD-MobileNet x0.75": "fdmobilenet_w3d4",
    "MobileNetV2 x0.5": "mobilenetv2_wd2",
    "MobileNetV2b x1.0": "mobilenetv2b_w1",
    "VGG-16": "vgg16",
    "BN-VGG-19": "bn_vgg19",
    "BN-VGG-16b": "bn_vgg16b",
    "ResNet-164(BN)": "resnet164bn_cifar10",
    "ResNet-1001": "resnet1001_cifar10",
    "PreResNet-272(BN)": "preresnet272bn_cifar10",
}


@pytest.mark.parametrize(("printed", "name"), TABLES.items())
def test_imgclsmobs_tables_are_read(printed, name):
    assert parse(printed) == parse(name)


# The networks of megvii's ShuffleNet-Series, by groups, with their scales.
MEGVII = [f"ShuffleNetV1 {scale}x (group={groups})" for groups in (3, 8) for scale in ("0.5", "1.0", "1.5", "2.0")]


@pytest.mark.parametrize("text", MEGVII)
def test_megviis_tables_are_read(text):
    assert parse(text).variant == "megvii"


# The files of MENet's authors, "108-MENet-8x1-group-3.pth.tar" and so on.
AUTHORS = "108-MENet-8x1/3 128-MENet-8x1/4 160-MENet-8x1/8 228-MENet-12x1/3 256-MENet-12x1/4 348-MENet-12x1/3"


@pytest.mark.parametrize("name", [*AUTHORS.split(), "352-MENet-12x1/8", "456-MENet-24x1/3"])
def test_the_authors_names_are_read(name):
    assert parse(name.replace("/", "-group-")) == parse(name)
