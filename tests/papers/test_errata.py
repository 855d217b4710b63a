"""The contradictions of the papers' tables, and that each check finds what is put in and nothing else."""

import pytest

from menet_design.papers import errata
from menet_design.papers.tables import TABLES

# Found in the tables as printed (arXiv 1803.09127, 1801.06434), where a reader can check each by eye.
FOUND = {
    "456-MENet-24x1/3: Top-5 90.2 and 90.07",
    "228-MENet-12x1/3: Top-5 86.7 and 86.77",
    "228-MENet-12x1/3: Top-5 86.72 and 86.77",
    "256-MENet-12x1/4: Top-1 66.6 and 66.53",
    "256-MENet-12x1/4: Top-5 86.7 and 86.82",
    '"RexNeXt" in Table II and "ResNeXt" in Section IV-A',
    '"areo" heads the column of aeroplane',
    "15 building blocks are said, 16 stand in the table",
    "1x-MobileNet-224 is split into 28 and 4 layers, but it has 28",
    "Baseline (CIFAR-10): 80.3M fits a classifier on 16×16 pixels",
    "108-MENet-8x1/3 over 48-ResNeXt-15, Top-1: 2.3 said, 2.4 printed",
}


def test_these_and_no_others():
    assert {each.what for each in errata.errata()} == FOUND


def changed(key, label, **figures):
    """The tables with some figures of one row changed."""
    table = TABLES[key]
    groups = [
        [row._replace(figures={**row.figures, **figures}) if row.label == label else row for row in group]
        for group in table.groups
    ]
    return {**TABLES, key: table._replace(groups=groups)}


@pytest.mark.parametrize(
    ("tables", "what"),
    [
        (changed("I", "228-MENet-12×1 (g = 3)", FLOPs="150 × 10⁶"), "228-MENet-12x1/3: MACS 150 × 10⁶ and 144"),
        (changed("V", "228-MENet-12×1 (g = 3)", MFLOPs="145"), "228-MENet-12x1/3: MACS 144 × 10⁶ and 145"),
        (
            changed("VIII", "0.5× MobileNet-224", mAP="55.8"),
            "0.5× MobileNet-224: mAP 55.8, the classes' mean is 54.77",
        ),
        (
            changed("IV", "456-MENet-24×1 (g = 3, ours)", **{"Top-1": "60.00"}),
            "456-MENet-24x1/3 over ShuffleNet-2x/3, Top-1: 0.81 said, -10.79 printed",
        ),
        (
            changed("effnet", "EffNet (CIFAR-10)", FLOPs="12.5M"),
            "EffNet (CIFAR-10): 12.5M fits a classifier on 16×16 pixels",
        ),
    ],
    ids=["Table I", "Table V", "a mean", "a claim", "a classifier"],
)
def test_a_misprint_is_found(tables, what):
    assert what in {each.what for each in errata.errata(tables)} - FOUND


def test_a_table_of_other_depth_is_found():
    table = TABLES["I"]
    layers = dict.fromkeys(table.layers, ("228, /2", "228, ×2"))
    found = [each for each in errata.errata({**TABLES, "I": table._replace(layers=layers)}) if each.check == "blocks"]
    assert [each.what for each in found] == ["15 building blocks are said, 3 stand in the table"]


def test_a_text_that_agrees_is_no_erratum(monkeypatch):
    monkeypatch.setattr(errata, "BLOCKS", ("footnote 1", 16))
    monkeypatch.setattr(errata, "SPLIT", ("Section IV-B", "1x-MobileNet-224", (24, 4)))
    monkeypatch.setattr(errata, "SPELLINGS", {"Section IV-A": ("RexNeXt-15",)})
    monkeypatch.setattr(errata, "CLASSES", errata.VOC_CLASSES)
    silent = {"blocks", "splits", "spellings", "abbreviations"}
    tables = {key: table for key, table in TABLES.items() if key != "VIII"}
    found = [each for check in errata.CHECKS if check.__name__.strip("_") in silent for each in check(tables)]
    assert found == []
