"""Xception-15 in PyTorch: Xception-like units (arXiv 1707.01083, Section 4.1) in the MENet paper's Table I."""

from menet_design.families.xception15 import Xception15 as Numbers
from menet_design.models.layers import ResidualBranch, Unit
from menet_design.models.table_one import TableOne


class Xception15(TableOne):
    """w-Xception-15: logits of images."""

    def __init__(self, design: Numbers) -> None:
        def unit(in_channels: int, channels: int, stride: int, _: int) -> Unit:
            """ShuffleNet's unit with one group, in which nothing is shuffled."""
            return Unit(ResidualBranch(in_channels, channels, groups=1, first_groups=1, stride=stride), stride)

        super().__init__(unit, design)


MODEL = Xception15
