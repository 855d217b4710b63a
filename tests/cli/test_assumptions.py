"""Assumptions: what no source documents is said wherever a design is, with the name or option that switches it."""

import pytest
from answers import check_error, one_paragraph, results_of
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import OF_FAMILY

from menet_design import count, families, parse

ASSUMING = [design for design, _ in families.published() if design.assumptions]
COMMANDS = ["flops", "flops --by layer", "size", "table", "reconcile", "connectivity", "budget"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["48-ResNet-15", "GoogLeNet", "SEP-Net", "ResNet-20", "1x-MobileNetV2-224"])
def test_people_are_told(cli, command, name):
    if command.startswith("budget"):
        command = f"budget {count(name).macs // 10**6} --family"
    printed = one_paragraph(cli(f"{command} {name}").stdout)
    expected = [str(each) for each in parse(name).assumptions if each.question != "stem"]
    assert [text for text in expected if f"assumption: {text}" not in printed] == []


@pytest.mark.parametrize("command", ["flops", "size --scheme int8", "table", "reconcile", "networks", "connectivity"])
def test_json_holds_them(cli, command):
    (result, *_) = results_of(cli, f"{command} 48-ResNet-15")
    by_question = {each["question"]: each for each in result["assumptions"]}
    assert by_question["downsampling"]["answer"] == "projection"
    assert by_question["downsampling"]["instead"] == ["48-ResNet-15-concat"]


def test_a_design_without_any_has_no_such_key(cli):
    (result,) = results_of(cli, "flops 228-MENet-12x1/3")
    assert "assumptions" not in result


def test_designs_that_share_one_share_a_line(cli):
    printed = one_paragraph(cli("flops 96-ResNet-15 144-Xception-15").stdout)
    assert "assumption of 96-ResNet-15, 144-Xception-15: blocks = 16" in printed


@given(st.one_of(OF_FAMILY.values()))
@settings(max_examples=200)
def test_every_switch_of_any_design_leads_to_another_legal_one(design):
    for assumption in design.assumptions:
        for other in assumption.instead:
            option, _, value = other.partition(" ")
            stem = {"stem": design.stem} if design.has("stem") else {}  # names do not carry it
            found = design.but(**{option[2:]: int(value)}) if value else parse(other, **stem)
            assert type(found) in {type(design), *map(type, design.also)}
            assert found.numbers() != design.numbers()


def test_a_network_too_narrow_for_another_answer_has_none_instead():
    """No wider than the stem, nothing of the input can be appended."""
    (_, stem, downsampling) = parse("8-ResNet-15").assumptions
    assert (stem.instead, downsampling.instead) == (("--stem 24",), ())
    (_, stem) = parse("16-Xception-15").assumptions
    assert (stem.answer, stem.instead) == ("12", ())


@pytest.mark.parametrize(("name", "stem"), [("12-ResNet-15", 8), ("12-ResNeXt-15-projection/4", 8)])
def test_a_name_that_means_nothing_by_itself_is_not_offered(cli, name, stem):
    """With the stem of its tier, 12, a width of 12 leaves no room for the pooled input."""
    printed = cli(f"flops {name} --stem {stem}")
    assert printed.code == 0
    assert "instead: 12" not in printed.stdout


@pytest.mark.parametrize("design", ASSUMING, ids=str)
def test_what_stands_instead_is_another_network_of_the_family(design):
    for other in (name for each in design.assumptions for name in each.instead if not name.startswith("--")):
        found = parse(other, resolution=None if "MobileNet" in other else design.resolution, classes=design.classes)
        assert type(found) in {type(design), *map(type, design.also)}
        assert found != design


# A network in the place of a family, with what its name says.
CHOICES = {
    "budget 38 --family ResNet-15-concat": "52-ResNet-15-concat",
    "budget 130 --family ResNet-56": "ResNet-56",
    "budget 130 --family '24-ResNet-56 (option B)'": "ResNet-56-B",
    "budget 1500 --family GoogLeNet-3x3": "GoogLeNet-3x3",
    "budget 400 --family googlenet": "32-GoogLeNet",
    "budget 80 --family 0.5x-MobileNet-160": "0.5x-MobileNet-160",
    "budget 100 --family mobilenetv2_wd2": "0.5x-MobileNetV2-224-pytorchcv",
    "budget 300 --family '228-MENet-12×1 (g = 3)'": "348-MENet-12x1/3",
    "budget 900 --family SEP-Net-head1024": "SEP-Net-head1024",
    "budget 5.6 --family EffNet-SVHN": "EffNet-CIFAR-10",
}


@pytest.mark.parametrize("asked", CHOICES)
def test_a_network_in_place_of_a_family_keeps_its_other_numbers(cli, asked):
    (result,) = results_of(cli, asked)
    assert result["choice"]["network"] == CHOICES[asked]


def test_what_the_network_and_an_option_say_must_agree(cli):
    result = cli("budget 140 --family 228-MENet-12x1/3 --groups 4")
    check_error(result, "228-MENet-12x1/3 says groups 3, groups 4 is asked for. Give groups once")


def test_a_formula_is_that_of_the_network_that_is_named(cli):
    assert "depth = 56\n" in cli("formula ResNet-56").stdout
    assert "downsampling = concat\n" in cli("formula 96-ResNet-15-concat").stdout
    assert "downsampling = projection\n" in cli("formula resnet-15").stdout
    assert cli("formula 96-ResNet-15-concat").stdout == cli("formula 48-ResNet-15-concat").stdout
