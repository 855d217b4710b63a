"""How papers split networks into the base and the subnet of a detector, by family of network."""

from collections.abc import Mapping

from menet_design.analysis.detector import Split
from menet_design.graph.network import Network

_MENET = "arXiv 1803.09127 (IV-B) says 600×, 300 proposals, RoI align and this split."
_MOBILENET = (
    "arXiv 1803.09127 also says 28 layers for the base and 4 for the subnet, more than there are; the last 4 "
    "convolutions are taken for the subnet, all before them for the base."
)
_VGG = (
    "Faster R-CNN (arXiv 1506.01497) says 600×, 300 proposals, 9 anchors, 512 channels and this split. Pools round "
    "down here, as in PyTorch; in its authors' Caffe up, to 38×63 positions of 600×1000."
)
_RESNET = (
    "Split as ResNets are (arXiv 1512.03385, Appendix A): what has a stride of up to 16 is the base. RoIs have the "
    "size, and the subnet the strides, of the network itself, as arXiv 1703.06870 (Fig. 4) says of ResNet."
)

SPLITS: Mapping[str, Split] = {
    "menet": Split(unstrided=True, remarks=(_MENET,)),
    "shufflenet": Split(unstrided=True, remarks=(_MENET,)),
    "mobilenet": Split(unstrided=True, remarks=(_MENET, _MOBILENET)),
    "vgg": Split(remarks=(_VGG,)),
}


def split_of(network: Network) -> Split:
    """How a network is split: as its family's paper says, otherwise as ResNets are."""
    return SPLITS.get(network.source, Split(remarks=(_RESNET,)))
