"""VGG in PyTorch (arXiv 1409.1556, configurations A, B, D and E of Table 1)."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.design import Size
from menet_design.families.vgg import VGGNet as Numbers
from menet_design.models import layers
from menet_design.models.model import Model


class Classifier(layers.Ending):
    """Three fully connected layers, with dropout after the first two; the logits go to a softmax in the loss."""

    last = "fc3"

    def __init__(self, channels: int, size: Size, hidden: int, classes: int) -> None:
        super().__init__(channels, hidden)
        self.size = size
        self.fc1 = nn.Linear(channels * size[0] * size[1], hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = self.layer(classes)
        self.dropout = nn.Dropout(0.5)

    def features(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, hidden); ValueError for a map of another size."""
        layers.check_size(x, self.size)
        x = self.dropout(functional.relu(self.fc1(x.flatten(1))))
        hidden: Tensor = self.dropout(functional.relu(self.fc2(x)))
        return hidden

    def logits(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) to (batch, classes)."""
        logits: Tensor = self.fc3(self.features(x))
        return logits


class VGG(Model):
    """VGG: (batch, input channels, h, w), of the design's resolution, to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(design)
        width = design.width
        self.stage1, self.stage2, self.stage3, self.stage4, self.stage5 = stages(
            design.channels, width, design.depth, design.norm
        )
        size = layers.mapped(design.resolution, lambda side: side // 32)
        self.classifier = Classifier(8 * width, size, 4096, design.classes)


def stages(in_channels: int, width: int, depth: int, norm: str) -> list[layers.Activated]:
    """The five stages of convolutions (Table 1)."""
    repeats = {11: "11222", 13: "22222", 16: "22333", 19: "22444"}[depth]
    sizes = pairwise([in_channels, width, 2 * width, 4 * width, 8 * width, 8 * width])
    return [_stage(*size, int(convolutions), norm) for size, convolutions in zip(sizes, repeats, strict=True)]


def _stage(in_channels: int, channels: int, convolutions: int, norm: str) -> layers.Activated:
    """3×3 convolutions, each followed by its batch norm, if any, and ReLU, and a 2×2 max pool."""
    modules: dict[str, nn.Module] = {}
    for index, (before, after) in enumerate(pairwise([in_channels, *[channels] * convolutions]), 1):
        modules[f"conv{index}"] = nn.Conv2d(before, after, 3, padding=1, bias=norm != "unbiased")
        if norm != "none":
            modules[f"norm{index}"] = nn.BatchNorm2d(after)
    made = layers.Activated if norm == "none" else layers.Normed
    return made(**modules, pool=nn.MaxPool2d(2))


MODEL = VGG


def initialise(model: nn.Module) -> None:
    """Weights by He et al.'s normal, by fan-out, and biases of zero (Section 3.1)."""
    layers.initialise_convolutions(model)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
