"""The transcribed tables of the papers: that each row names the network of its label, and which figures come out."""

import re
from decimal import Decimal

import pytest

from menet_design import detect, families, parse
from menet_design.analysis.figures import Figure, figure, roundings
from menet_design.errors import DesignError
from menet_design.families.effnet_paper import DATASETS
from menet_design.papers.rules import match_figures
from menet_design.papers.tables import TABLES, find

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
        for each in match_figures(table):
            if each.printed and parse(each.row.name).family in ("menet", "shufflenet", "mobilenet"):
                found.setdefault(each.row.name, set()).add(each.ok)
    assert len(found) == 22
    assert set(map(tuple, found.values())) == {(True,)}


def test_what_is_rounded_where_the_paper_truncates():
    matched = [each for table in MENET for each in match_figures(table)]
    rounded = {each.row.name for each in matched if each.rule and each.rule.rounding == "rounded"}
    assert rounded == {"1x-MobileNet-224", "ShuffleNet-0.5x/3"}


def test_figures_that_are_no_counts_say_why():
    rows = {each.row.name: each for each in match_figures(find("II"))}
    assert str(rows["VGG-16"].rule) == "convolutions only, truncated to 100s"
    assert str(rows["GoogLeNet"].rule) == "quoted"
    assert "1,582.67, GoogLeNet-3x3 counts 1,498.38" in rows["GoogLeNet"].reason
    assert [str(rows[name].rule) for name in ("96-ResNet-15", "144-Xception-15", "96-ResNeXt-15")] == ["budget"] * 3
    assert all(each.reason for each in rows.values() if not each.ok)


def test_the_exact_figures_of_effnet_are_rounded_double_counts():
    rows = {each.row.label: each for each in match_figures(find("effnet"))}
    for label in ("MobileNet (SVHN)", "EffNet (SVHN)", "MobileNet (GTSRB)", "EffNet (GTSRB)", "MobileNet (CIFAR-10)"):
        assert (str(rows[label].rule), rows[label].ok) == ("2 × MACs, rounded", True)
    assert "16×16" in rows["Baseline (CIFAR-10)"].reason
    assert rows["EffNet (CIFAR-10)"].reason == "the count is 1.0 % under the figure"
    assert all(each.reason for each in rows.values() if not each.ok)


def test_figures_and_roundings():
    assert figure("144 × 10⁶") == figure("144", 10**6) == Figure(Decimal(144_000_000), Decimal(1_000_000))
    assert figure("773.4k") == Figure(Decimal(773_400), Decimal(100))
    assert roundings(149_497_088, figure("149", 10**6)) == ["truncated", "rounded"]
    assert roundings(568_740_352, figure("569", 10**6)) == ["rounded"]
    assert roundings(140_842_560, figure("141", 10**6)) == ["rounded"]
    assert roundings(1_582_671_872, figure("1550", 10**6)) == []


def test_a_figure_that_no_count_makes_says_how_far_it_is():
    stored = {(each.row.label, each.counted.column): each for each in match_figures(find("sep-net"))}
    assert stored["SEP-Net-B", "MB"].ok  # 4.153 MB, printed as 4.2
    assert stored["SEP-Net-BQ", "MB"].reason.endswith("the count is 16.4 % under the figure")
    assert stored["MobileNet", "MB"].reason.endswith("which is 4 bytes for each of the printed 1.3M")
    table = find("sep-net")
    more = table.rows[3]._replace(figures={"Params": "1.5M"})
    (params, _) = match_figures(table._replace(groups=[[more]]))
    assert params.reason.endswith("the count is 11.2 % under the figure")  # 1,331,592 of 1,500,000


def test_a_larger_map_explains_a_figure_only_where_chance_does_not():
    found = {each.row.label: each.larger_map for each in match_figures(find("effnet")) if each.printed}
    # The baseline's classifier adds 12 of the last printed digit on 16×16 pixels, ShuffleNet's two on 8×8.
    assert {label: size for label, size in found.items() if size} == {"Baseline (CIFAR-10)": "16×16"}


