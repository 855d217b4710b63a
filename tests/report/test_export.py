"""A document in each format, against texts written by hand."""

import csv
import io
import json
from fractions import Fraction

import pytest

from menet_design.report.export import render, text
from menet_design.report.tables import Column, Document, Table, scalars, text_column, unnested
from menet_design.report.units import millions, millions_like, percent, shape, thousands, times_ten_to_six

COLUMNS = (
    text_column("name", "layer"),
    Column("macs", "MFLOPs", show_like=millions_like),
    Column("share", "share", percent),
    Column("output", "output", shape),
    Column("gates", "gates", percent),
)
RECORDS = [
    {"name": "conv", "macs": 1_234_567_890, "share": Fraction(1, 2), "output": (3, 4, 5), "gates": None},
    {"name": "total_é", "macs": 6_000, "share": Fraction(-1, 4)},
]
DOCUMENT = Document("flops", RECORDS, Table(COLUMNS, RECORDS), "a headline", ("one", "two"), version=3)


def test_a_table_for_people_has_the_columns_that_have_values():
    assert render(DOCUMENT, "table") == (
        "a headline\n"
        "\n"
        "layer        MFLOPs    share  output\n"
        "conv     1,234.5679   50.0 %   3×4×5\n"
        "total_é      0.0060  −25.0 %\n"
        "\n"
        "one\n"
        "two\n"
    )


def test_markdown():
    assert render(DOCUMENT, "markdown") == (
        "a headline\n"
        "\n"
        "| layer   |     MFLOPs |   share |   output |\n"
        "|:--------|-----------:|--------:|---------:|\n"
        "| conv    | 1,234.5679 |  50.0 % |    3×4×5 |\n"
        "| total_é |     0.0060 | −25.0 % |          |\n"
        "\n"
        "one\n"
        "\n"
        "two\n"
    )


def test_latex_escapes_its_signs_and_comments_on_the_rest():
    columns = (text_column("name", "100 %"), Column("n", "a_b & #c"))
    table = Table(columns, [{"name": "2×3 {²} ← −1", "n": "$ ^ #"}, {"name": "±1", "n": "x"}], breaks=[1])
    text = render(Document("x", [], table, "50 % of it", ("note",)), "latex")
    assert [line.split() for line in text.splitlines()] == [
        ["%", "50", "%", "of", "it"],
        [],
        [r"\begin{tabular}{lr}"],
        [r"\toprule"],
        ["100", r"\%", "&", r"a\_b", r"\&", r"\#c", r"\\"],
        [r"\midrule"],
        [r"2$\times$3", r"\{$^2$\}", r"$\leftarrow$", "$-$1", "&", r"\$", r"\^{}", r"\#", r"\\"],
        [r"\midrule"],
        [r"$\pm$1", "&", "x", r"\\"],
        [r"\bottomrule"],
        [r"\end{tabular}"],
        [],
        ["%", "note"],
    ]


def test_json_is_the_schema_and_the_records():
    assert json.loads(render(DOCUMENT, "json")) == {
        "schema": "menet-design/flops/3",
        "results": [
            {"name": "conv", "macs": 1_234_567_890, "share": 0.5, "output": [3, 4, 5], "gates": None},
            {"name": "total_é", "macs": 6_000, "share": -0.25},
        ],
    }
    assert render(DOCUMENT, "json").endswith("}\n")


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_separated_values_are_exact_under_their_keys(form, delimiter):
    text = render(DOCUMENT, form)
    assert list(csv.reader(io.StringIO(text), delimiter=delimiter)) == [
        ["name", "macs", "share", "output", "gates"],
        ["conv", "1234567890", "0.5", "3x4x5", ""],
        ["total_é", "6000", "-0.25", "", ""],
    ]
    assert "\r" not in text


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_separated_values_quote_what_they_must(form, delimiter):
    values = ['ME module, "228"', "tab\there", "line\nend"]
    text = render(Document("x", [{"a": value} for value in values]), form)
    assert list(csv.reader(io.StringIO(text), delimiter=delimiter)) == [["a"], *([value] for value in values)]


def test_the_rows_of_results_are_records_of_their_own():
    results = [{"network": "A", "macs": 3, "rows": [{"name": "conv", "output": [3, 4], "kinds": {"conv": 1}}]}]
    results += [{"network": "B", "rows": None}]
    assert unnested(results, "rows") == [{"network": "A", "name": "conv", "output": "3x4"}]
    assert scalars(results[0]) == {"network": "A", "macs": 3}
    text = render(Document("x", results, records=unnested(results, "rows")), "csv")
    assert text == "network,name,output\nA,conv,3x4\n"
    assert render(Document("x", [], records=[], keys=("network", "name")), "csv") == "network,name\n"


def test_bodies_stand_in_for_the_table_in_their_format_only():
    document = Document("x", RECORDS, DOCUMENT.table, bodies={"table": "drawn by hand"})
    assert render(document, "table") == "drawn by hand\n"
    assert render(document, "markdown").startswith("| layer")


def test_prose_is_broken_and_commands_are_not():
    words, command = "word " * 20, "prove it: menet-design verify " + "352-MENet-12x1/8 " * 6
    printed = render(Document("x", [], notes=[words.strip(), command.strip()]), "table")
    assert [len(line) > 80 for line in printed.splitlines()] == [False, False, True]
    assert words.strip() in render(Document("x", [], notes=[words.strip()]), "markdown")


def test_a_wide_table_is_cut_between_columns_and_repeats_the_first():
    columns = [text_column("name"), *(Column(str(index), f"a long header {index}") for index in range(6))]
    record = {"name": "conv", **{str(index): index for index in range(6)}}
    pages = text(Table(columns, [record]), 80).split("\n\n")
    assert [page.split()[0] for page in pages] == ["name"] * 2
    assert max(len(line) for page in pages for line in page.splitlines()) <= 80
    assert text(Table(columns, [record]), 200).count("name") == 1


def test_words_of_a_first_column_go_on_in_the_next_line():
    columns = [text_column("counter"), Column("adds", "adds"), Column("reports", "reports")]
    records = [{"counter": "fvcore", "reports": 123456}, {"counter": "  + batch norm, 2 an element", "adds": 7}]
    assert text(Table(columns, records), 34).splitlines() == [
        "counter            adds  reports",
        "fvcore                    123456",
        "  + batch norm, 2",
        "    an element        7",
    ]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (millions(144281024), "144.28"),
        (millions(3378155_330_000), "3,378,155.33"),
        (thousands(144281024), "144,281,024"),
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
