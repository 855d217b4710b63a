"""What a network costs as the backbone of a Faster R-CNN detector, as in the MENet paper (Section IV-B, Table VIII).

The last stage is the R-CNN subnet, in which every stride is 1 and which runs on the RoI-aligned features of each
proposal; what comes before it is the base network, which runs on the image once. RoI align, the choice of proposals
and non-maximum suppression are no convolutions: they are not counted.
"""

from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import price, totals
from menet_design.architectures import network
from menet_design.architectures.network import Block, Graph, Network
from menet_design.architectures.resized import resized
from menet_design.design import MAX_CHANNELS, MAX_CLASSES, MAX_RESOLUTION, MIN_RESOLUTION, Design, check_whole
from menet_design.errors import DesignError

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


class Part(NamedTuple):
    """A part of a detector, what it costs over all of its runs on one image, and the shape that one run makes."""

    name: str
    macs: int
    params: int
    runs: int
    output: tuple[int, int, int]


class Detection(NamedTuple):
    """What a detector costs on one image; `macs` and `params` are the sums over its parts.

    `stages` are those of the network: all but the last one that is counted, the subnet, make the base.
    """

    design: Design
    detector: FasterRCNN
    stages: tuple[str, ...]
    parts: tuple[Part, ...]
    convention: Convention

    @property
    def macs(self) -> int:
        """What the convention counts of one image: multiply-adds by the paper's."""
        return sum(part.macs for part in self.parts)

    @property
    def params(self) -> int:
        """Weights, biases, batch-norm scales and shifts; those of the subnet, which all proposals share, once."""
        return sum(part.params for part in self.parts)


def detect(design: Design, detector: FasterRCNN | None = None, convention: Convention = PAPER) -> Detection:
    """Count a detector with a design as its backbone. Raises DesignError where the paper splits no such design."""
    detector = detector or FasterRCNN()
    before, last = _split(design)
    base = resized(before, *detector.image)
    features = base.blocks[-1].last.output
    subnet = resized(last, detector.roi, detector.roi, unstrided=True)
    built = {
        "base": (base, 1),
        "RPN": (_proposing(features, detector), 1),
        "subnet": (subnet, detector.proposals),
        "head": (_head(subnet.blocks[-1].last.output, detector), detector.proposals),
    }
    parts = (_part(name, each, runs, convention) for name, (each, runs) in built.items())
    stages = dict.fromkeys(block.name.partition(".")[0] for block in (*before, *last))
    return Detection(design, detector, tuple(stages), tuple(parts), convention)


def _split(design: Design) -> tuple[list[Block], list[Block]]:
    """The blocks of the base network and those of the subnet."""
    if not design.subnet:
        raise DesignError(f"the paper has no detector on {design.name}", "It has them on MENet, ShuffleNet, MobileNet")
    blocks, stage = network(design).blocks, f"{design.subnet}."
    base = list(takewhile(lambda block: not block.name.startswith(stage), blocks))
    return base, [block for block in blocks if block.name.startswith(stage)]


def _proposing(features: tuple[int, int, int], detector: FasterRCNN) -> Network:
    """The RPN: a 3×3 conv, then at each position 2 scores and 4 coordinates an anchor (arXiv 1506.01497, Fig. 3)."""
    graph = Graph(*features)
    x = graph.relu("relu", graph.conv("conv", graph.input, detector.rpn, kernel=3, bias=True))
    scores = graph.conv("scores", x, 2 * detector.anchors, bias=True)
    graph.concat("concat", scores, graph.conv("boxes", x, 4 * detector.anchors, bias=True))
    return Network((graph.block("rpn"),))


def _head(features: tuple[int, int, int], detector: FasterRCNN) -> Network:
    """Global average pool; fully connected layers for the scores and, for each class, the 4 coordinates of a box."""
    graph, classes = Graph(*features), detector.classes + 1
    x = graph.global_pool("pool", graph.input)
    scores = graph.linear("scores", x, classes)
    graph.concat("concat", scores, graph.linear("boxes", x, 4 * classes))
    return Network((graph.block("head"),))


def _part(name: str, built: Network, runs: int, convention: Convention) -> Part:
    cost = totals(price(built, convention))
    return Part(name, cost.macs * runs, cost.params, runs, built.blocks[-1].last.output)
