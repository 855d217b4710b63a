"""pytorchcv wrote the same networks independently: same parameters, and with its weights the same logits."""

import re
from functools import partial
from importlib import import_module

import pytest
import torch
from twins import assert_twins, from_file, shapes

from menet_design import count, parse
from menet_design.families.vgg import NORMS, VGGNet
from menet_design.models.matching import layers, match

# pytorchcv's modules (its model_provider needs torchvision), its networks of each that are compared, and how many these
# are. Of the ResNets for CIFAR, deeper ones take long; those for SVHN are the same.
PEERS = {
    "menet": ("menet.*", 8),
    "shufflenet": ("shufflenet.*", 11),
    "mobilenet": ("mobilenet_w(1|3d4|d2|d4)", 4),
    "fdmobilenet": ("fdmobilenet_w(1|3d4|d2|d4)", 4),
    "resnet_cifar": ("resnet(20|56|110|164bn)_cifar100?", 8),
    "preresnet_cifar": ("preresnet(20|56|164bn)_cifar100?", 6),
}


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
    assert_twins(parse(name), getattr(peer(module), name), from_file(tmp_path / "theirs.pth"))


@pytest.mark.slow  # 138 million weights
def test_pytorchcvs_vgg_agrees():
    """The whole network, on its peer's weights, passed tensor by tensor: a file would have a gigabyte."""

    def load(model, tensors):
        ours = match(layers(shapes(model.state_dict())), layers(shapes(tensors)))
        parts = ((name.rpartition("."), tensor) for name, tensor in tensors.items())
        model.load_state_dict({f"{ours[layer]}.{role}": each for (layer, _, role), each in parts}, assign=True)

    assert_twins(parse("vgg16"), peer("vgg").vgg16, load)


@pytest.mark.parametrize("norm", NORMS)
def test_pytorchcvs_weights_of_vgg_are_read_from_a_file(norm, tmp_path):
    channels = [[4] * 2, [8] * 2, [16] * 3, [32] * 3, [32] * 3]
    make = partial(peer("vgg").VGG, channels, bias=norm != "unbiased", use_bn=norm != "none", num_classes=10)
    assert_twins(VGGNet(width=4, norm=norm, classes=10), make, from_file(tmp_path / "theirs.pth"))


@pytest.mark.parametrize(("name", "ours"), [("vgg11", "VGG-11"), ("bn_vgg13", "bn_vgg13"), ("bn_vgg19b", "VGG-19-BN")])
def test_pytorchcvs_other_vggs_have_as_many_parameters(name, ours):
    with torch.device("meta"):
        theirs = getattr(peer("vgg"), name)()
    assert count(ours).params == sum(parameter.numel() for parameter in theirs.parameters())
