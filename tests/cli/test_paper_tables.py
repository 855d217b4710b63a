"""`table --paper` and `errata` on the command line."""

import pytest
from answers import results_of

from menet_design.papers.tables import TABLES


@pytest.mark.parametrize("key", TABLES)
@pytest.mark.parametrize("form", ["table", "csv", "tsv", "markdown", "latex"])
def test_every_table_prints_in_every_form(cli, key, form):
    result = cli(f"table --paper {key} --format {form}")
    assert (result.code, result.stderr) == (0, "")
    if form == "table":
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert all(row.label.partition(" (")[0] in result.stdout for row in TABLES[key].rows)
    if form == "latex":
        assert all(line.startswith("%") or line.isascii() for line in result.stdout.splitlines())
    if form == "csv":  # a class of Table VIII is a table, too
        header = result.stdout.partition("\n")[0].split(",")
        assert len(set(header)) == len(header)


def test_a_table_as_json(cli):
    results = results_of(cli, "table --paper iv")
    assert len(results) == 13
    first = {key: results[0][key] for key in ("table", "row", "printed", "macs", "rule", "ok", "reason")}
    assert list(first.values()) == ["IV", "1× MobileNet-224 [12]", "569", 568_740_352, "rounded", True, ""]
    assert results[0]["quoted"] == {"Top-1": "70.73", "Top-5": "89.72"}


def test_errata_as_json_and_text(cli):
    results = results_of(cli, "errata")
    assert all(list(each) == ["check", "where", "what"] for each in results)
    printed = cli("errata").stdout
    assert printed.startswith(f"{len(results)} contradictions")
    assert all(each["what"] in printed for each in results)
    assert max(map(len, printed.splitlines())) <= 80
