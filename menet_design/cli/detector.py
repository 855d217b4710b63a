"""menet-design detector: what detectors with designs as their backbones cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.options import CountAs, Given, Groups, Layers, Names, Passed, Settings, given
from menet_design.cli.parsing import refuse, size_of
from menet_design.cli.spreading import command
from menet_design.families.design import sides

if TYPE_CHECKING:
    from menet_design.analysis.detector import Detection, FasterRCNN

Detector = Annotated[Literal["faster-rcnn"], typer.Argument(metavar="DETECTOR", help="faster-rcnn.")]
Subnet = Annotated[
    str | None,
    typer.Option(metavar="STAGE", help="First stage that runs on proposals; by default as papers split the network."),
]


@dataclass(frozen=True)
class Numbers:
    """The numbers of a detector."""

    image: Annotated[str | None, typer.Option(metavar="HxW", help="Image; by default 600x1000.")] = None
    proposals: Annotated[int | None, typer.Option(help="Regions sent to the subnet; by default 300.")] = None
    roi: Annotated[
        str | None, typer.Option(metavar="N|HxW", help="Features of a region; by default what the subnet reads.")
    ] = None
    rpn: Annotated[int | None, typer.Option(help="Channels of the region proposal network; by default 512.")] = None
    anchors: Annotated[int | None, typer.Option(help="Anchors at each position; by default 9.")] = None
    classes: Annotated[int | None, typer.Option(help="Classes of objects; by default 20.")] = None

    def detector(self) -> "FasterRCNN":
        """The detector that has them."""
        from menet_design.analysis.detector import FasterRCNN

        sizes = {key: sides(size_of(value, key)) for key in ("image", "roi") if (value := getattr(self, key))}
        return FasterRCNN(**(given(self) | sizes))


@dataclass(frozen=True)
class Backbone(Layers, Passed):
    """The numbers that names may leave unsaid, but for those of an image, and what networks of others are made with."""

    groups: Groups = None


@command
def run(
    detector: Detector,
    names: Names,
    numbers: Numbers,
    backbone: Backbone,
    answer: Answer,
    subnet: Subnet = None,
    convention: CountAs = "paper",
) -> None:
    """Count detectors with designs as their backbones: base, region proposals, subnet and head.

    Example: menet-design detector faster-rcnn 352-MENet-12x1/8 VGG-16
    """
    from menet_design.report.detectors import detectors

    answer.check()
    rcnn = numbers.detector()
    networks = Settings(**vars(backbone)).of(*names)
    ours = backbone.input is not None and all(each.design for each in networks)
    refuse(ours, "--input is what a backbone reads by itself", "Give --image for what the detector reads")
    found = [_detect(each, rcnn, subnet, convention) for each in networks]
    answer.give(detectors(found, detector))


def _detect(found: Given, detector: "FasterRCNN", subnet: str | None, convention: Any) -> "Detection":
    from menet_design.api.networks import detect

    network = found.network
    if found.design:
        return detect(found.design, detector, subnet, convention)
    return detect(found.name, detector, subnet, convention, network.inputs, found.allowed, **network.numbers)
