"""The layout of the MENet paper's Table I in PyTorch: a stem, three stages of 4, 8 and 4 units, a classifier."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

from menet_design.models.layers import Classifier, Convolution, channels_last, mapped
from menet_design.models.model import Model

if TYPE_CHECKING:
    from menet_design.families import table_one as families
    from menet_design.families.menet import MENet
    from menet_design.families.shufflenet import ShuffleNet

# Makes a unit of its input channels, its channels, its stride and its stage from 0.
MakeUnit = Callable[[int, int, int, int], nn.Module]


class Stage1(Convolution):
    """3×3 conv and 3×3 max pool, both with stride 2."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(in_channels, channels, 3, stride=2)
        self.pool = nn.MaxPool2d(3, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in_channels, h, w) to (batch, channels, h / 4, w / 4)."""
        pooled: Tensor = self.pool(channels_last(functional.relu(self.norm(self.conv(x)), inplace=True)))
        return pooled


class TableOne(Model):
    """Units in the layout of Table I: (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(
        self,
        unit: MakeUnit,
        design: "MENet | ShuffleNet | families.TableOne",
        *,
        bias: bool = True,
        blocks: Sequence[int] = (3, 7, 3),
        widths: Sequence[int] | None = None,
    ) -> None:
        super().__init__(design)
        first = Convolution(design.channels, design.stem, 3) if design.small_images else None
        self.stage1 = first or Stage1(design.channels, design.stem)
        widths = widths or (design.width, 2 * design.width, 4 * design.width)
        rows = zip((design.stem, *widths[:2]), widths, blocks, strict=True)
        stages = [
            nn.Sequential(unit(before, channels, 2, stage), *(unit(channels, channels, 1, stage) for _ in range(more)))
            for stage, (before, channels, more) in enumerate(rows)
        ]
        self.stage2, self.stage3, self.stage4 = stages
        size = mapped(design.resolution, partial(_halved, times=3 if design.small_images else 5))
        self.classifier = Classifier(widths[-1], size, design.classes, bias=bias)


def _halved(size: int, times: int) -> int:
    """A side after strided 3×3 windows with padding 1, each of which rounds up."""
    return size if times == 0 else _halved((size + 1) // 2, times - 1)