def test_what_the_authors_of_sepnet_binarize():
    resnets = {each.row.name: each for each in match_figures(find("sep-net-resnets"))}
    assert resnets["ResNet-20-3x3"].total == 267_264
    assert "267,264 of 290,736 convolution weights" in resnets["ResNet-20-3x3"].reason
    *_, both = match_figures(find("sep-net-googlenets"))
    assert both.total == 2_990_592 + 595_200
    assert "3,404,480 of 6,990,272 weights stay" in both.reason


def test_table_viii_counts_the_detectors():
    found = {each.row.name: each for each in match_figures(find("VIII"))}
    detector = detect("352-MENet-12x1/8")
    assert found["352-MENet-12x1/8"].total == detector.macs == sum(part.macs for part in detector.parts)


PUBLISHED = [(design, each) for design, figures in families.published() for each in figures]


@pytest.mark.parametrize(("design", "published"), PUBLISHED, ids=lambda each: str(getattr(each, "source", each)))
def test_a_published_figure_stands_in_the_table_that_it_names(design, published):
    """`families` transcribe the figures beside the design, `papers` the tables as they are printed."""
    if published.source in ("release", "torchvision", "pytorch-cifar", "Table 4"):  # of no table here
        assert design.family == "mobilenet-v2" or (published.top1, published.mflops) == (None, None)
        return
    printed = [figures_of(row, published) for row in rows_of(published) if row.name == design.name]
    assert (published.mflops, published.top1, published.top5, published.megabytes) in printed


# Tables of a paper's own networks; Table VIII is one of detectors.
OF_DESIGNS = [find(key) for key in ("I", "II", "III", "IV", "V", "VI", "VII", "effnet", "sep-net", "sep-net-resnets")]
OWN = {"sep-net": ("sepnet",)}
# Its bottleneck of 6 channels does not split into 4 groups.
NO_DESIGN = "EffNet-ShuffleNet-SVHN"


@pytest.mark.parametrize("table", OF_DESIGNS, ids=lambda table: table.key)
def test_every_row_of_a_table_is_a_published_figure(table):
    for row in (row for row in table.rows if row.name not in (None, NO_DESIGN)):
        design = parse(row.name)
        if design.family not in OWN.get(table.key, (design.family,)):
            continue
        sources = {table.title.partition(",")[0], row.label, row.label.rpartition("(")[2].rstrip(")")}
        of_table = [each for each in families.figures(design) if each.source.partition(",")[0] in sources]
        printed = [
            each for each in of_table if figures_of(row, each) == (each.mflops, each.top1, each.top5, each.megabytes)
        ]
        assert len(printed) == (3 if table.key == "sep-net-resnets" else 1)


def rows_of(published):
    """The rows of the table that a figure's source names."""
    source, _, what = published.source.partition(", ")
    tables = {**{table.title: table for table in TABLES.values()}, **dict.fromkeys(DATASETS, find("effnet"))}
    if source.startswith("SEP-Net"):
        table = find("sep-net-resnets" if published.dataset == "CIFAR-10" else "sep-net")
        return [row for row in table.rows if published.dataset == "CIFAR-10" or row.label == source]
    return [row for row in tables[source].rows if what != "quoted" or row.origin]


def figures_of(row, published):
    """MFLOPs, accuracies in percent and megabytes of a row, as a figure holds them."""
    column = {"SEP-Net, binarized": "binarized", "SEP-Net, fine-tuned": "fine-tuned"}.get(published.source, "Top-1")
    cost = next((row.figures[name] for name in ("MFLOPs", "FLOPs") if name in row.figures), None)
    mflops = float(figure(cost, 10**6).value / 10**6) if cost else None
    megabytes = float(row.figures["MB"]) if "MB" in row.figures else None
    return mflops, *(_percent(row.figures.get(name)) for name in (column, "Top-5")), megabytes


def _percent(text):
    return text and float(Decimal(text) * 100 if text.startswith(".") else Decimal(text))


def test_tables_are_found_in_any_case():
    assert find("viii") is TABLES["VIII"]
    assert find("SEPNet") is TABLES["sep-net"]
    with pytest.raises(DesignError, match="Known: I, II"):
        find("IX")
