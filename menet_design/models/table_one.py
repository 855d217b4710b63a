"""The layout of the MENet paper's Table I in PyTorch: a stem, three stages of 4, 8 and 4 units, a classifier."""

from collections.abc import Callable, Iterator

from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.layers import Classifier


class Stage1(nn.Module):
    """3×3 conv and 3×3 max pool, both with stride 2."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.pool = nn.MaxPool2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, h, w) to (batch, channels, h / 4, w / 4)."""
        pooled: Tensor = self.pool(functional.relu(self.norm(self.conv(x))))
        return pooled


class TableOne(nn.Module):
    """Logits of images of one resolution; `unit` makes a module of (its input channels, stage from 0, downsampling)."""

    def __init__(
        self, unit: Callable[[int, int, bool], nn.Module], width: int, stem: int, resolution: int, classes: int
    ) -> None:
        super().__init__()
        self.stage1 = Stage1(stem)
        widths = [width, 2 * width, 4 * width]
        stages = [
            nn.Sequential(unit(before, stage, True), *_standard(unit, channels, stage))
            for stage, (before, channels) in enumerate(zip([stem, *widths], widths, strict=False))
        ]
        self.stage2, self.stage3, self.stage4 = stages
        self.classifier = Classifier(widths[-1], _halved(resolution, times=5), classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, resolution, resolution) to (batch, classes) logits."""
        x = self.stage4(self.stage3(self.stage2(self.stage1(x))))
        logits: Tensor = self.classifier(x)
        return logits


def _standard(unit: Callable[[int, int, bool], nn.Module], channels: int, stage: int) -> Iterator[nn.Module]:
    """The units after the downsampling one of a stage (Table I)."""
    return (unit(channels, stage, False) for _ in range((3, 7, 3)[stage]))


def _halved(size: int, times: int) -> int:
    """A side after strided 3×3 windows with padding 1, each of which rounds up."""
    return size if times == 0 else _halved((size + 1) // 2, times - 1)
