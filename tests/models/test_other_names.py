"""The same networks under the names that others give to their layers: with their weights, their logits.

Networks that no library here has are written out from their public sources, with the names of the layers as these are.
"""

import re
from collections import OrderedDict
from functools import partial

import pytest
from foreign import import_libraries
from torch import nn
from torch.nn import functional
from twins import assert_twins, from_file

from menet_design import build, parse
from menet_design.errors import CheckpointError
from menet_design.families.vgg import VGGNet

import_libraries()
import timm  # noqa: E402
import torchvision  # noqa: E402
from timm.models.vgg import VGG  # noqa: E402

SMALL_VGG = [4, 4, "M", 8, 8, "M", 16, 16, 16, "M", 32, 32, 32, "M", 32, 32, 32, "M"]


def lively(model):
    """The model with weights that keep the size of what they read: torch's shrink it from layer to layer."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight)
    return model


def timms_vgg():
    return lively(VGG(SMALL_VGG, num_classes=10))


def torchvisions_vgg():
    """Its layers of convolutions, with few channels; the classifier that it has is as wide as VGG-16's."""
    vgg = torchvision.models.vgg
    model = vgg.VGG(vgg.make_layers(SMALL_VGG), num_classes=10, init_weights=False)
    model.classifier[0] = nn.Linear(32 * 7 * 7, 4096)
    return lively(model)


class BasicBlock(nn.Module):
    """akamaster/pytorch_resnet_cifar10, resnet.py: option A has zeros on both sides."""

    def __init__(self, before, channels, stride, option):
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.zeros = channels // 4 if stride != 1 else 0
        self.shortcut = nn.Sequential()
        if stride != 1 and option == "B":
            self.shortcut = nn.Sequential(nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.zeros and not len(self.shortcut):
            return functional.relu(y + functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.zeros, self.zeros)))
        return functional.relu(y + self.shortcut(x))


