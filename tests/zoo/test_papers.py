"""The transcribed tables of the papers: that each row names the network of its label, and which figures come out."""

import re
from decimal import Decimal

import pytest

from menet_design.errors import DesignError
from menet_design.search.errata import errata
from menet_design.search.naming import parse
from menet_design.search.papers import Figure, figure, join, manners
from menet_design.zoo.papers import TABLES, find

MENET = [table for table in TABLES.values() if table.paper == "1803.09127"]


@pytest.mark.parametrize("table", MENET, ids=lambda table: table.key)
def test_a_label_reads_as_the_design_beside_it(table):
    for row in table.rows:
        label = re.sub(r" \[\d+\]|, (ours|re-impl\.)", "", row.label)
        if not label.endswith("-15"):  # these do not say their widths
            assert parse(label) == parse(row.name)


def test_all_figures_of_menet_shufflenet_and_mobilenet_come_out():
    found = {}
    for table in MENET:
        for each in join(table):
            if each.printed and parse(each.row.name).family in ("menet", "shufflenet", "mobilenet"):
                found.setdefault(each.row.name, set()).add(each.ok)
    assert len(found) == 22
    assert set(map(tuple, found.values())) == {(True,)}


def test_what_is_rounded_where_the_paper_truncates():
    joined = [each for table in MENET for each in join(table)]
    rounded = {each.row.name for each in joined if each.rule and each.rule.manner == "rounded"}
    assert rounded == {"1x-MobileNet-224", "ShuffleNet-0.5x/3"}


def test_figures_that_are_no_counts_say_why():
    rows = {each.row.name: each for each in join(find("II"))}
    assert str(rows["VGG-16"].rule) == "convolutions only, truncated to 100s"
    assert str(rows["GoogLeNet"].rule) == "quoted"
    assert "1,582.67, GoogLeNet-3x3 counts 1,498.38" in rows["GoogLeNet"].reason
    assert [str(rows[name].rule) for name in ("96-ResNet-15", "144-Xception-15", "96-ResNeXt-15")] == ["budget"] * 3
    assert all(each.reason for each in rows.values() if not each.ok)


def test_the_exact_figures_of_effnet_are_rounded_double_counts():
    rows = {each.row.label: each for each in join(find("effnet"))}
    for label in ("MobileNet (SVHN)", "EffNet (SVHN)", "MobileNet (GTSRB)", "EffNet (GTSRB)", "MobileNet (CIFAR-10)"):
        assert (str(rows[label].rule), rows[label].ok) == ("2 × MACs, rounded", True)
    assert "16×16" in rows["Baseline (CIFAR-10)"].reason
    assert rows["EffNet (CIFAR-10)"].reason.startswith("unexplained")
    assert all(each.reason for each in rows.values() if not each.ok)


def test_figures_and_manners():
    assert figure("144 × 10⁶") == figure("144", 10**6) == Figure(Decimal(144_000_000), Decimal(1_000_000))
    assert figure("773.4k") == Figure(Decimal(773_400), Decimal(100))
    assert manners(149_497_088, figure("149", 10**6)) == ["truncated", "rounded"]
    assert manners(568_740_352, figure("569", 10**6)) == ["rounded"]
    assert manners(140_842_560, figure("141", 10**6)) == ["rounded"]
    assert manners(1_582_671_872, figure("1550", 10**6)) == []


def test_the_errata():
    found = [each.what for each in errata()]
    assert "15 building blocks are said, 16 stand in the table" in found
    assert '"RexNeXt" in Table II and "ResNeXt" in Section IV-A' in found
    assert "228-MENet-12x1/3: Top-5 86.72 and 86.77" in found
    assert "456-MENet-24x1/3: Top-5 90.2 and 90.07" in found
    assert "256-MENet-12x1/4: Top-1 66.6 and 66.53" in found
    assert "Baseline (CIFAR-10): 80.3M fits a classifier on 16×16 pixels, not 4×4" in found
    assert "108-MENet-8x1/3 over 48-ResNeXt-15, Top-1: 2.3 said, 2.4 printed" in found
    # Rounded alike, or of another training: no contradictions.
    assert not [what for what in found if "352-MENet" in what or "ShuffleNet-1x" in what or "1.95" in what]


def test_tables_are_found_in_any_case():
    assert find("viii") is TABLES["VIII"]
    with pytest.raises(DesignError, match="Known: I, II"):
        find("IX")
