"""VGG-16 in PyTorch (arXiv 1409.1556, configuration D of Table 1)."""

import re
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.vgg import VGGNet as Numbers
from menet_design.models import layers


class Classifier(nn.Module):
    """Three fully connected layers, with dropout after the first two; the logits go to a softmax in the loss."""

    def __init__(self, features: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, classes)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) with channels · h · w = features to (batch, classes)."""
        x = self.dropout(functional.relu(self.fc1(x.flatten(1))))
        x = self.dropout(functional.relu(self.fc2(x)))
        logits: Tensor = self.fc3(x)
        return logits


class VGG(nn.Sequential):
    """VGG-16: (batch, 3, resolution, resolution) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__()
        width = design.width
        self.stage1 = _stage(3, width, 2)
        self.stage2 = _stage(width, 2 * width, 2)
        self.stage3 = _stage(2 * width, 4 * width, 3)
        self.stage4 = _stage(4 * width, 8 * width, 3)
        self.stage5 = _stage(8 * width, 8 * width, 3)
        self.classifier = Classifier(8 * width * (design.resolution // 32) ** 2, 4096, design.classes)


def _stage(in_channels: int, channels: int, convolutions: int) -> layers.Activated:
    """3×3 convolutions, each followed by ReLU, and a 2×2 max pool."""
    sizes = enumerate(pairwise([in_channels, *[channels] * convolutions]), 1)
    convs = {f"conv{index}": nn.Conv2d(before, after, 3, padding=1) for index, (before, after) in sizes}
    return layers.Activated(**convs, pool=nn.MaxPool2d(2))


MODEL = VGG


def initialise(model: nn.Module) -> None:
    """Weights by He et al.'s normal, by fan-out, and biases of zero (Section 3.1)."""
    layers.initialise(model)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)


_CONV = re.compile(r"features\.stage(\d+)\.unit(\d+)\.conv\.(\w+)")
_FC = re.compile(r"output\.(fc[123])\.(?:fc\.)?(\w+)")


def rename_key(key: str) -> str:
    """The name in our state dict of a key of pytorchcv's; any other key as it is."""
    conv, fc = _CONV.fullmatch(key), _FC.fullmatch(key)
    if conv:
        return f"stage{conv[1]}.conv{conv[2]}.{conv[3]}"
    return f"classifier.{fc[1]}.{fc[2]}" if fc else key
