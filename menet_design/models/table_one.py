"""The layout of the MENet paper's Table I in PyTorch: a stem, three stages of 4, 8 and 4 units, a classifier."""

from collections.abc import Callable

from torch import Tensor, nn

from menet_design.models.layers import Classifier, Convolution

# Makes a unit of its input channels, its channels, its stride and its stage from 0.
MakeUnit = Callable[[int, int, int, int], nn.Module]


class Stage1(Convolution):
    """3×3 conv and 3×3 max pool, both with stride 2."""

    def __init__(self, channels: int) -> None:
        super().__init__(3, channels, 3, stride=2)
        self.pool = nn.MaxPool2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, h, w) to (batch, channels, h / 4, w / 4)."""
        pooled: Tensor = self.pool(super().forward(x))
        return pooled


class TableOne(nn.Sequential):
    """Units in the layout of Table I: (batch, 3, resolution, resolution) to (batch, classes) logits."""

    def __init__(self, unit: MakeUnit, width: int, stem: int, resolution: int, classes: int) -> None:
        super().__init__()
        self.stage1 = Stage1(stem)
        widths = (width, 2 * width, 4 * width)
        stages = [
            nn.Sequential(unit(before, channels, 2, stage), *(unit(channels, channels, 1, stage) for _ in range(more)))
            for stage, (before, channels, more) in enumerate(zip((stem, *widths[:2]), widths, (3, 7, 3), strict=True))
        ]
        self.stage2, self.stage3, self.stage4 = stages
        self.classifier = Classifier(widths[-1], _halved(resolution, times=5), classes)


def _halved(size: int, times: int) -> int:
    """A side after strided 3×3 windows with padding 1, each of which rounds up."""
    return size if times == 0 else _halved((size + 1) // 2, times - 1)