class AkamasterResNet(nn.Module):
    """akamaster/pytorch_resnet_cifar10, resnet.py, ResNet-20."""

    def __init__(self, option):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        for stage, (before, channels) in enumerate([(16, 16), (16, 32), (32, 64)], 1):
            first = BasicBlock(before, channels, 1 if stage == 1 else 2, option)
            blocks = [first, *(BasicBlock(channels, channels, 1, option) for _ in range(2))]
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(functional.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


class ShortcutFirst(BasicBlock):
    """The same block with its shortcut defined first, beside the other layers and with their kind of names."""

    def __init__(self, before, channels, stride):
        nn.Module.__init__(self)
        if stride != 1:
            self.skip, self.skip_norm = nn.Conv2d(before, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
        self.conv1, self.norm1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        return functional.relu(y + (self.skip_norm(self.skip(x)) if hasattr(self, "skip") else x))


class NormsLast(ShortcutFirst):
    """The same block with all convolutions defined before all norms."""

    def __init__(self, before, channels, stride):
        super().__init__(before, channels, stride)
        layers = sorted(self._modules.items(), key=lambda item: isinstance(item[1], nn.BatchNorm2d))
        # The shortcut's two have a module of their own: nothing else says which norm is its.
        self.short = nn.Sequential(*(layer for name, layer in layers if "skip" in name))
        self._modules = {"short": self.short} | {name: layer for name, layer in layers if "skip" not in name}
        if not self.short:
            del self.short

    def forward(self, x):
        y = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        return functional.relu(y + (self.short(x) if hasattr(self, "short") else x))


def with_blocks(block):
    """akamaster's network of other blocks."""
    model = AkamasterResNet("B")
    for name, stage in list(model.named_children())[2:5]:
        sizes = [(each.conv1.in_channels, each.conv1.out_channels, each.conv1.stride[0]) for each in stage]
        model.add_module(name, nn.Sequential(*(block(*each) for each in sizes)))
    return model


# timm's MobileNet has ReLU6, which no weights say: with ReLU it is the paper's.
PEERS = {
    "timm:mobilenetv1_100": ("mobilenetv1_100", partial(timm.create_model, "mobilenetv1_100", act_layer="relu")),
    "timm:mobilenetv2_100": ("mobilenetv2_100", partial(timm.create_model, "mobilenetv2_100")),
    "timm:vgg": (VGGNet(width=4, classes=10), timms_vgg),
    "torchvision:mobilenet_v2": ("mobilenet_v2", partial(torchvision.models.mobilenet_v2, num_classes=10)),
    "torchvision:vgg": (VGGNet(width=4, classes=10), torchvisions_vgg),
    "akamaster-A": ("ResNet-20-A", partial(AkamasterResNet, "A")),
    "akamaster-B": ("ResNet-20-B", partial(AkamasterResNet, "B")),
    "shortcut-first": ("ResNet-20-B", partial(with_blocks, ShortcutFirst)),
    "norms-last": ("ResNet-20-B", partial(with_blocks, NormsLast)),
}
# Without an order of their definition, the norm of a shortcut that no number marks may be any.
AMBIGUOUS = {"shortcut-first"}


def design(name):
    given, make = PEERS[name]
    classes = {"classes": 10} if name == "torchvision:mobilenet_v2" else {}
    return (parse(given, **classes) if isinstance(given, str) else given), make


class MegviiUnit(nn.Module):
    """megvii-model/ShuffleNet-Series, ShuffleNetV1/blocks.py: its layers. It joins the pooled input in front."""

    def __init__(self, before, channels, groups, first_groups, stride):
        super().__init__()
        inside, emitted = channels // 4, channels if stride == 1 else channels - before
        self.branch_main_1 = nn.Sequential(
            nn.Conv2d(before, inside, 1, groups=first_groups, bias=False),
            nn.BatchNorm2d(inside),
            nn.ReLU(),
            nn.Conv2d(inside, inside, 3, stride, 1, groups=inside, bias=False),
            nn.BatchNorm2d(inside),
        )
        expand = nn.Conv2d(inside, emitted, 1, groups=groups, bias=False)
        self.branch_main_2 = nn.Sequential(expand, nn.BatchNorm2d(emitted))


class JaxonyUnit(nn.Module):
    """jaxony/ShuffleNet, model.py: its layers, which have biases before norms. It joins the pooled input in front."""

    def __init__(self, before, channels, groups, first_groups, stride):
        super().__init__()
        inside, emitted = channels // 4, channels if stride == 1 else channels - before
        compress = nn.Conv2d(before, inside, 1, groups=first_groups)
        self.g_conv_1x1_compress = nn.Sequential(OrderedDict(conv1x1=compress, batch_norm=nn.BatchNorm2d(inside)))
        self.depthwise_conv3x3 = nn.Conv2d(inside, inside, 3, stride, 1, groups=inside)
        self.bn_after_depthwise = nn.BatchNorm2d(inside)
        expand = nn.Conv2d(inside, emitted, 1, groups=groups)
        self.g_conv_1x1_expand = nn.Sequential(OrderedDict(conv1x1=expand, batch_norm=nn.BatchNorm2d(emitted)))


def units(unit, groups=3):
    """The sixteen units of ShuffleNet-1x with three groups."""
    sizes = [(24, 240), (240, 480), (480, 960)]
    for stage, ((before, channels), repeats) in enumerate(zip(sizes, (4, 8, 4), strict=True)):
        yield unit(before, channels, groups, 1 if stage == 0 else groups, 2)
        yield from (unit(channels, channels, groups, groups, 1) for _ in range(repeats - 1))


# Networks of ShuffleNet's numbers that are not ours: others come out of the same weights. megvii's classifier has no
# bias; jaxony's convolutions have, and nothing follows its first one.
OTHER_SHUFFLENETS = {
    "megvii": (
        {
            "first_conv": nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24)),
            "features": nn.Sequential(*units(MegviiUnit)),
            "classifier": nn.Sequential(nn.Linear(960, 1000, bias=False)),
        },
        "it has no layer like classifier.fc (weight 1000×960, bias 1000)",
    ),
    "jaxony": (
        {"conv1": nn.Conv2d(3, 24, 3, 2, 1), "units": nn.Sequential(*units(JaxonyUnit)), "fc": nn.Linear(960, 1000)},
        "it has no layer like stage1.conv (weight 24×3×3×3)",
    ),
}


@pytest.mark.parametrize("name", OTHER_SHUFFLENETS)
def test_another_network_of_the_same_name_is_refused_with_what_it_lacks(name, tmp_path):
    modules, says = OTHER_SHUFFLENETS[name]
    with pytest.raises(CheckpointError, match=re.escape(says)):
        from_file(tmp_path / "theirs.pth")(build(parse("ShuffleNet-1x/3")), nn.ModuleDict(modules).state_dict())


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_give_their_own_models_logits(name, suffix, tmp_path):
    ours, make = design(name)
    if name in AMBIGUOUS and suffix == ".safetensors":
        with pytest.raises(CheckpointError, match=r"layer\d\.0\.\w+ or layer\d\.0\.\w+ may be .* --rename"):
            from_file(tmp_path / f"theirs{suffix}")(build(ours), make().state_dict())
        return
    assert_twins(ours, make, from_file(tmp_path / f"theirs{suffix}"))


def test_a_part_of_names_is_renamed_where_they_leave_a_choice(tmp_path):
    ours, make = design("shortcut-first")
    assert_twins(ours, make, from_file(tmp_path / "theirs.safetensors", rename={"skip_norm": "norm3"}))
