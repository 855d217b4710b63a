"""ResNet-15 in PyTorch: ResNet's bottlenecks (arXiv 1512.03385, Fig. 5) in the layout of the MENet paper's Table I."""

from torch import Tensor, nn
from torch.nn import functional

from menet_design.families.resnet15 import ResNet15 as Numbers
from menet_design.models.layers import Projection, Unit
from menet_design.models.table_one import TableOne


class Residual(nn.Module):
    """Bottleneck: 1×1, 3×3 in groups, which has the stride, 1×1."""

    def __init__(self, in_channels: int, bottleneck: int, out_channels: int, groups: int, stride: int) -> None:
        super().__init__()
        self.compress = nn.Conv2d(in_channels, bottleneck, 1, bias=False)
        self.compress_norm = nn.BatchNorm2d(bottleneck)
        self.conv = nn.Conv2d(bottleneck, bottleneck, 3, stride, 1, groups=groups, bias=False)
        self.conv_norm = nn.BatchNorm2d(bottleneck)
        self.expand = nn.Conv2d(bottleneck, out_channels, 1, bias=False)
        self.expand_norm = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, out_channels, h / stride, w / stride)."""
        x = functional.relu(self.compress_norm(self.compress(x)))
        x = functional.relu(self.conv_norm(self.conv(x)))
        expanded: Tensor = self.expand_norm(self.expand(x))
        return expanded


class ProjectionUnit(nn.Module):
    """Downsamples, and adds a projection of its input, 1×1 with stride 2, to the residual branch."""

    def __init__(self, residual: Residual, in_channels: int, channels: int) -> None:
        super().__init__()
        self.residual = residual
        self.projection = Projection(in_channels, channels, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 2, w / 2)."""
        return functional.relu(self.residual(x) + self.projection(x))


def bottleneck_unit(downsampling: str, in_channels: int, channels: int, bottleneck: int, groups: int = 1) -> nn.Module:
    """Standard unit, or the first one of a stage with its downsampling, "projection" or, as ShuffleNet's, "concat"."""
    emitted = channels - in_channels if downsampling == "concat" else channels
    stride = 2 if downsampling else 1
    residual = Residual(in_channels, bottleneck, emitted, groups, stride)
    return ProjectionUnit(residual, in_channels, channels) if downsampling == "projection" else Unit(residual, stride)


class ResNet15(TableOne):
    """w-ResNet-15: logits of images."""

    def __init__(self, design: Numbers) -> None:
        def unit(in_channels: int, channels: int, stride: int, _: int) -> nn.Module:
            return bottleneck_unit(design.downsampling if stride == 2 else "", in_channels, channels, channels // 4)

        super().__init__(unit, design)


MODEL = ResNet15
