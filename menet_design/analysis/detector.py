"""What a network costs as the backbone of a Faster R-CNN detector (arXiv 1506.01497).

The base is what runs on the image once, the subnet what runs on the features of each proposal; scores and boxes take
the place of the classifier. A pool that ends the base is replaced by RoI pooling, which makes maps of the same size
(Fast R-CNN, arXiv 1504.08083, Section 2.2): RoIs are as large as what the subnet reads in the network itself. RoI
pooling, the choice of proposals and non-maximum suppression are no convolutions: they are not counted.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from menet_design.analysis.backbone import first_block, subnets, unclassified, until, usual_subnet
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import count
from menet_design.analysis.layout import by
from menet_design.display import Displayed
from menet_design.errors import DesignError, IllegalDesign
from menet_design.graph.builder import BlockBuilder
from menet_design.graph.network import Block, Network
from menet_design.graph.operation import Shape
from menet_design.graph.unstrided import unstrided
from menet_design.values import (
    MAX_CHANNELS,
    MAX_CLASSES,
    MAX_RESOLUTION,
    MIN_RESOLUTION,
    check_known,
    check_type,
    check_whole,
)

MAX_PROPOSALS = 10**6


@dataclass(frozen=True, kw_only=True)
class FasterRCNN:
    """The numbers of a detector; an illegal one raises IllegalDesign.

    `image` is height and width in pixels, `proposals` the regions that are sent to the subnet, `roi` the height and
    width of their features, by default what the subnet reads in the network itself, `rpn` the channels of the region
    proposal network (RPN), `anchors` those at each position, `classes` those of objects, beside which there is the
    background. The numbers are those of Faster R-CNN with VGG-16 (arXiv 1506.01497), the classes those of PASCAL VOC.
    """

    image: tuple[int, int] = (600, 1000)
    proposals: int = 300
    roi: tuple[int, int] | None = None
    rpn: int = 512
    anchors: int = 9
    classes: int = 20

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", _sides("image", self.image, MIN_RESOLUTION))
        if self.roi is not None:
            object.__setattr__(self, "roi", _sides("RoI", self.roi, 1))
        check_whole("number of proposals", self.proposals, 1, MAX_PROPOSALS)
        check_whole("number of RPN channels", self.rpn, 1, MAX_CHANNELS)
        check_whole("number of anchors", self.anchors, 1, MAX_CHANNELS)
        check_whole("number of classes", self.classes, 1, MAX_CLASSES)


def _sides(what: str, sides: Any, smallest: int) -> tuple[int, int]:
    """Height and width, or one number for both. Raises TypeError for anything else."""
    check_type(f"the size of the {what}", sides, (int, tuple, list), "a height and a width, (600, 1000)")
    both = (sides, sides) if isinstance(sides, int) else tuple(sides)
    if len(both) != 2:
        raise IllegalDesign(f"the size of the {what} is a height and a width, not {len(both)} numbers")
    height, width = both
    height = check_whole(f"{what} height", height, smallest, MAX_RESOLUTION)
    return height, check_whole(f"{what} width", width, smallest, MAX_RESOLUTION)


class Split(NamedTuple):
    """How the networks of a family are split: with every stride of the subnet 1, or as built; and who says so."""

    unstrided: bool = False
    remarks: tuple[str, ...] = ()


AS_BUILT = Split()


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

    `base` and `subnet` are the stages of the network that are in both, `replaced` says whether RoI pooling stands in
    for a pool between them; all strides of the subnet are 1 where it is `unstrided`. `remarks` say who splits it so.
    """

    network: Network
    detector: FasterRCNN
    base: tuple[str, ...] = field(repr=False)
    subnet: tuple[str, ...]
    parts: tuple[DetectorPart, ...] = field(repr=False)
    convention: Convention
    replaced: bool = field(default=False, repr=False)
    unstrided: bool = field(default=False, repr=False)
    remarks: tuple[str, ...] = field(default=(), repr=False)

    @property
    def macs(self) -> int:
        """What the convention counts of one image: multiply-adds by the paper's."""
        return sum(part.macs for part in self.parts)

    @property
    def params(self) -> int:
        """Weights, biases, batch-norm scales and shifts; those of the subnet, which all proposals share, once."""
        return sum(part.params for part in self.parts)


