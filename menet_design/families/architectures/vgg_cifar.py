"""VGG for CIFAR: VGG's convolutions with batch norm, global average pool and one fully connected layer."""

from menet_design.families.architectures.layers import classifier
from menet_design.families.architectures.vgg import convolutions
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Network, chain
from menet_design.graph.operation import Integer, Shape


def network(*, width: Integer, depth: int = 16, image: Shape = (3, 32, 32), classes: Integer = 10) -> Network:
    """A VGG for CIFAR: five stages of 3×3 convs with batch norm, average pool, classifier."""
    stages, last = convolutions(BlockBuilder(*image).input, width, depth, "batch")
    return chain(image, {**stages, "classifier": classifier(last, classes)})
