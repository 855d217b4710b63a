"""menet-design flops: what designs cost, operation by operation."""

import re
from typing import Annotated, Any, Literal

import typer

from menet_design.cli.options import (
    Classes,
    CountAs,
    Force,
    Form,
    Groups,
    Names,
    Output,
    Resolution,
    Stem,
    designs,
    next_steps,
)
from menet_design.cli.output import emit
from menet_design.design import Design
from menet_design.errors import DesignError
from menet_design.report.tables import Document

Grouping = Literal["layer", "block", "stage", "branch", "operation"]
By = Annotated[Grouping | None, typer.Option(help="Group the rows; by default by stage, several designs in total.")]
Detector = Annotated[
    Literal["faster-rcnn"] | None,
    typer.Option(help="Count the detector of the paper's Table VIII; --classes are then those of objects."),
]
Image = Annotated[str | None, typer.Option(metavar="HxW", help="Image of the detector; by default 600x1000.")]
Proposals = Annotated[int | None, typer.Option(help="Regions sent to the detector's subnet; by default 300.")]
Roi = Annotated[int | None, typer.Option(help="Height and width of RoI-aligned features; by default 14.")]
Rpn = Annotated[int | None, typer.Option(help="Channels of the region proposal network; by default 512.")]
Anchors = Annotated[int | None, typer.Option(help="Anchors at each position; by default 9.")]


def run(
    names: Names,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    by: By = None,
    convention: CountAs = "paper",
    detector: Detector = None,
    image: Image = None,
    proposals: Proposals = None,
    roi: Roi = None,
    rpn: Rpn = None,
    anchors: Anchors = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Count MACs, parameters and activations of designs, operation by operation.

    Example: menet-design flops 228-MENet-12x1/3 352-MENet-12x1/8 --by stage
    """
    given = {"image": image, "proposals": proposals, "roi": roi, "rpn": rpn, "anchors": anchors}
    given = {key: value for key, value in given.items() if value is not None}
    if detector:
        _refuse({"resolution": resolution}, "with --detector", "Give --image, as 600x1000")
        _refuse({"by": by}, "with --detector", "Its parts are base, RPN, subnet and head")
        found = designs(names, groups, stem, None, None)
        document = _detectors(found, detector, convention, given | ({} if classes is None else {"classes": classes}))
    else:
        _refuse(given, "without --detector", "Add --detector faster-rcnn")
        document = _networks(designs(names, groups, stem, resolution, classes), convention, by)
    emit(document, form, output, force)


def _networks(found: list[Design], convention: str, by: str | None) -> Document:
    from menet_design.analysis.conventions import convention as rules_of
    from menet_design.analysis.cost import count
    from menet_design.report import costs

    rules = rules_of(convention)
    counted = [count(design, rules) for design in found]
    return costs.flops(counted, by, next_steps(found, rules.name))


def _detectors(found: list[Design], name: str, convention: str, numbers: dict[str, Any]) -> Document:
    from menet_design.analysis.conventions import convention as rules_of
    from menet_design.analysis.detector import FasterRCNN, detect
    from menet_design.report.detectors import detectors

    if "image" in numbers:
        numbers["image"] = _sides(numbers["image"])
    detector, rules = FasterRCNN(**numbers), rules_of(convention)
    return detectors([detect(design, detector, rules) for design in found], name)


def _sides(text: str) -> tuple[int, int]:
    """Height and width from "600x1000"."""
    found = re.fullmatch(r"([0-9]{1,9})[x×]([0-9]{1,9})", text)
    if not found:
        raise DesignError(f"image {text!r:.20} is no height and width", "Write 600x1000")
    return int(found[1]), int(found[2])


def _refuse(options: dict[str, Any], when: str, remedy: str) -> None:
    """Raise DesignError for the first option that is given where it means nothing."""
    for key, value in options.items():
        if value is not None:
            raise DesignError(f"--{key} means nothing {when}", remedy)
