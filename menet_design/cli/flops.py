"""menet-design flops: what designs cost, operation by operation."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from menet_design.cli.options import Answer, CountAs, Grouping, Names, Settings, command, given, next_steps, refuse
from menet_design.errors import DesignError
from menet_design.families.design import Design
from menet_design.report.tables import Document, Prose

if TYPE_CHECKING:
    from menet_design.analysis.conventions import Convention

By = Annotated[Grouping | None, typer.Option(help="Group the rows; by default by stage, several designs in total.")]


@dataclass(frozen=True)
class Detector:
    """The detector of the paper's Table VIII, and its numbers."""

    detector: Annotated[
        Literal["faster-rcnn"] | None,
        typer.Option(help="Count the detector of the paper's Table VIII; --classes are then those of objects."),
    ] = None
    image: Annotated[str | None, typer.Option(metavar="HxW", help="Image of the detector; by default 600x1000.")] = None
    proposals: Annotated[int | None, typer.Option(help="Regions sent to the detector's subnet; by default 300.")] = None
    roi: Annotated[int | None, typer.Option(help="Height and width of RoI-aligned features; by default 14.")] = None
    rpn: Annotated[int | None, typer.Option(help="Channels of the region proposal network; by default 512.")] = None
    anchors: Annotated[int | None, typer.Option(help="Anchors at each position; by default 9.")] = None


@command
def run(
    names: Names, settings: Settings, detector: Detector, answer: Answer, by: By = None, convention: CountAs = "paper"
) -> None:
    """Count MACs, parameters and activations of designs, operation by operation.

    Example: menet-design flops 228-MENet-12x1/3 352-MENet-12x1/8 --by stage
    """
    from menet_design.analysis.counters import convention as rules_of

    numbers = {key: value for key, value in given(detector).items() if key != "detector"}
    if detector.detector is not None:
        unclear = settings.resolution is not None
        refuse(unclear, "--resolution means nothing with --detector", "Give --image, as 600x1000")
        refuse(by is not None, "--by means nothing with --detector", "Its parts are base, RPN, subnet and head")
        found = Settings(settings.groups, settings.stem).of(*names)
        numbers |= given(Settings(classes=settings.classes))
        answer.give(_detectors(found, detector.detector, rules_of(convention), numbers))
        return
    first = next(iter(numbers), "")
    refuse(bool(first), f"--{first} means nothing without --detector", "Add --detector faster-rcnn")
    from menet_design.api import count
    from menet_design.families import other_units
    from menet_design.report import costs

    found, rules = settings.of(*names), rules_of(convention)
    notes = list(map(Prose, other_units(found)))
    answer.give(costs.flops([count(design, rules) for design in found], by, notes, next_steps(found, rules.name)))


def _detectors(found: list[Design], name: str, rules: "Convention", numbers: dict[str, Any]) -> Document:
    from menet_design.analysis.detector import FasterRCNN
    from menet_design.api import network
    from menet_design.papers.detectors import detect_as_printed
    from menet_design.report.detectors import detectors

    if "image" in numbers:
        numbers["image"] = _sides(numbers["image"])
    detector = FasterRCNN(**numbers)
    return detectors([detect_as_printed(network(design), detector, rules) for design in found], name)


def _sides(text: str) -> tuple[int, int]:
    """Height and width from "600x1000"."""
    found = re.fullmatch(r"([0-9]{1,9})[x×]([0-9]{1,9})", text)
    if not found:
        raise DesignError(f"image {text!r:.20} is not a height and a width", "Write 600x1000")
    return int(found[1]), int(found[2])
