"""The command line of searches: options, search files, shards, answers as files of names, and interruptions."""

import json

import pytest

from menet_design.exploration import search as searching

ASKED = "--groups 3,4 --width 200-400 --max-macs 150M"


def test_a_search_file_says_the_same_as_options(cli, tmp_path):
    file = tmp_path / "search.toml"
    file.write_text('groups = [3, "4"]\nwidth = "200-400"\nmax-macs = "150M"\nminimise = "params"\nall = true\n')
    assert cli("search --file", file) == cli(f"search {ASKED} --minimise params --all")
    assert cli("search --max-macs 160M --file", file) == cli(f"search {ASKED[:-4]}160M --minimise params --all")


@pytest.mark.parametrize(
    ("text", "error"),
    {
        'groups = "3': "cannot read",
        "max-macs = {a = 1}": "max_macs is not a number, text or a list of these",
        'where = "1"': "where is not a number, text or a list of these",
        'max-speed = "3"': "metric 'speed' is not known",
    }.items(),
)
def test_a_file_that_is_no_search_is_one_line(cli, tmp_path, text, error):
    file = tmp_path / "search.toml"
    file.write_text(text)
    result = cli("search --file", file)
    assert (result.code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert error in result.stderr


def test_shards_merge_into_the_answer_of_the_whole(cli, tmp_path):
    parts = [tmp_path / f"{place}.json" for place in (1, 2, 3)]
    for place, part in enumerate(parts, 1):
        assert cli(f"search {ASKED} --shard {place}/3 --output", part).code == 0
    assert cli("merge", *parts).stdout == cli(f"search {ASKED}").stdout
    missing = cli("merge", *parts[:2])
    assert missing.stderr == "error: 1 of 3 shards are missing: 3/3. Run search --shard for them\n"
    assert cli(f"search {ASKED} --shard 1/3").stderr.startswith("error: a shard is written to a file. Give --output")
    assert cli(f"search {ASKED} --shard 1/3 --output", parts[0]).stderr.endswith("or another name\n")


def test_the_designs_of_an_answer_are_given_as_a_file(cli, tmp_path):
    answer = tmp_path / "best.json"
    cli(f"search {ASKED} --resolution 160,192 --stem 24,36 --expansion 1,4/3 --fusion 9 --top 4 --output", answer)
    asked = json.loads(answer.read_text())["results"][0]["designs"]
    counted = json.loads(cli(f"flops @{answer} --format json").stdout)["results"]
    for key in ("network", "stem", "resolution", "macs", "params"):
        assert [each[key] for each in counted] == [each[key] for each in asked]
    ten = json.loads(cli(f"flops @{answer} --classes 10 --format json").stdout)["results"]
    assert {each["classes"] for each in ten} == {10}
    answer.write_text('{"schema": "menet-design/search/1", "results": [{"designs": []}]}')
    assert cli(f"flops @{answer}").stderr == f"error: {answer} holds no design\n"
    answer.write_text("[]")
    assert "is no answer in JSON" in cli(f"flops @{answer}").stderr


def test_an_interrupted_search_says_what_it_found_and_how_far_it_came(cli, monkeypatch):
    search_part, parts = searching.search_part, []

    def interrupted(*asked):
        parts.append(asked)
        if len(parts) == 8:
            raise KeyboardInterrupt
        return search_part(*asked)

    monkeypatch.setattr(searching, "search_part", interrupted)
    result = cli("search --max-macs 140M --groups 1-4 --minimise params --minimise loss")
    assert (result.code, result.stderr) == (130, "interrupted\n")
    assert result.stdout.startswith("interrupted after ")
    assert " % of 3,156 legal designs: " in result.stdout.splitlines()[0]
    assert "MENet" in result.stdout
