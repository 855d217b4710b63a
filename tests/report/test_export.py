"""A document in each format, against texts written by hand."""

import csv
import io
import json

import pytest

from menet_design.report.export import render
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import exact, millions, percent, shape, times_ten_to_six

TABLE = Table(
    (
        Column("name", "layer", align="left"),
        Column("macs", "MFLOPs", millions),
        Column("share", "share", percent),
        Column("output", "output", shape),
    ),
    [["conv", 1234567890, 0.5, (3, 4, 5)], ["total_é", 6_000, -0.25, None]],
)
DOCUMENT = Document("flops", [{"macs": 1234567890, "name": "352-MENet-12×1"}], TABLE, "a headline", ("one", "two"))


def test_a_table_for_people():
    assert render(DOCUMENT, "table") == (
        "a headline\n"
        "\n"
        "layer      MFLOPs    share  output\n"
        "conv     1,234.57   50.0 %   3×4×5\n"
        "total_é      0.01  −25.0 %\n"
        "\n"
        "one\n"
        "two\n"
    )


def test_markdown():
    assert render(DOCUMENT, "markdown") == (
        "a headline\n"
        "\n"
        "| layer   |   MFLOPs |   share |   output |\n"
        "|:--------|---------:|--------:|---------:|\n"
        "| conv    | 1,234.57 |  50.0 % |    3×4×5 |\n"
        "| total_é |     0.01 | −25.0 % |          |\n"
        "\n"
        "one\n"
        "\n"
        "two\n"
    )


def test_latex_escapes_its_signs_and_comments_on_the_rest():
    columns = (Column("name", "100 %", align="left"), Column("n", "a_b & #c"))
    table = Table(columns, [["2×3 {²} ← −1", "$ ^ #"]])
    text = render(Document("x", [], table, "50 % of it", ("note",)), "latex")
    assert [line.split() for line in text.splitlines()] == [
        ["%", "50", "%", "of", "it"],
        [],
        [r"\begin{tabular}{lr}"],
        [r"\toprule"],
        ["100", r"\%", "&", r"a\_b", r"\&", r"\#c", r"\\"],
        [r"\midrule"],
        [r"2$\times$3", r"\{$^2$\}", r"$\leftarrow$", "$-$1", "&", r"\$", r"\^{}", r"\#", r"\\"],
        [r"\bottomrule"],
        [r"\end{tabular}"],
        [],
        ["%", "note"],
    ]


def test_json_is_the_schema_and_the_results():
    assert json.loads(render(DOCUMENT, "json")) == {"schema": "menet-design/flops/1", "results": DOCUMENT.results}
    assert render(DOCUMENT, "json").endswith("}\n")


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_separated_values_are_exact_under_their_keys(form, delimiter):
    text = render(DOCUMENT, form)
    assert list(csv.reader(io.StringIO(text), delimiter=delimiter)) == [
        ["name", "macs", "share", "output"],
        ["conv", "1234567890", "0.5", "(3, 4, 5)"],
        ["total_é", "6000", "-0.25", ""],
    ]
    assert "\r" not in text


def test_separated_values_quote_what_they_must():
    table = Table([Column("a", "a")], [['ME module, "228"'], ["tab\there"], ["line\nend"]])
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        text = render(Document("x", [], table), form)
        assert list(csv.reader(io.StringIO(text), delimiter=delimiter)) == [["a"], *map(list, table.rows)]


def test_records_stand_in_for_the_table_in_machine_formats_only():
    records = Table([Column("n", "n")], [[1]])
    document = Document("x", [], TABLE, records=records)
    assert render(document, "csv") == "n\n1\n"
    assert render(document, "table").startswith("layer")


def test_bodies_stand_in_for_the_table_in_their_format_only():
    document = Document("x", [], TABLE, bodies={"table": "drawn by hand"})
    assert render(document, "table") == "drawn by hand\n"
    assert render(document, "markdown").startswith("| layer")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (millions(144281024), "144.28"),
        (millions(3378155_330_000), "3,378,155.33"),
        (exact(144281024), "144,281,024"),
        (percent(2 / 3), "66.7 %"),  # Section III-A
        (percent(7 / 8), "87.5 %"),  # Section III-A
        (percent(-0.1113, signed=True), "−11.1 %"),
        (percent(0.031, signed=True), "+3.1 %"),
        (times_ten_to_six(144092352), "144 × 10⁶"),  # Table I
        (times_ten_to_six(299616192), "299 × 10⁶"),  # cut, not rounded: Table IV prints 299
        (shape((88, 28, 28)), "88×28×28"),
    ],
)
def test_numbers_for_people(shown, expected):
    assert shown == expected