def detect(
    network: Network,
    resized: Callable[[int, int], Network],
    detector: FasterRCNN | None = None,
    subnet: str | None = None,
    split: Split = AS_BUILT,
    convention: Convention = PAPER,
) -> Detection:
    """Count a detector with a network as its backbone; `resized` makes it for an image of another height and width.

    The subnet begins with the stage of that name, by default with the first one whose maps have a stride of more than
    16 on the image (arXiv 1512.03385, Appendix A); where no map has, with the last one before the classifier. Raises
    DesignError for a stage that cannot be the subnet, and for RoIs that it cannot read.
    """
    check_type("a detector", detector or FasterRCNN(), FasterRCNN, "a FasterRCNN")
    usual = usual_subnet(network)
    chosen = subnet or usual
    check_known("stage", chosen, tuple(subnets(network)))
    first = first_block(network, chosen)
    detector, region = _on_regions(network, resized, detector or FasterRCNN(), first)
    shared, last = _on_image(network, resized, detector.image).blocks[:first], unclassified(region)[first:]
    base = until(shared, lambda op: op.kind != "pool")
    each = unstrided(last, detector.roi or ()) if split.unstrided else last
    parts, replaced = tuple(_parts(base, each, detector, convention)), base != shared
    remarks = split.remarks if chosen == usual else ()
    names = _stages(base), _stages(each)
    return Detection(network, detector, *names, parts, convention, replaced, split.unstrided, remarks)


def _parts(
    base: tuple[Block, ...], subnet: tuple[Block, ...], detector: FasterRCNN, convention: Convention
) -> Iterator[DetectorPart]:
    """The parts in the order in which they run."""
    yield _part("base", base, 1, convention)
    yield _part("RPN", _proposing(base[-1].last.output, detector), 1, convention)
    yield _part("subnet", subnet, detector.proposals, convention)
    yield _part("head", _head(subnet[-1].last.output, detector), detector.proposals, convention)


def _on_image(network: Network, resized: Callable[[int, int], Network], image: tuple[int, int]) -> Network:
    try:
        return resized(*image)
    except DesignError as error:
        wanted, own = (by(sides) for sides in (image, network.inputs[0][1:]))
        cause = f"{network.name or 'the network'} cannot be counted on an image of {wanted}: {error.cause}"
        raise DesignError(cause, error.remedy or f"Its own is {own}") from None


def _on_regions(
    network: Network, resized: Callable[[int, int], Network], detector: FasterRCNN, first: int
) -> tuple[FasterRCNN, Network]:
    """The detector with its RoIs, and the network on an image of which the block of that index reads as much."""
    read, image = network.blocks[first - 1].last.output[1:], network.inputs[0][1:]
    if detector.roi in (None, read):
        return replace(detector, roi=read), network
    with suppress(DesignError):
        sides = (side * size // own for side, size, own in zip(image, detector.roi or (), read, strict=True))
        region = resized(*sides)
        if region.blocks[first - 1].last.output[1:] == detector.roi:
            return detector, region
    raise DesignError(f"{network.name} reads no RoIs of {by(detector.roi or ())}", f"By itself it reads {by(read)}")


def _stages(blocks: Iterable[Block]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(block.stage for block in blocks))


def _proposing(features: Shape, detector: FasterRCNN) -> tuple[Block, ...]:
    """The RPN: a 3×3 conv, then at each position 2 scores and 4 coordinates an anchor (arXiv 1506.01497, Fig. 3)."""
    builder = BlockBuilder(*features)
    x = builder.relu("relu", builder.conv("conv", builder.input, detector.rpn, kernel=3, bias=True))
    scores = builder.conv("scores", x, 2 * detector.anchors, bias=True)
    builder.concat("concat", scores, builder.conv("boxes", x, 4 * detector.anchors, bias=True))
    return (builder.block(),)


def _head(features: Shape, detector: FasterRCNN) -> tuple[Block, ...]:
    """Fully connected layers for the scores and, for each class, the 4 coordinates of a box; of maps, their average."""
    builder, classes = BlockBuilder(*features), detector.classes + 1
    x = builder.input if max(features[1:]) == 1 else builder.global_pool("pool", builder.input)
    scores = builder.linear("scores", x, classes)
    builder.concat("concat", scores, builder.linear("boxes", x, 4 * classes))
    return (builder.block(),)


def _part(name: str, blocks: tuple[Block, ...], runs: int, convention: Convention) -> DetectorPart:
    cost = count(Network(blocks=blocks, inputs=blocks[0].read), convention)
    return DetectorPart(name, cost.macs * runs, cost.params, runs, blocks[-1].last.output)
