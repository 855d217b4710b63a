"""Costs of detectors: the answer of `flops --detector`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.detector import Detection
from menet_design.report.costs import PARAMS, SHARE, assumptions, recorded_assumptions
from menet_design.report.tables import Column, Document, Table, scalars, text_column
from menet_design.report.units import millions, shape, thousands

_TITLES = {"faster-rcnn": "Faster R-CNN"}


def detectors(found: Sequence[Detection], name: str = "faster-rcnn") -> Document:
    """What detectors cost: one part by part, several side by side."""
    results: list[dict[str, Any]] = [
        {
            "network": each.network.name,
            "detector": name,
            **vars(each.detector),
            "parts": list(map(vars, each.parts)),
            "macs": each.macs,
            "params": each.params,
            "convention": each.convention.name,
            **recorded_assumptions(each.network),
        }
        for each in found
    ]
    keys = ("network", "detector", *vars(found[0].detector), "part", "macs", "params", "convention")
    cells = (scalars(result | part | {"part": part["name"]}) for result in results for part in result["parts"])
    records = [{key: each[key] for key in keys} for each in cells]
    if len(found) > 1:
        return Document("flops", results, _side_by_side(found), "", _notes(found), records, version=2)
    (one,) = found
    amounts = f"{millions(one.macs)} MFLOPs, {millions(one.params)} M parameters"
    headline = f"{one.network.title} in {_TITLES[name]}: {amounts}"
    return Document("flops", results, _parts(one), headline, _notes(found), records, version=2)


def _notes(found: Sequence[Detection]) -> list[str]:
    """What is counted, how the networks are split, and what the paper leaves open."""
    numbers, image = found[0].detector, shape(found[0].detector.image)
    splits = [
        f"base {stages[0]} to {stages[-2]}; subnet {stages[-1]}, all strides 1"
        for stages in (each.stages for each in found)
    ]
    if len(found) > 1:
        splits = [f"{each.network.name}: {split}" for each, split in zip(found, splits, strict=True)]
    opened = (
        "The paper says 600×, 300 proposals, RoI align and this split. It leaves open, and here is taken: "
        f"image {image} (--image), RoIs {numbers.roi}×{numbers.roi} (--roi), "
        f"RPN 3×3 conv with {numbers.rpn} channels (--rpn), {numbers.anchors} anchors (--anchors), "
        f"{numbers.classes} classes and background (--classes), "
        "and a head of average pool and fully connected layers (a score and a box a class) for the classifier."
    )
    return [
        f"one image {image}; subnet and head on {numbers.proposals:,} proposals",
        *splits,
        *(remark for remark in dict.fromkeys(each.remark for each in found) if remark),
        opened,
        *assumptions(each.network for each in found),
        found[0].convention.statement,
    ]


def _parts(found: Detection) -> Table:
    """One detector, part by part, with the total last."""
    columns = [
        text_column("name", "part"),
        Column("macs", "MFLOPs", millions),
        SHARE,
        PARAMS,
        Column("runs", "runs", thousands),
        Column("output", "output of a run", shape),
    ]
    rows = [vars(part) | {"share": Fraction(part.macs, found.macs)} for part in found.parts]
    total = {"name": "total", "macs": found.macs, "share": Fraction(1), "params": found.params}
    return Table(columns, [*rows, total], chosen=-1)


def _side_by_side(found: Sequence[Detection]) -> Table:
    """A row a detector: the MFLOPs of each part, and the parameters of all."""
    amounts = [{part.name: part.macs for part in each.parts} | {"total": each.macs} for each in found]
    rows = [
        {"network": each.network.name, **own, "params": each.params} for each, own in zip(found, amounts, strict=True)
    ]
    columns = [Column(name, name, millions) for name in amounts[0]]
    return Table([text_column("network", "MFLOPs"), *columns, Column("params", "params (M)", millions)], rows)
