"""`connectivity --weights`: trained weights, measured, in every form; pictures and weights that are refused."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from answers import check_error, results_of, rows_of

AUTHORS = Path(__file__).parents[3] / "shared" / "data" / "108-MENet-8x1-group-3.pth.tar"
needs_data = pytest.mark.skipif(not AUTHORS.exists(), reason="the authors' weights are not beside this checkout")
NINE = "36-MENet-1x1/3 --resolution 32 --classes 5"


@pytest.fixture(scope="module")
def measured():
    """The authors' weights, measured once on the images that the command line takes by itself."""
    from menet_design import parse
    from menet_design.verification.pictures import synthetic
    from menet_design.verification.trained import trained

    return trained(parse("108-MENet-8x1/3", resolution=32), AUTHORS, synthetic(32))


@pytest.fixture
def authors(cli, monkeypatch, measured):
    """Run connectivity with the authors' weights as they were measured: a command line like any other."""
    monkeypatch.setattr("menet_design.verification.trained.trained", lambda *_, **__: measured)
    return lambda options="": cli(f"{options} --weights", AUTHORS)


COMMAND = "connectivity 108-MENet-8x1/3 --resolution 32"


@needs_data
def test_json_is_what_is_measured(authors, measured):
    (result,) = results_of(authors, COMMAND)
    assert list(result) == ["network", "mixing_depth", "shares", "blocks", "trained"]
    found = result["trained"]
    assert list(found) == ["images", "blocks", "logits"]
    assert found["images"] == measured.images
    assert [ablation["name"] for ablation in found["logits"]] == ["frozen", "removed"]
    for block, expected in zip(found["blocks"], measured.blocks, strict=True):
        assert list(block) == ["name", "lost_channels", "strength", "gates", "logits"]
        # 27, 54 and 108 channels in 3 groups: the shuffle brings a third of them to each.
        assert block["lost_channels"] == pytest.approx(2 / 3)
        assert block["gates"] == pytest.approx(asdict(expected.gates))
        assert block["strength"] == asdict(expected.strength)
        assert [sum(row) for row in block["strength"]["energy"]] == [pytest.approx(1)] * 3


@needs_data
@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
@pytest.mark.parametrize("by", ["", "--by block", "--by group"])
def test_people_read_how_much_comes_from_lost_channels(authors, measured, by, form):
    printed = authors(f"{COMMAND} {by} --format {form}")
    assert (printed.code, printed.stderr) == (0, "")
    lost = [block.strength.lost for block in measured.blocks]
    range_of_lost = f"{100 * min(lost):.1f} % to {100 * max(lost):.1f} %"
    assert f"108-MENet-8×1 (g = 3), 32×32: {range_of_lost} of what a group depends on" in printed.stdout
    assert "108-MENet-8x1-group-3.pth.tar, over 16 synthetic images" in printed.stdout
    assert "stage4.3" in printed.stdout
    if form == "table":
        assert [line for line in printed.stdout.splitlines() if len(line) > 80] == []
    if form == "latex":
        body = "\n".join(line for line in printed.stdout.splitlines() if not line.startswith("%"))
        assert body.isascii()  # pdflatex knows few other signs


@needs_data
def test_separated_values_are_what_is_measured(authors, measured):
    names = {"network": "108-MENet-8x1/3"}
    assert rows_of(authors, COMMAND) == [
        {
            **names,
            "block": block.name,
            "lost_channels": str(block.lost_channels),
            "lost_energy": str(block.strength.lost),
            "branch_energy": str(block.strength.branch),
            **{f"gate_{key}": str(value) for key, value in asdict(block.gates).items()},
            **{f"{ablation.name}_change": str(ablation.change) for ablation in block.alone},
        }
        for block in measured.blocks
    ]
    assert rows_of(authors, f"{COMMAND} --by group") == [
        {
            **names,
            "block": block.name,
            "group": str(group),
            "of_group": str(of),
            "energy": str(block.strength.energy[group][of]),
            "linear_energy": str(block.strength.linear[group][of]),
        }
        for block in measured.blocks
        for group, row in enumerate(block.strength.energy)
        for of in range(len(row))
    ]


@needs_data
@pytest.mark.parametrize("by", ["", "--by group"])
def test_what_is_measured_is_drawn(authors, tmp_path, by):
    assert authors(f"{COMMAND} {by} --plot '{tmp_path / 'trained.svg'}'").code == 0
    drawn = (tmp_path / "trained.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<?xml")
    assert (">stage4.3</text>" if by else ">4.3</text>") in drawn


@pytest.fixture(scope="module")
def weights():
    from menet_design import build, parse

    return build(parse("36-MENet-1x1/3", classes=5)).state_dict()


