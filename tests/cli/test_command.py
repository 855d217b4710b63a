"""How little a command needs: groups of options, one function, a document; everything else comes with them."""

import json
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated

import pytest
import typer
from answers import check_error

from menet_design.cli import COMMANDS
from menet_design.cli.answer import Answer
from menet_design.cli.options import Names, Settings, given
from menet_design.cli.spreading import command
from menet_design.report.tables import Column, Document, Table, text_column


@dataclass(frozen=True)
class Kinds:
    """Which operations are counted."""

    kind: Annotated[str | None, typer.Option("--kind", "-k", help="Only those of a kind.")] = None
    least: Annotated[int, typer.Option(help="Only networks with at least so many.")] = 1


@command
def run(names: Names, kinds: Kinds, settings: Settings, answer: Answer) -> None:
    """Count the operations of networks. Example: menet-design operations VGG-16"""
    networks = [each.network for each in settings.of(*names)]
    kind = given(kinds).get("kind")
    found = {each.name: sum(kind in (None, op.kind) for _, op in each.operations()) for each in networks}
    records = [
        {"network": each.name, "operations": found[each.name], "stem": each.numbers.get("stem")}
        for each in networks
        if found[each.name] >= kinds.least
    ]
    table = Table([text_column("network"), Column("operations", "operations"), Column("stem", "stem")], records)
    answer.give(Document("operations", records, table, "how many", ["as they are executed"]))


@pytest.fixture(autouse=True)
def _operations(monkeypatch):
    """The module of the command, and its name under a heading of the help."""
    module = ModuleType("menet_design.cli.operations")
    module.run = run
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COMMANDS, "Analyse", (*COMMANDS["Analyse"], "operations"))


def test_people_read_its_table(cli):
    assert cli("operations VGG-16 0.5MobileNet-160 --kind conv").stdout == (
        "how many\n"
        "\n"
        "network             operations\n"
        "VGG-16                      13\n"
        "0.5x-MobileNet-160          27\n"
        "\n"
        "as they are executed\n"
    )
    # A network with a stem brings the column back.
    assert "stem\n" in cli("operations VGG-16 228-MENet-12x1/3 -k conv --least 20").stdout


def test_it_has_every_format_and_writes_files(cli, tmp_path):
    records = [{"network": "VGG-16", "operations": 13, "stem": None}]
    assert cli("operations VGG-16 -k conv --format csv").stdout == "network,operations,stem\nVGG-16,13,\n"
    assert cli("operations VGG-16 -k conv --output", tmp_path / "found.json").stderr.startswith("wrote ")
    document = json.loads((tmp_path / "found.json").read_text())
    assert document == {"schema": "menet-design/operations/1", "results": records}
    for form, start in (("tsv", "network\toper"), ("markdown", "how many\n\n| network"), ("latex", "% how many")):
        assert cli(f"operations VGG-16 -k conv --format {form}").stdout.startswith(start)


def test_its_options_are_those_of_its_groups(cli):
    shown = cli("operations -h").stdout
    assert "Count the operations of networks." in shown
    options = [
        "--kind",
        "--least",
        "--groups",
        "--stem",
        "--resolution",
        "--classes",
        "--format",
        "--output",
        "--force",
    ]
    assert [option for option in options if option not in shown] == []
    assert " operations " in cli("-h").stdout


def test_it_refuses_what_the_others_refuse(cli, tmp_path):
    check_error(cli("operations 230-MENet-12x1/3"), "Nearest legal widths: 228, 240")
    check_error(cli("operations VGG-16 --groups 3"), "a network like VGG-16 has no groups")
    check_error(cli("operations VGG-16 --least many"), "'many'")
    check_error(cli("operations"), "NETWORK")
    check_error(cli("operations VGG-16 --output", tmp_path), "not a regular file")
