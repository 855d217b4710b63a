"""MobileNet v1 in PyTorch (arXiv 1704.04861)."""

from torch import Tensor, nn

from menet_design.models.layers import Classifier, Convolution, initialise
from menet_design.models.renaming import PYTORCHCV, renamed
from menet_design.zoo.mobilenet import MobileNet as Design


class DepthwiseSeparable(nn.Module):
    """Depthwise separable convolution: 3×3 on each channel, 1×1 across them (Fig. 3, right)."""

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = Convolution(in_channels, in_channels, 3, stride, groups=in_channels)
        self.pointwise = Convolution(in_channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        separated: Tensor = self.pointwise(self.depthwise(x))
        return separated


def _stage(channels: int, separable: int) -> nn.Sequential:
    """Depthwise separable convolutions, the first of which halves the size and doubles the channels."""
    standard = (DepthwiseSeparable(channels, channels) for _ in range(separable - 1))
    return nn.Sequential(DepthwiseSeparable(channels // 2, channels, stride=2), *standard)


class MobileNet(nn.Module):
    """α× MobileNet-ρ (Table 1): logits of images of the design's resolution."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        width = design.width
        self.conv1 = Convolution(3, width // 2, 3, stride=2)
        self.stage1 = nn.Sequential(DepthwiseSeparable(width // 2, width))
        self.stage2 = _stage(2 * width, 2)
        self.stage3 = _stage(4 * width, 2)
        self.stage4 = _stage(8 * width, 6)
        self.stage5 = _stage(16 * width, 2)
        self.classifier = Classifier(16 * width, -(-design.resolution // 32), design.classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, resolution, resolution) to (batch, classes) logits."""
        x = self.stage3(self.stage2(self.stage1(self.conv1(x))))
        logits: Tensor = self.classifier(self.stage5(self.stage4(x)))
        return logits


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(MobileNet(design))


# Layers of our state dict by their names in pytorchcv's.
_LAYERS = {
    "dw_conv.conv": "depthwise.conv",
    "dw_conv.bn": "depthwise.norm",
    "pw_conv.conv": "pointwise.conv",
    "pw_conv.bn": "pointwise.norm",
}
_OTHER_LAYERS = PYTORCHCV | {"features.init_block.conv": "conv1.conv", "features.init_block.bn": "conv1.norm"}


def rename_key(key: str) -> str:
    """The name in our state dict of a key of pytorchcv's; any other key as it is."""
    return renamed(key, _LAYERS, _OTHER_LAYERS, first_stage=1)
