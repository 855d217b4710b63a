"""MobileNet v1 in PyTorch (arXiv 1704.04861)."""

from torch import nn

from menet_design.families.mobilenet import MobileNet as Numbers
from menet_design.models.layers import Classifier, Convolution
from menet_design.models.renaming import PYTORCHCV, normed, renamed


class DepthwiseSeparable(nn.Sequential):
    """Depthwise separable convolution: 3×3 on each channel, 1×1 across them (Fig. 3, right).

    (batch, in_channels, h, w) to (batch, channels, h / stride, w / stride).
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = Convolution(in_channels, in_channels, 3, stride, groups=in_channels)
        self.pointwise = Convolution(in_channels, channels)


def _stage(channels: int, separable: int) -> nn.Sequential:
    """Depthwise separable convolutions, the first of which halves the size and doubles the channels."""
    standard = (DepthwiseSeparable(channels, channels) for _ in range(separable - 1))
    return nn.Sequential(DepthwiseSeparable(channels // 2, channels, stride=2), *standard)


class MobileNet(nn.Sequential):
    """α× MobileNet-ρ (Table 1): (batch, 3, resolution, resolution) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__()
        width = design.width
        self.conv1 = Convolution(3, width // 2, 3, stride=2)
        self.stage1 = nn.Sequential(DepthwiseSeparable(width // 2, width))
        self.stage2 = _stage(2 * width, 2)
        self.stage3 = _stage(4 * width, 2)
        self.stage4 = _stage(8 * width, 6)
        self.stage5 = _stage(16 * width, 2)
        self.classifier = Classifier(16 * width, -(-design.resolution // 32), design.classes)


MODEL = MobileNet

# Layers of our state dict by their names in pytorchcv's.
_LAYERS = normed({"dw_conv": "depthwise", "pw_conv": "pointwise"})
_OTHER_LAYERS = PYTORCHCV | normed({"features.init_block": "conv1"})


def rename_key(key: str) -> str:
    """The name in our state dict of a key of pytorchcv's; any other key as it is."""
    return renamed(key, _LAYERS, _OTHER_LAYERS, first_stage=1)
