"""The baseline of the EffNet paper in PyTorch (arXiv 1801.06434)."""

from torch import nn

from menet_design.models.effnet_paper import PooledConvolution, ThreeStages
from menet_design.models.layers import initialise
from menet_design.zoo.effnet_baseline import EffNetBaseline as Design


class EffNetBaseline(ThreeStages):
    """Three 3×3 convolutions, each with a max pool, and a fully connected layer."""

    def __init__(self, design: Design) -> None:
        width, size = design.width, design.resolution // 8
        super().__init__(
            PooledConvolution(3, width),
            PooledConvolution(width, 2 * width),
            PooledConvolution(2 * width, 4 * width),
            4 * width * size**2,
            design.classes,
        )


def build(design: Design) -> nn.Module:
    """The model of a design, initialised by He et al.'s normal, by fan-out."""
    return initialise(EffNetBaseline(design))


def rename_key(key: str) -> str:
    """The name in our state dict of a key of other checkpoints: none are known."""
    return key
