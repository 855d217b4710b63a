"""FD-MobileNet in PyTorch (arXiv 1802.03750)."""

from fractions import Fraction

from menet_design.families.fd_mobilenet import FDMobileNet as Numbers
from menet_design.models.layers import Classifier, mapped
from menet_design.models.mobilenet import channels, stages
from menet_design.models.model import Model


class FDMobileNet(Model):
    """α× FD-MobileNet-ρ: (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(design)
        stride = 1 if design.small_images else 2
        self.conv1, made = stages(design, [[1], [2] * 2, [4] * 2, [8] * 5 + [16]], (stride, 2))
        self.stage1, self.stage2, self.stage3, self.stage4 = made
        size = mapped(design.resolution, lambda side: -(-side // (16 * stride)))
        self.classifier = Classifier(channels(design, Fraction(16 * design.width)), size, design.classes)


MODEL = FDMobileNet
