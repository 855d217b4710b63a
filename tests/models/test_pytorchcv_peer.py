"""pytorchcv wrote the same networks independently: same parameters, and with its weights the same logits."""

import re
from importlib import import_module

import pytest
import torch
from twins import assert_twins, from_file

from menet_design import build, load_checkpoint, parse
from menet_design.families.vgg import VGGNet
from menet_design.models.vgg import rename_key

# pytorchcv's modules (its model_provider needs torchvision), its networks of each that are compared, and how many these
# are. Of the ResNets for CIFAR, "bn" and 1001 have bottlenecks, and 1202 takes long; those for SVHN are the same.
PEERS = {
    "menet": ("menet.*", 8),
    "shufflenet": ("shufflenet.*", 11),
    "mobilenet": ("mobilenet_w(1|3d4|d2|d4)", 4),
    "resnet_cifar": ("resnet(20|56|110)_cifar100?", 6),
}
# It scales the stem with the network; at 0.75× and 0.25× it is not the one that is taken for granted here.
STEMS = {"shufflenet_g1_w3d4": 18, "shufflenet_g3_w3d4": 18, "shufflenet_g1_wd4": 6, "shufflenet_g3_wd4": 6}


def peer(module):
    return import_module(f"pytorchcv.models.{module}")


NETWORKS = [
    (module, name) for module, (names, _) in PEERS.items() for name in dir(peer(module)) if re.fullmatch(names, name)
]


def test_all_of_them_are_compared():
    found = [module for module, _ in NETWORKS]
    assert {module: found.count(module) for module in PEERS} == {
        module: number for module, (_, number) in PEERS.items()
    }


@pytest.mark.parametrize(("module", "name"), NETWORKS, ids=[name for _, name in NETWORKS])
def test_pytorchcv_agrees(module, name, tmp_path):
    depth, _, classes = name.partition("_cifar")
    design = parse(f"{depth}_cifar10", classes=int(classes)) if classes else parse(name, stem=STEMS.get(name))
    assert_twins(design, getattr(peer(module), name), from_file(tmp_path / "theirs.pth"))


def renamed(tensors):
    return {rename_key(key): tensor for key, tensor in tensors.items()}


def test_pytorchcvs_vgg_agrees():
    """The whole network, on its peer's weights, passed tensor by tensor: a file would have a gigabyte."""

    def load(model, tensors):
        model.load_state_dict(renamed(tensors), assign=True)

    assert_twins(parse("vgg16"), peer("vgg").vgg16, load)


def test_pytorchcvs_weights_of_vgg_are_read_from_a_file(tmp_path):
    theirs = peer("vgg").VGG(channels=[[4] * 2, [8] * 2, [16] * 3, [32] * 3, [32] * 3], num_classes=10)
    torch.save(theirs.state_dict(), tmp_path / "theirs.pth")
    ours = load_checkpoint(build(VGGNet(width=4, classes=10)), tmp_path / "theirs.pth")
    expected = renamed(theirs.state_dict())
    assert expected.keys() == ours.state_dict().keys()
    assert all(torch.equal(expected[key], tensor) for key, tensor in ours.state_dict().items())
