"""Costs of detectors: the answer of `detector`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.detector import Detection
from menet_design.report.costs import PARAMS, SHARE, assumptions, recorded_assumptions
from menet_design.report.tables import Column, Document, Table, picked, scalars, text_column
from menet_design.report.units import millions, shape, thousands

_TITLES = {"faster-rcnn": "Faster R-CNN"}


def detectors(found: Sequence[Detection], name: str = "faster-rcnn") -> Document:
    """What detectors cost: one part by part, several side by side."""
    results: list[dict[str, Any]] = [
        {
            "network": each.network.name,
            "family": each.network.source,
            "detector": name,
            **vars(each.detector),
            **picked(each, "base", "subnet", "replaced", "unstrided"),
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
        return Document("detector", results, _side_by_side(found), "", _notes(found), records)
    (one,) = found
    amounts = f"{millions(one.macs)} MFLOPs, {millions(one.params)} M parameters"
    headline = f"{one.network.title} in {_TITLES[name]}: {amounts}"
    return Document("detector", results, _parts(one), headline, _notes(found), records)


def _notes(found: Sequence[Detection]) -> list[str]:
    """What is counted, how the networks are split and by whom, and what is taken beside that."""
    numbers, image = found[0].detector, shape(found[0].detector.image)
    splits = list(map(_split, found))
    if len(found) > 1:
        splits = [f"{each.network.name}: {split}" for each, split in zip(found, splits, strict=True)]
    taken = (
        f"Taken: image {image} (--image), {numbers.proposals:,} proposals (--proposals), RoIs as above (--roi), "
        f"RPN 3×3 conv with {numbers.rpn} channels (--rpn), {numbers.anchors} anchors (--anchors), "
        f"{numbers.classes} classes and background (--classes), "
        "and a head of fully connected layers (a score and a box a class), of maps behind an average pool."
    )
    return [
        f"one image {image}; subnet and head on {numbers.proposals:,} proposals",
        *splits,
        *_remarks(found),
        taken,
        *assumptions(each.network for each in found),
        found[0].convention.statement,
    ]


def _split(found: Detection) -> str:
    """Which stages run on the image, and which on each proposal."""
    base, subnet = map(_span, (found.base, found.subnet))
    pool = ", whose last pool RoI pooling replaces" if found.replaced else ""
    ones = ", all strides 1" if found.unstrided else ""
    return f"base {base}{pool}; subnet {subnet} on RoIs {shape(found.detector.roi or ())}{ones}"


def _remarks(found: Sequence[Detection]) -> list[str]:
    """Who splits networks so, and of which networks that is said, unless it is of all."""
    names: dict[str, list[str]] = {}
    for each in found:
        for remark in each.remarks:
            names.setdefault(remark, []).append(each.network.name)
    said = {remark: "" if len(of) == len(found) else f"{', '.join(of)}: " for remark, of in names.items()}
    return [f"{of}{remark}" for remark, of in said.items()]


def _span(stages: Sequence[str]) -> str:
    """The first and the last of some stages."""
    return " to ".join(dict.fromkeys((stages[0], stages[-1])))


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
