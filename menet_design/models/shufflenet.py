"""ShuffleNet v1 in PyTorch (arXiv 1707.01083), in the layout of the MENet paper's Table I."""

from menet_design.families.shufflenet import ShuffleNet as Numbers
from menet_design.models.layers import ResidualBranch, Unit
from menet_design.models.table_one import TableOne


class ShuffleNet(TableOne):
    """ShuffleNet s× with g groups: logits of images."""

    def __init__(self, design: Numbers) -> None:
        def unit(in_channels: int, channels: int, stride: int, stage: int) -> Unit:
            """ShuffleNet unit, standard or downsampling (Fig. 2b and c)."""
            first_groups = 1 if (stage, stride) == (0, 2) else design.groups
            groups = design.groups, first_groups
            return Unit(ResidualBranch(in_channels, channels, *groups, stride, design.shuffle_groups), stride)

        bias = design.variant == "paper"
        super().__init__(unit, design, bias=bias, blocks=design.blocks, widths=design.widths)


MODEL = ShuffleNet
