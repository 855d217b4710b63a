"""Every way of writing a name gives the same numbers, and what is no name is refused with what is meant perhaps."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import designs

from menet_design import parse
from menet_design.errors import DesignError, IllegalDesign, NotationError
from menet_design.families import notation
from menet_design.families.configs import read_config, write_config
from menet_design.families.menet import MENet
from menet_design.values import decimal

CONFIG = {
    "name": "menet",
    "block_channels": [352, 704, 1408],
    "block_layers": [3, 7, 3],
    "init_c": 24,
    "side_channels": [12, 12, 12],
    "groups": 8,
    "init_mode": "fan_out",
}


def said(numbers):
    """What a name says; it does not carry the stem, the resolution and the classes."""
    return {key: numbers[key] for key in ("width", "fusion", "expansion", "combine", "groups")}


# The name as the paper, pytorchcv, the authors' files and a reader's keyboard write it.
@pytest.mark.parametrize(
    "text",
    [
        "228-MENet-12x1/3",
        "228-MENet-12×1/3",
        "228-MENet-12X1/3",
        "228-menet-12x1/3",
        "228-MENET-12x1/3",
        "228-MENet-12x1/g3",
        "228-MENet-12x1.0/3",
        "228-MENet-12×1 (g=3)",
        "228-MENet-12×1 (g = 3)",
        "228-MENet-12×1 ( g = 3 )",
        "228-MENet-12x1_g3",
        "228-MENet-12x1-group-3",
        "menet228_12x1_g3",
        r"228-MENet-$12\times1$ ($g = 3$)",
        r"228-MENet-$12 \times 1$ $(g=3)$",
        r"228-MENet-${12}\times{1}$ ($g=3$)",
        "  228-MENet-12x1/3\n",
        "228–MENet–12×1/3",
    ],
)
def test_every_spelling_means_the_same(text):
    family, numbers = notation.read(text)
    assert family is MENet
    assert said(numbers) == {"width": 228, "fusion": 12, "expansion": 1, "combine": "product", "groups": 3}


@pytest.mark.parametrize(
    "text",
    ["228-MENet-12x1-add/3", "228-MENet-12×1 (add, g = 3)", "menet228_12x1_add_g3", "228-MENet-12x1-add-group-3"],
)
def test_addition_is_read_from_every_spelling(text):
    assert notation.read(text)[1]["combine"] == "add"


@pytest.mark.parametrize("text", ["228-MENet-12x1", "menet228_12x1", "228-MENet-12×1", "228-MENet-12×1 (add)"])
def test_a_name_may_leave_the_groups_out(text):
    assert notation.read(text)[1]["groups"] is None


@given(designs(combines=st.just("product")))
def test_a_design_is_read_back_from_latex_and_from_the_authors_file_names(design):
    w, k, alpha, g = design.width, design.fusion, decimal(design.expansion), design.groups
    for text in (rf"{w}-MENet-${k} \times {alpha}$ ($g = {g}$)", f"{w}-MENet-{k}x{alpha}-group-{g}"):
        assert said(notation.read(text)[1]) == said(design.numbers())


# k·α² is whole for α = 1/q where q² divides k: with up to 2¹⁶ channels q = 256 at most, and 1/256 = 0.00390625.
@pytest.mark.parametrize("q", [2, 3, 7, 8, 64, 125, 128, 256])
def test_the_finest_expansions_are_read_back(q):
    design = MENet(width=228, fusion=q**2, expansion=f"1/{q}", groups=3, stem=24)
    for text in (design.name, design.title, design.identifier):
        assert said(notation.read(text)[1]) == said(design.numbers())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "/",
        "MENet",
        "-228-MENet-12x1/3",
        "228-MENet-12x1/3/4",
        "228-MENet-12x1/",
        "228-MENet-12x1/-3",
        "228-MENet-12x1/3.5",
        "228.5-MENet-12x1/3",
        "228-MENet-12x-1/3",
        "228-MENet-12x1 (g=3",
        "228-MENet-12xx1/3",
        "228-MENet-x1/3",
        "228-MENet-12xnan/3",
        "228-MENet-12x1e9/3",
        "menet228-12x1-g3",
        "SqueezeNet 1x (g = 3)",
        "２２８-MENet-12x1/3",  # full-width digits
        "٢٢٨-MENet-12x1/3",  # Arabic-Indic digits
        "228-MENet-12x1/3\0",
        "9" * 5000 + "-MENet-12x1/3",
        "x" * 10**5,
    ],
    ids=lambda text: repr(text[:30]),
)
def test_what_is_no_name_is_refused_in_one_short_line(text):
    with pytest.raises(NotationError, match="names no network") as caught:
        notation.read(text)
    assert len(str(caught.value)) < 420
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("228-MENett-12x1/3", "228-MENet-12x1/3"),
        ("352-MNet-12x1/8", "352-MENet-12x1/8"),
        ("menet108_8x1_gg3", "108-MENet-8x1/3"),
        ("456-MENet-24/3", "456-MENet-24x1/3"),
        ("228-MENet-12x1-ad/3", "228-MENet-12x1-add/3"),
    ],
)
def test_a_mistyped_name_is_asked_about(mistyped, meant):
    with pytest.raises(NotationError, match="Did you mean") as caught:
        notation.read(mistyped)
    assert caught.value.nearest[0] == meant
    assert meant in str(caught.value)


# Networks that are none of ours, families alone, and numbers that no network of a family has.
OTHERS = """
    ResNet-18 ResNeXt-20 SENet-154 SqueezeNet-1x(g=3) mobilenetv3-1x mobilenetv1_100h mobilenetv2_110d ResNet-21 VGG-17
    resnet20x menet mobilenetv4 shufflenet_v2_x1_0 vgg_cifar_16 352-menet-8 230-menet 14-SEPNet-head
