"""What a network costs as the backbone of a Faster R-CNN detector, as in the MENet paper (Section IV-B, Table VIII).

The last stage is the R-CNN subnet, in which every stride is 1 and which runs on the RoI-aligned features of each
proposal; what comes before it is the base network, which runs on the image once. RoI align, the choice of proposals
and non-maximum suppression are no convolutions: they are not counted.
"""

from dataclasses import dataclass, field
from itertools import chain

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import count
from menet_design.display import Displayed
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Shape
from menet_design.graph.resized import resized
from menet_design.values import MAX_CHANNELS, MAX_CLASSES, MAX_RESOLUTION, MIN_RESOLUTION, check_known, check_whole

MAX_PROPOSALS = 10**6


@dataclass(frozen=True, kw_only=True)
class FasterRCNN:
    """The numbers of a detector; an illegal one raises IllegalDesign.

    `image` is height and width in pixels, `proposals` the regions that are sent to the subnet, `roi` the height and
    width of the aligned features, `rpn` the channels of the region proposal network (RPN), `anchors` those at each
    position, `classes` those of objects, beside which there is the background. The paper says the 600 of the image
    and the proposals; anchors, channels and the 1000 are those of Faster R-CNN (arXiv 1506.01497), the classes those
    of PASCAL VOC, and the RoIs are those of ResNet's detectors.
    """

    image: tuple[int, int] = (600, 1000)
    proposals: int = 300
    roi: int = 14
    rpn: int = 512
    anchors: int = 9
    classes: int = 20

    def __post_init__(self) -> None:
        for side, value in zip(("height", "width"), self.image, strict=True):
            check_whole(f"image {side}", value, MIN_RESOLUTION, MAX_RESOLUTION)
        check_whole("number of proposals", self.proposals, 1, MAX_PROPOSALS)
        check_whole("RoI size", self.roi, 1, MAX_RESOLUTION)
        check_whole("number of RPN channels", self.rpn, 1, MAX_CHANNELS)
        check_whole("number of anchors", self.anchors, 1, MAX_CHANNELS)
        check_whole("number of classes", self.classes, 1, MAX_CLASSES)


@dataclass(frozen=True)
class DetectorPart:
    """A part of a detector, what it costs over all of its runs on one image, and the shape that one run makes."""

    name: str
    macs: int
    params: int
    runs: int
    output: Shape


@dataclass(frozen=True)
class Detection(Displayed):
    """What a detector costs on one image; `macs` and `params` are the sums over its parts.

    `stages` are those of the network: all but the last one that is counted, the subnet, make the base. `remark` says
    what the source of this split says otherwise, if anything.
    """

    network: Network
    detector: FasterRCNN
    stages: tuple[str, ...]
    parts: tuple[DetectorPart, ...] = field(repr=False)
    convention: Convention
    remark: str = ""

    @property
    def macs(self) -> int:
        """What the convention counts of one image: multiply-adds by the paper's."""
        return sum(part.macs for part in self.parts)

    @property
    def params(self) -> int:
        """Weights, biases, batch-norm scales and shifts; those of the subnet, which all proposals share, once."""
        return sum(part.params for part in self.parts)


def detect(
    network: Network, subnet: str, detector: FasterRCNN | None = None, convention: Convention = PAPER
) -> Detection:
    """Count a detector with a network as its backbone, of which one stage is the subnet and those before it the base.

    Raises DesignError for a stage that the network does not have.
    """
    detector = detector or FasterRCNN()
    check_known("stage", subnet, tuple(network.stages)[1:])
    stages = list(network.stages)[: list(network.stages).index(subnet) + 1]
    base = resized(chain.from_iterable(network.stages[stage] for stage in stages[:-1]), *detector.image)
    last = resized(network.stages[subnet], detector.roi, detector.roi, unstrided=True)
    built = {
        "base": (base, 1),
        "RPN": (_proposing(base[-1].last.output, detector), 1),
        "subnet": (last, detector.proposals),
        "head": (_head(last[-1].last.output, detector), detector.proposals),
    }
    parts = (_part(name, blocks, runs, convention) for name, (blocks, runs) in built.items())
    return Detection(network, detector, tuple(stages), tuple(parts), convention)


def _proposing(features: Shape, detector: FasterRCNN) -> tuple[Block, ...]:
    """The RPN: a 3×3 conv, then at each position 2 scores and 4 coordinates an anchor (arXiv 1506.01497, Fig. 3)."""
    builder = BlockBuilder(*features)
    x = builder.relu("relu", builder.conv("conv", builder.input, detector.rpn, kernel=3, bias=True))
    scores = builder.conv("scores", x, 2 * detector.anchors, bias=True)
    builder.concat("concat", scores, builder.conv("boxes", x, 4 * detector.anchors, bias=True))
    return (builder.block(),)


def _head(features: Shape, detector: FasterRCNN) -> tuple[Block, ...]:
    """Global average pool; fully connected layers for the scores and, for each class, the 4 coordinates of a box."""
    builder, classes = BlockBuilder(*features), detector.classes + 1
    x = builder.global_pool("pool", builder.input)
    scores = builder.linear("scores", x, classes)
    builder.concat("concat", scores, builder.linear("boxes", x, 4 * classes))
    return (builder.block(),)


def _part(name: str, blocks: tuple[Block, ...], runs: int, convention: Convention) -> DetectorPart:
    cost = count(Network(blocks=blocks, inputs=blocks[0].read), convention)
    return DetectorPart(name, cost.macs * runs, cost.params, runs, blocks[-1].last.output)
