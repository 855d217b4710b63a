"""The baseline of the EffNet paper in PyTorch (arXiv 1801.06434)."""

from menet_design.families.effnet_baseline import EffNetBaseline as Numbers
from menet_design.models.effnet_paper import PooledConvolution, ThreeStages


class EffNetBaseline(ThreeStages):
    """Three 3×3 convolutions, each with a max pool, and a fully connected layer."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(PooledConvolution, PooledConvolution, design)


MODEL = EffNetBaseline
