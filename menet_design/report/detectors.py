"""Costs of detectors: the answer of `flops --detector`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.detector import Detection
from menet_design.report.costs import readings, recorded_readings
from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.report.units import exact, millions, percent, shape

DETECTORS = {"faster-rcnn": "Faster R-CNN"}
_MFLOPS = Column("macs", "MFLOPs", millions)


def detectors(found: Sequence[Detection], name: str) -> Document:
    """What detectors cost: one part by part, several side by side."""
    results = [_described(each, name) for each in found]
    if len(found) > 1:
        return Document("flops", results, _side_by_side(found), "", _notes(found), _records(results))
    (one,) = found
    return Document("flops", results, _parts(one), _headline(one, name), _notes(found), _records(results))


def _described(found: Detection, name: str) -> dict[str, Any]:
    """A detector for JSON."""
    numbers = found.detector
    return {
        "network": found.design.name,
        "detector": name,
        "image": list(numbers.image),
        "proposals": numbers.proposals,
        "roi": numbers.roi,
        "rpn": numbers.rpn,
        "anchors": numbers.anchors,
        "classes": numbers.classes,
        "parts": [{**part._asdict(), "output": list(part.output)} for part in found.parts],
        "macs": found.macs,
        "params": found.params,
        "convention": found.convention.name,
        **recorded_readings(found.design),
    }


def _headline(found: Detection, name: str) -> str:
    amounts = f"{millions(found.macs)} MFLOPs, {millions(found.params)} M parameters"
    return f"{found.design.title} in {DETECTORS[name]}: {amounts}"


def _notes(found: Sequence[Detection]) -> list[str]:
    """What is counted, how the networks are split, and what the paper leaves open."""
    numbers, splits = found[0].detector, [_split(each, alone=len(found) == 1) for each in found]
    remarks = dict.fromkeys(each.design.subnet_remark for each in found if each.design.subnet_remark)
    height, width = numbers.image
    opened = (
        "The paper says 600×, 300 proposals, RoI align and this split. It leaves open, and here is taken: "
        f"image {height}×{width} (--image), RoIs {numbers.roi}×{numbers.roi} (--roi), "
        f"RPN 3×3 conv with {numbers.rpn} channels (--rpn), {numbers.anchors} anchors (--anchors), "
        f"{numbers.classes} classes and background (--classes), "
        "and a head of average pool and fully connected layers (a score and a box a class) for the classifier."
    )
    return [
        f"one image {height}×{width}; subnet and head on {numbers.proposals:,} proposals",
        *splits,
        *map(Prose, remarks),
        Prose(opened),
        *readings(each.design for each in found),
        found[0].convention.statement,
    ]


def _split(found: Detection, alone: bool) -> str:
    """Which stages are the base network and which is the subnet."""
    first, *_, last, subnet = found.stages
    return f"{'' if alone else f'{found.design.name}: '}base {first} to {last}; subnet {subnet}, all strides 1"


def _parts(found: Detection) -> Table:
    """One detector, part by part, with the total last."""
    columns = (
        Column("part", "part", align="left"),
        _MFLOPS,
        Column("share", "share", percent),
        Column("params", "params", exact),
        Column("runs", "runs", exact),
        Column("output", "output of a run", shape),
    )
    rows: list[Sequence[Any]] = [
        (part.name, part.macs, Fraction(part.macs, found.macs), part.params, part.runs, part.output)
        for part in found.parts
    ]
    total = ("total", found.macs, Fraction(1), found.params, None, None)
    return Table(columns, [*rows, total], chosen=len(rows))


def _side_by_side(found: Sequence[Detection]) -> Table:
    """A row a detector: the MFLOPs of each part, and the parameters of all."""
    parts = [Column(part.name, part.name, millions) for part in found[0].parts]
    columns = [Column("network", "MFLOPs", align="left"), *parts, Column("macs", "total", millions)]
    columns.append(Column("params", "params (M)", millions))
    rows = [(each.design.name, *(part.macs for part in each.parts), each.macs, each.params) for each in found]
    return Table(columns, rows)


def _records(results: Sequence[dict[str, Any]]) -> Table:
    """A row a part of each detector, exact, for CSV and TSV."""
    keys = ("network", "detector", "image", "proposals", "roi", "rpn", "anchors", "classes")
    values = [
        [*(each[key] for key in keys), part["name"], part["macs"], part["params"], each["convention"]]
        for each in ({**result, "image": "x".join(map(str, result["image"]))} for result in results)
        for part in each["parts"]
    ]
    return Table([Column(key, key) for key in (*keys, "part", "macs", "params", "convention")], values)
