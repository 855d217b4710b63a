"""The command line of searches: options, search files, shards, answers as files of names, and interruptions."""

import csv
import json

import pytest
from drawings import capture, faults

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
        'top = "3"': "search.toml: top is a number, not str",
        "family = 3": "search.toml: a family is a name or several, not int",
        "jobs = 2": "search.toml: a network like 228-MENet-12x1/3 has no jobs to search. It has ",
        "maxmacs = 2": "has no maxmacs to search. Did you mean max_macs?",
        "'' = 2": "has no '' to search. It has",
        "minimize = 'loss'": "has no minimize to search. Did you mean minimise?",
        'in-place = "false"': "search.toml: in_place is true or false, not str",
        "max-macs = true": "search.toml: a limit is a number, not bool",
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
    assert missing.stderr == "error: 1 of 3 shards is missing: 3/3. Run search --shard for it\n"
    assert cli(f"search {ASKED} --shard 1/3").stderr.startswith("error: a shard is written to a file. Give --output")
    assert cli(f"search {ASKED} --shard 1/3 --output", parts[0]).stderr.endswith("to replace it\n")


def test_the_command_line_goes_before_a_search_file(cli, tmp_path):
    file = tmp_path / "s.toml"
    file.write_text('dtype = "int8"\nmax-memory = "1MB"\nwidth = "228"\nminimise = "loss"\ntop = 2\n')
    for more, alone in {
        "--dtype float32": "--minimise loss --top 2",
        "--maximise memory": "--dtype int8 --maximise memory --top 2",
        "--all": "--dtype int8 --minimise loss --all",
    }.items():
        assert cli(f"search --file '{file}' {more}") == cli(f"search --max-memory 1MB --width 228 {alone}")


def test_csv_has_numbers_where_json_has_them_and_its_keys_where_nothing_fits(cli):
    header, first = cli("search --max-macs 140M --groups 3 --width 200-240 --max-loss 70% --top 1 --csv").stdout.split()
    assert float(dict(zip(header.split(","), first.split(","), strict=True))["loss"]) == pytest.approx(2 / 3)
    assert cli("search --max-macs 1 --max-loss 0.8 --csv").stdout.startswith("network,family,macs,")


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
    assert f"{answer} holds no design. Answers of flops" in cli(f"flops @{answer}").stderr
    for command in (
        "detector faster-rcnn VGG-16",
        "size SEP-Net",
    ):  # whose classes are others, whose images are not said
        answer.write_text(cli(f"{command} --json").stdout)
        assert "holds no design" in cli(f"flops @{answer}").stderr
    answer.write_text(cli("budget 140 --groups 8 --resolution 192 --json").stdout)
    (choice,), (again,) = (
        [json.loads(text)["results"][0]] for text in (answer.read_text(), cli(f"flops @{answer} --json").stdout)
    )
    assert choice["choice"] == {key: again[key] for key in choice["choice"]}
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


REGION = "search --groups 4 --stem 24 --fusion 12 --width 28-160 --resolution 32-128 --max-macs 12M --max-params 0.6M"


@pytest.mark.parametrize(
    "command",
    [
        REGION,
        "search --max-macs 100M --minimise params --minimise loss",
        "search --minimise params --minimise loss --maximise macs --max-macs 50M",
    ],
)
def test_a_figure_of_a_search_can_be_read(cli, tmp_path, monkeypatch, command):
    (figure,) = capture(monkeypatch, lambda: cli(f"{command} --force --plot", tmp_path / "figure.png"))
    assert figure.get_figwidth() == 3.5
    assert faults(figure) == ([], [])
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)


def test_a_region_shows_each_design_within_the_limits_and_each_beyond(cli, tmp_path, monkeypatch):
    (figure,) = capture(monkeypatch, lambda: cli(f"{REGION} --force --plot", tmp_path / "figure.png"))
    beyond, within, *edges = figure.axes[0].lines
    found = json.loads(cli(f"{REGION} --all --format json").stdout)["results"][0]
    assert {tuple(point) for point in within.get_xydata()} == {
        (each["width"], each["resolution"]) for each in found["designs"]
    }
    assert len(beyond.get_xydata()) + len(found["designs"]) == found["legal"]
    assert [line.get_label() for line in edges] == ["max params 0.6 M", "max macs 12 M"]