@pytest.fixture
def pictures(tmp_path):
    from PIL import Image

    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(2):
        Image.effect_noise((50 + 20 * index, 40), 60).save(folder / f"{index}.png")
    (folder / "notes.txt").write_text("junk beside pictures is left alone")
    return folder


@pytest.fixture
def measure(cli, tmp_path, pictures):
    """Write weights into a file and have connectivity measure them on two pictures."""

    def run(content, options="", design=NINE):
        import torch

        torch.save(content, tmp_path / "weights.pth")
        return cli(f"connectivity {design} {options} --images '{pictures}' --weights", tmp_path / "weights.pth")

    return run


def test_pictures_of_a_folder_are_what_is_measured_on(measure, weights, pictures):
    (result,) = json.loads(measure(weights, "--format json").stdout)["results"]
    assert result["trained"]["images"] == len(list(pictures.glob("*.png"))) == 2
    assert all(0 < block["gates"]["mean"] < 1 for block in result["trained"]["blocks"])
    (pictures / "1.png").unlink()
    assert "over 1 picture of pictures\n" in measure(weights).stdout


def test_a_picture_that_cannot_be_read_is_named(measure, weights, pictures):
    """All kinds of them are in tests/verification/test_pictures.py."""
    (pictures / "bad.png").write_text("no picture")
    check_error(measure(weights), "bad.png")


@pytest.mark.parametrize("options", ["", "--by group --format json"])
def test_weights_that_do_not_fit_are_an_error_and_draw_nothing(measure, weights, tmp_path, options):
    options = f"{options} --plot '{tmp_path / 'figure.svg'}'"
    check_error(measure(weights, options, "24-MENet-2x1/2 --classes 5"), "does not fit the design")
    assert not (tmp_path / "figure.svg").exists()


@pytest.mark.parametrize(("number", "form"), [(0, "json"), (float("nan"), "table")])
def test_weights_that_give_no_numbers_give_no_nonsense(measure, weights, number, form):
    """Zeros have no energy to share out; NaN is no number, and no JSON either."""
    spoilt = {key: value * number if value.is_floating_point() else value for key, value in weights.items()}
    printed = measure(spoilt, f"--format {form}").stdout
    assert re.findall(r"\b(?:nan|inf|NaN|Infinity)\b", printed) == []


def test_without_groups_weights_are_measured_and_drawn_too(measure, tmp_path):
    from menet_design import build, parse

    without_groups = build(parse("24-MENet-2x1/1", classes=5)).state_dict()
    drawn, design = f"--plot '{tmp_path / 'figure.svg'}'", "24-MENet-2x1/1 --resolution 32 --classes 5"
    assert measure(without_groups, drawn, design).code == 0
    assert (tmp_path / "figure.svg").read_text(encoding="utf-8").startswith("<?xml")
    check_error(measure(without_groups, f"--by group --force {drawn}", design), "nothing to draw")


# Weights under other names, in both commands that take them


COMMANDS = [f"verify {NINE}", f"connectivity {NINE}"]


@pytest.fixture
def others(tmp_path):
    """Weights of another number of classes, beside a Namespace and averaged ones, under names of others."""
    import argparse

    import torch

    from menet_design import build, parse

    def state(classes):
        tensors = build(parse("36-MENet-1x1/3", classes=classes)).state_dict()
        return {f"net.{key}".replace("classifier.fc", "output"): each for key, each in tensors.items()}

    path = tmp_path / "others.pth"
    torch.save({"state_dict": state(7), "state_dict_ema": state(5), "args": argparse.Namespace()}, path)
    return path


TRUSTED = "--trust argparse.Namespace"


@pytest.mark.parametrize("command", COMMANDS)
def test_weights_of_others_are_read_with_the_options_that_the_errors_name(cli, others, command):
    def run(options=""):
        return cli(f"{command} {options} --weights", others)

    check_error(run(), TRUSTED)
    check_error(run(TRUSTED), "Choose one with --key")
    check_error(run(f"{TRUSTED} --key state_dict"), "does not fit the design")
    for options in ("--key state_dict_ema", "--key state_dict --except classifier"):
        for more in ("", "--rename net.output=classifier.fc"):
            found = run(f"{TRUSTED} {options} {more}")
            assert (found.code, found.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--rename a=b", "--except classifier", "--key net", TRUSTED])
def test_options_of_weights_are_refused_without_weights(cli, command, option):
    check_error(cli(f"{command} {option}"), "are for weights. Give --weights too")


@pytest.mark.parametrize("text", ["a", "a=", "=b"])
def test_a_renaming_has_two_names(cli, others, text):
    check_error(cli(f"{COMMANDS[0]} --rename {text} --weights", others), "is not two names")
