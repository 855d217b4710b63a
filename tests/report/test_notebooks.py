"""Results in notebooks, as dicts and as frames: the same numbers as everywhere, in the form that each place takes."""

import csv
import io
import json
import sys
from html.parser import HTMLParser

import pytest

import menet_design as md
from menet_design.errors import MissingPackage
from menet_design.families.effnet import EffNet

NAME, SMALL = "108-MENet-8x1/3", EffNet(width=8)
RESULTS = {
    "Cost": lambda: md.count(NAME),
    "Connectivity": lambda: md.connectivity(NAME),
    "Reconciliation": lambda: md.reconcile(NAME),
    "Difference": lambda: md.diff(NAME, "128-MENet-8x1/4"),
    "StoredSize": lambda: md.size(NAME, "int8"),
    "Solution": lambda: md.solve(38e6, 3),
    "Explanation": lambda: md.explain("148.93M", NAME),
    "ExplainedTable": lambda: md.explain_table([("VGG-16", "15.5G")]),
    "Detection": lambda: md.detect("456-MENet-24x1/3"),
    "Agreement": lambda: md.verify(SMALL),
    "Probe": lambda: md.probe(SMALL),
    "Formula": lambda: md.formula("menet"),
    "ArchitectureTable": lambda: md.table(NAME),
}


@pytest.fixture(params=RESULTS)
def result(request):
    return RESULTS[request.param]()


class Cells(HTMLParser):
    """The texts of a table's cells, row by row, and the tags that are open."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open += [tag] * (tag != "br")
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.rows[-1].append(data.strip())


def test_every_result_shows_itself_and_is_data(result):
    page, text = result._repr_html_(), result._repr_markdown_()
    assert text.strip()
    assert page is None or Cells(page).open == []
    found = result.to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found


def test_a_notebook_shows_the_table_of_the_command(cli):
    """Cell for cell what Markdown has, which is rendered independently."""
    rows = Cells(md.count(NAME)._repr_html_()).rows
    lines = [line for line in cli(f"flops {NAME} --format markdown").stdout.splitlines() if line.startswith("|")]
    expected = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    del expected[1]
    assert [[cell for cell in row if cell] for row in rows] == [[cell for cell in row if cell] for row in expected]


def test_what_others_named_is_escaped():
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 1))
    module.__class__ = type("Net<script>", (torch.nn.Sequential,), {})
    assert "<script>" not in md.count(module, input=(3, 8, 8))._repr_html_()


def test_formulas_are_set_and_pictures_drawn():
    formula = md.formula("menet")
    assert formula._repr_latex_().count("&=") == 2
    assert formula.latex("macs") in formula._repr_latex_()
    picture = md.picture(NAME)
    assert picture._repr_svg_() == picture
    assert isinstance(picture, str)


def test_a_dict_is_what_the_command_writes_as_json(cli):
    for result, command in (
        (md.count(NAME), f"flops {NAME} --by layer"),
        (md.size(NAME), f"size {NAME} --scheme float32"),
    ):
        assert json.loads(cli(f"{command} --format json").stdout)["results"] == [result.to_dict()]


def test_a_frame_has_the_records_of_csv(cli):
    pandas = pytest.importorskip("pandas")
    cost = md.count(NAME)
    frame = cost.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["macs"].sum() == cost.macs
    read = list(csv.DictReader(io.StringIO(cli(f"flops {NAME} --by layer --format csv").stdout)))
    assert list(frame["name"]) == [row["name"] for row in read]
    assert list(frame.columns) == list(read[0])
    assert len(md.connectivity(NAME).to_frame()) == len(md.connectivity(NAME).pairs)


def test_a_frame_without_pandas_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingPackage, match=r"this needs pandas, which is not installed\. Install pandas"):
        md.count(NAME).to_frame()