def test_a_limit_that_only_the_resolution_meets_runs_between_its_rows(cli, tmp_path, monkeypatch):
    # The peak is the output of the first convolution and, not in place, of its batch norm: twice 24 channels of (r/2)².
    command = "search --groups 4 --stem 24 --fusion 12 --width 28-60 --resolution 32-96 --max-memory 100kB"
    (figure,) = capture(monkeypatch, lambda: cli(f"{command} --plot", tmp_path / "figure.png"))
    (edge,), (bottom, top) = figure.axes[0].collections, figure.axes[0].get_ylim()
    assert (bottom < 32, top > 96) == (True, True)
    low, high = (4 * 2 * 24 * side**2 / 4 for side in (32, 64))
    (line,) = edge.get_paths()
    assert {round(y, 6) for _, y in line.vertices} == {round(32 + 32 * (100_000 - low) / (high - low), 6)}


def test_where_there_is_no_front_the_answer_is_given_all_the_same(cli, tmp_path):
    result = cli("search --minimise macs --minimise loss --max-macs 1 --plot", tmp_path / "figure.png")
    assert result.code == 0
    assert "is what binds" in result.stdout
    assert result.stderr.endswith("figure.png: there is no design within the limits to draw\n")


def test_what_has_no_region_is_refused_before_the_search(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "search_parts", None)
    assert "a region is drawn over two numbers" in cli("search --plot", tmp_path / "figure.png").stderr


@pytest.mark.parametrize(
    ("command", "error"),
    {
        "search --plot figure.png": "a region is drawn over two numbers, and groups, width, stem, fusion vary",
        f"{REGION} --fusion 1-200 --plot figure.png": "a region is drawn over two numbers",
        "search -g 3 --stem 24 --fusion 12,13 --width 36,40 --plot figure.png": "the legal designs lie on one line",
        f"{REGION} --plot figure.gif": "is not the name of a figure",
        f"{REGION} --plot figure.png --shard 1/2 --output part.json": "a figure is drawn of a whole search",
        f"{REGION} --vary combine": "is not a name and its values",
        f"{REGION} --vary width=3": "--vary width has an option of its own. Give --width",
    }.items(),
)
def test_what_cannot_be_drawn_or_varied_is_one_line(cli, tmp_path, monkeypatch, command, error):
    monkeypatch.chdir(tmp_path)
    result = cli(command)
    assert (result.code, result.stderr.count("\n")) == (2, 1)
    assert error in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_other_numbers_are_varied_by_name(cli):
    found = json.loads(cli("search --groups 3 --width 228 --vary combine=product,add --all --format json").stdout)
    assert {each["combine"] for each in found["results"][0]["designs"]} == {"product", "add"}


def test_latencies_are_asked_for_by_options_and_by_files(cli, tmp_path):
    table, file = tmp_path / "measured.csv", tmp_path / "search.toml"
    rows = [f"{width}-ResNet-15,resnet15,1,{ms},{ms},{ms},eager" for ms, width in enumerate(range(24, 65, 8), 1)]
    table.write_text("\n".join(["network,family,macs,ms,ms_q1,ms_q3,engine", *rows]))
    file.write_text(
        f'family = "resnet15"\nwidth = "20-70"\nmax-latency = "3ms"\nlatencies = "{table}"\nfit-latency = true\n'
    )
    asked = f"search --family resnet15 --width 20-70 --max-latency 3ms --latencies {table}"
    fitted = cli(f"{asked} --fit-latency")
    assert (fitted.code, cli("search --file", file)) == (0, fitted)
    assert "held out, the fit to the others is off by" in " ".join(fitted.stdout.split())
    assert cli(asked).stdout.startswith("3 of 153 designs fit; the most multiply-adds: 40-ResNet-15\n")
    first, *others = csv.DictReader(cli(f"{asked} --fit-latency --all --format csv").stdout.splitlines())
    assert {each["fit_median_error"] for each in others} == {first["fit_median_error"]}
    assert 0 < float(first["fit_median_error"]) < float(first["fit_largest_error"])