"""


@pytest.mark.parametrize("text", OTHERS.split())
def test_a_hint_never_leads_to_another_network(text):
    """What it suggests has all of the numbers that were written; often it suggests nothing."""
    with pytest.raises(NotationError) as caught:
        notation.read(text)
    written = set(re.findall(r"[0-9.]+", text))
    assert all(written <= set(re.findall(r"[0-9.]+", name)) for name in caught.value.nearest)
    assert caught.value.remedy


@pytest.mark.parametrize(("mistyped", "meant"), [("ResNt-32", "resnet-32"), ("24-MENNet-8x2/4", "24-menet-8x2/4")])
def test_a_slip_in_the_word_of_a_family_is_mended_whatever_the_numbers_are(mistyped, meant):
    assert notation.suggestions(mistyped) == [meant]
    assert notation.read(meant)


def test_the_name_of_a_family_shows_its_networks(cli):
    result = cli("flops menet")
    assert result.code == 2
    assert "Published: 108-MENet-8x1/3, 128-MENet-8x1/4, 160-MENet-8x1/8, …" in result.stderr


def test_what_resembles_nothing_gets_the_families():
    assert notation.suggestions("qwertz") == []
    with pytest.raises(NotationError, match=r"Families: menet, shufflenet, .* timm:NAME and net.py:Net count others"):
        notation.read("qwertz")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("228-MENet-12x0/3", "expansion 0"),
        ("228-MENet-12x(1/0)/3", "expansion 1/0"),
        ("228-MENet-12x999999999/3", "expansion 999999999"),
    ],
)
def test_a_name_with_an_impossible_expansion_names_it(text, cause):
    with pytest.raises(IllegalDesign, match=cause):
        notation.read(text)


def write(folder, content):
    path = folder / "model.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


@given(designs(combines=st.just("product")))
def test_a_config_is_read_back(tmp_path_factory, design):
    path = write(tmp_path_factory.mktemp("config"), write_config(design))
    assert parse(path, resolution=design.resolution, classes=design.classes) == design


def test_the_authors_config_is_352_menet(tmp_path):
    # Table I: 352, 704, 1408 output channels, 3, 7 and 3 repeats, first convolution 24; fusion 12 in every stage.
    design = parse("352-MENet-12x1/8")
    assert write_config(design) == CONFIG
    assert parse(write(tmp_path, CONFIG)) == design
    # Block counts and initialisation, which are the same in all, may be left out.
    needed = {key: CONFIG[key] for key in ("name", "block_channels", "init_c", "side_channels", "groups")}
    assert parse(write(tmp_path, needed)) == design


def test_a_config_gives_its_stem_and_the_expansion_by_its_side_channels(tmp_path):
    # k·α^(i-2) (Section III-C): 12, 12 · 2.5 = 30, 12 · 2.5² = 75.
    assert write_config(parse("228-MENet-12x2.5/3"))["side_channels"] == [12, 30, 75]
    found = parse(write(tmp_path, CONFIG | {"side_channels": [12, 18, 27], "init_c": 48}))
    assert (found.expansion, found.stem) == (1.5, 48)


def test_a_config_has_no_word_for_addition_nor_for_another_family():
    with pytest.raises(DesignError, match="no word for element-wise addition"):
        write_config(parse("228-MENet-12x1-add/3"))
    with pytest.raises(NotationError, match="there is no model config for VGG-16"):
        write_config(parse("VGG-16"))


def test_an_upper_case_suffix_is_a_config_too(tmp_path):
    path = tmp_path / "MODEL.JSON"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    assert parse(str(path)).name == "352-MENet-12x1/8"


# What is wrong in a config, and what the error says of it.
BAD_ENTRIES = [
    ({"name": "squeezenet"}, "model config .* known.*menet"),
    ({"name": ["menet"]}, "model config .* known.*menet"),
    ({"block_channels": None}, "needs 'block_channels', 3 whole numbers"),
    ({"block_channels": [352, 704]}, "needs 'block_channels', 3 whole numbers"),
    ({"block_channels": [True, 2, 4]}, "needs 'block_channels', 3 whole numbers"),
    ({"block_channels": [0, 0, 0]}, "needs 'block_channels', 3 whole numbers"),
    ({"block_channels": [352, 704, 1409]}, "1409 has to be a multiple of 4 × 8, larger than 704. Nearest: 1408"),
    ({"block_channels": [350, 700, 1400]}, "width 350 is not legal .* 320, 352"),
    ({"block_channels": [10**30, 2 * 10**30, 4 * 10**30]}, "not a whole number"),
    ({"block_layers": [3, 7]}, "needs 'block_layers', 3 whole numbers"),
    ({"side_channels": [12, 13]}, "needs 'side_channels', 3 whole numbers"),
    ({"side_channels": [1, 10**6, 10**12]}, "expansion 1000000 is not between"),
    ({"init_c": "24"}, "needs a whole number 'init_c'"),
    ({"init_c": 25}, "25 channels do not split into 8 groups"),
    ({"groups": 8.0}, "needs a whole number 'groups'"),
    ({"groups": 10**30}, "groups 10+.* is not a whole number"),
]


@pytest.mark.parametrize(("entries", "cause"), BAD_ENTRIES, ids=lambda value: str(value)[:40])
def test_a_config_with_a_wrong_entry_is_refused(tmp_path, entries, cause):
    with pytest.raises(DesignError, match=cause):
        parse(write(tmp_path, CONFIG | entries))


@pytest.mark.parametrize("key", ["name", "block_channels", "init_c", "side_channels", "groups"])
def test_a_config_without_an_entry_is_refused(tmp_path, key):
    with pytest.raises(NotationError, match="model config" if key == "name" else key):
        parse(write(tmp_path, {other: CONFIG[other] for other in CONFIG if other != key}))


# Files that are no config: not JSON, not text, other JSON, too deep, an integer of more digits than Python reads.
LONG_INTEGER = f'{{"name": {"9" * 5000}}}'
NO_CONFIGS = ["", "{", "[]", "null", "3", '"menet"', "NaN", json.dumps([CONFIG]), "[" * 10**5, LONG_INTEGER]


@pytest.mark.parametrize("content", NO_CONFIGS, ids=lambda text: repr(text[:20]))
def test_a_file_that_is_no_config_is_refused(tmp_path, content):
    with pytest.raises(NotationError, match=r"JSON|model config"):
        parse(write(tmp_path, content))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "model.json"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(NotationError, match="JSON"):
        parse(str(path))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    (tmp_path / "folder.json").mkdir()
    for path in (tmp_path / "missing.json", tmp_path / "folder.json", tmp_path / ("x" * 5000 + ".json")):
        with pytest.raises(NotationError, match="cannot read"):
            parse(str(path))


def test_a_config_that_is_no_object_is_refused():
    with pytest.raises(NotationError, match="model config"):
        read_config([CONFIG])


@pytest.mark.parametrize("pattern", ["[3]*", "ours", "re-impl."])
def test_a_pattern_is_not_cleaned_as_a_name_is(cli, pattern):
    result = cli("networks", pattern)
    names = [line.split()[0] for line in result.stdout.splitlines()[1:] if "Table" in line]
    assert all(name.startswith("3") for name in names)
    assert bool(names) == (pattern == "[3]*")
