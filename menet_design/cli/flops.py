"""menet-design flops: what designs cost, operation by operation."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.hints import next_steps
from menet_design.cli.options import CountAs, Given, Grouping, Names, Numbers, Settings, built_in, given
from menet_design.cli.parsing import refuse, size_of
from menet_design.cli.spreading import command
from menet_design.families.design import Design, sides
from menet_design.report.tables import Document

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
    names: Names,
    settings: Settings,
    detector: Detector,
    answer: Answer,
    by: By = None,
    depth: Annotated[
        int | None, typer.Option(help="Group the rows by the first so many parts of their names, as torchinfo does.")
    ] = None,
    convention: CountAs = "paper",
    training: Annotated[
        bool, typer.Option("--training", help="Count a training step: forward and gradients, as torch does.")
    ] = False,
) -> None:
    """Count MACs, parameters and activations of designs, operation by operation.

    Example: menet-design flops 228-MENet-12x1/3 352-MENet-12x1/8 --by stage
    """
    numbers = {key: value for key, value in given(detector).items() if key != "detector"}
    if detector.detector is None:
        first = next(iter(numbers), "")
        refuse(bool(first), f"--{first} means nothing without --detector", "Add --detector faster-rcnn")
        refuse(training and convention != "paper", "--training counts as torch does", "Leave out --convention")
        refuse(bool(by and depth), "--by and --depth both group the rows", "Give one of them")
        answer.give(_networks(_with_others(settings.of(*names)), "training" if training else convention, by, depth))
        return
    refuse(settings.resolution is not None, "--resolution means nothing with --detector", "Give --image, as 600x1000")
    grouped = bool(by or depth or training)
    refuse(
        grouped, "--by, --depth and --training mean nothing with --detector", "Its parts are base, RPN, subnet and head"
    )
    found = Numbers(groups=settings.groups, stem=settings.stem).designs(*names)
    numbers |= {} if settings.classes is None else {"classes": settings.classes}
    answer.give(_detectors(found, detector.detector, convention, numbers))


def _with_others(found: list[Given]) -> list[Given]:
    """Networks, and behind each the others that people call by its name."""
    return [each for one in found for each in (one, *map(built_in, one.design.also if one.design else ()))]


def _networks(found: list[Given], convention: str, by: str | None, depth: int | None) -> Document:
    from menet_design.analysis.counters import convention as rules_of
    from menet_design.analysis.training import count_training
    from menet_design.api import count
    from menet_design.families import other_units
    from menet_design.report import costs

    if convention == "training":
        counted = [count_training(each.network) for each in found]
    else:
        counted = [count(each.network, rules_of(convention)) for each in found]
    units = other_units(each.design for each in found if each.design)
    return costs.flops(counted, depth or by, [*units], next_steps(found, convention))


def _detectors(found: list[Design], name: str, convention: str, numbers: dict[str, Any]) -> Document:
    from menet_design.analysis.counters import convention as rules_of
    from menet_design.analysis.detector import FasterRCNN
    from menet_design.papers.detectors import detect_as_printed
    from menet_design.report.detectors import detectors
    from menet_design.resolving import network

    if "image" in numbers:
        height, width = sides(size_of(numbers["image"], "image"))
        numbers["image"] = (height, width)
    detector, rules = FasterRCNN(**numbers), rules_of(convention)
    return detectors([detect_as_printed(network(design), detector, rules) for design in found], name)
