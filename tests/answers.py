"""Answers of the command line, read back from machine formats, and errors, which are one line."""

import csv
import io
import json

import pytest

# Commands whose JSON keys are those of the first version; all others have the second.
FIRST_VERSION = {"formula", "loss-ratio", "errata", "explain", "memory", "detector", "latency", "classify", "evaluate"}


def results_of(cli, command, *arguments):
    """The results that a command prints as strict JSON: NaN and Infinity are none."""
    printed = cli(f"{command} --format json", *arguments)
    assert (printed.code, printed.stderr) == (0, "")
    document = json.loads(printed.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    name = command.partition(" ")[0]
    assert list(document) == ["schema", "results"]
    assert document["schema"] == f"menet-design/{name}/{1 if name in FIRST_VERSION else 2}"
    assert isinstance(document["results"], list)
    return document["results"]


def rows_of(cli, command, *arguments):
    """The rows that a command prints as CSV, after TSV has said the same."""
    tables = []
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        printed = cli(f"{command} --format {form}", *arguments)
        assert (printed.code, printed.stderr) == (0, "")
        tables.append(list(csv.DictReader(io.StringIO(printed.stdout), delimiter=delimiter)))
    assert tables[0] == tables[1]
    return tables[0]


def text(value):
    """A JSON value as CSV writes it: null is empty."""
    return "" if value is None else str(value)


def check_error(result, says):
    """Assert that a command was refused: one line on stderr that says something, exit code 2, nothing on stdout."""
    assert (result.code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert says in line


def one_paragraph(printed):
    """What is printed, in one line: prose is broken anywhere."""
    return " ".join(printed.split())
