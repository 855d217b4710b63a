"""VGG for CIFAR in PyTorch: VGG's convolutions with batch norm, and one fully connected layer."""

from menet_design.families.vgg_cifar import VGGNetCIFAR as Numbers
from menet_design.models import vgg
from menet_design.models.layers import Classifier, mapped
from menet_design.models.model import Model


class VGGNetCIFAR(Model):
    """VGG for CIFAR: (batch, input channels, h, w) to (batch, classes) logits."""

    def __init__(self, design: Numbers) -> None:
        super().__init__(design)
        width = design.width
        self.stage1, self.stage2, self.stage3, self.stage4, self.stage5 = vgg.stages(
            design.channels, width, design.depth, "batch"
        )
        self.classifier = Classifier(8 * width, mapped(design.resolution, lambda side: side // 32), design.classes)


MODEL = VGGNetCIFAR
initialise = vgg.initialise
