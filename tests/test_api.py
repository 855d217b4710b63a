"""The public names, what they take, and that results print as their commands do."""

import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Collection
from fractions import Fraction
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import pytest

import menet_design as md
from menet_design import families
from menet_design.analysis.memory import DTYPES
from menet_design.analysis.size import SCHEMES
from menet_design.api import models, networks
from menet_design.errors import NotationError
from menet_design.graph.network import Network
from menet_design.models.shuffles import SHUFFLES

DESIGNS = {families.family(name).__name__ for name in families.FAMILIES}
PUBLIC = {
    *DESIGNS,
    "Convention",
    "Design",
    "Recipe",
    "DesignError",
    "FasterRCNN",
    "BlockBuilder",
    "chain",
    "classify",
    "grouped",
    "photographs",
    "synthetic",
    "Network",
    "binarize",
    "build",
    "connections",
    "connectivity",
    "convention",
    "conventions",
    "count",
    "deploy",
    "detect",
    "diff",
    "errata",
    "evaluate",
    "explain",
    "explain_table",
    "export",
    "formula",
    "latency",
    "load_checkpoint",
    "loss_ratio",
    "memory",
    "merge",
    "network",
    "networks",
    "parse",
    "picture",
    "probe",
    "read_recipe",
    "reconcile",
    "search",
    "size",
    "solve",
    "table",
    "train",
    "trained",
    "verify",
}
NAME = "352-MENet-12x1/8"
ROOT = str(Path(md.__file__).parents[1])


def test_public_names_resolve():
    assert set(md.__all__) == PUBLIC
    assert set(dir(md)) >= PUBLIC
    assert all(callable(getattr(md, name)) for name in PUBLIC)
    assert md.__version__ == version("menet-design")
    with pytest.raises(AttributeError, match="no attribute 'shufflenet'"):
        md.shufflenet  # noqa: B018


def test_a_star_import_gives_the_public_names():
    namespace: dict = {}
    exec("from menet_design import *", namespace)
    assert set(namespace) - {"__builtins__"} == PUBLIC


def test_types_are_marked():
    assert Path(md.__file__).with_name("py.typed").is_file()


def test_the_package_is_imported_without_its_parts():
    code = "import sys, menet_design; print([name for name in sys.modules if name.startswith('menet_design.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_examples_of_the_docstrings_are_true():
    homes = {import_module(f"menet_design.{home}") for home in md._HOMES.values()}
    assert {module.__name__: found.failed for module in homes if (found := doctest.testmod(module)).failed} == {}


FUNCTIONS = sorted(name for name in PUBLIC if name[0].islower())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_example(name):
    assert ">>> " in getattr(md, name).__doc__


def test_the_page_lists_what_is_public_and_what_it_gives():
    listed = re.findall(r"auto(\w+):: menet_design\.(\S+)", (Path(ROOT) / "docs" / "api.md").read_text())
    assert len(set(listed)) == len(listed)
    assert {kind for kind, _ in listed} == {"class", "exception", "function"}
    assert {name for _, name in listed if "." not in name} == PUBLIC
    assert [name for kind, name in listed if kind == "function" and name not in PUBLIC] == []


def test_no_signature_has_a_tuple_or_a_table_as_a_default():
    taken = {name: inspect.signature(getattr(md, name)).parameters.values() for name in FUNCTIONS}
    defaults = [(name, each.default) for name, all_ in taken.items() for each in all_]
    assert [
        name for name, default in defaults if isinstance(default, Collection) and not isinstance(default, str)
    ] == []


# What the functions take: nothing else, in words
# Functions that take neither a network nor a model, or any number of them.
BESIDE = {"chain", "conventions", "errata", "grouped", "photographs", "synthetic", "table"}


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - BESIDE))
def test_what_is_not_taken_is_a_type_error_that_says_what_is(name):
    required = [each for each in inspect.signature(getattr(md, name)).parameters.values() if each.default is each.empty]
    several = [3.5j] * max(1, sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in required))
    with pytest.raises(TypeError, match=r"^(a|an|the|groups|budget)\b.* (is|are) .*, not complex$"):
        getattr(md, name)(*several)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: md.count(NAME, convention=5),
        lambda: md.count(NAME, input="3x224x224"),
        lambda: md.count(NAME, allow=5),
        lambda: md.connectivity(NAME, without=5),
        lambda: md.table(5),
        lambda: md.explain("148.93M", 5),
    ],
)
def test_so_are_wrong_keywords(ask):
    with pytest.raises(TypeError, match=r" is .*, not (int|str)$"):
        ask()


def test_choices_that_type_checkers_know_are_those_that_there_are():
    assert list(get_args(networks.ConventionName)) == [each.name for each in md.conventions()]
    assert (get_args(networks.DType), get_args(networks.Scheme)) == (DTYPES, SCHEMES)
    assert get_args(models.Shuffle) == tuple(SHUFFLES)
    assert md.count(NAME, "torch").macs == md.count(NAME, md.convention("torch")).macs == 288562048


TYPED = """
from fractions import Fraction
from typing import assert_type
import menet_design as md

design = md.parse("228-MENet-12x1/3")
assert_type(design, md.Design)
assert_type(design.width, int | Fraction)
menet = md.parse("228-MENet-12x1/3", md.MENet, classes=10)
assert_type(menet, md.MENet)
assert_type(menet.width, int)
assert_type(menet.but(groups=4).fusion, int)
md.count("VGG-16", "torch")
assert_type(md.solve(140e6, metric="macs").choice, md.Design)
assert_type(md.networks(), list[md.Design])
assert_type(md.__version__, str)
design.fusion  # type: ignore[attr-defined]
md.cuont  # type: ignore[attr-defined]
md.count("VGG-16", "torhc")  # type: ignore[arg-type]
md.solve(140e6, metric="mac")  # type: ignore[arg-type]
"""


# What others type is not asked: torch alone takes half a minute.
MYPY = """
[mypy]
strict = true
follow_imports = silent

[mypy-torch.*,sympy.*,numpy.*,matplotlib.*,onnx.*,fvcore.*,PIL.*,safetensors.*,timm.*,torchvision.*,pytorchcv.*]
follow_imports = skip
ignore_missing_imports = true
"""


def test_type_checkers_know_what_is_returned_and_see_typos(tmp_path):
    path, config = tmp_path / "typed.py", tmp_path / "mypy.ini"
    path.write_text(TYPED)
    config.write_text(MYPY)
    command = [sys.executable, "-m", "mypy", f"--config-file={config}", f"--cache-dir={tmp_path}", str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env={"MYPYPATH": ROOT})
    assert found.stdout.startswith("Success")


def test_a_kind_is_asked_for():
    assert md.parse("228-MENet-12x1/3", md.MENet).fusion == 12
    with pytest.raises(NotationError, match="VGG-16 names a VGGNet, no MENet"):
        md.parse("VGG-16", md.MENet)


def test_published_networks_are_found_by_a_part_of_their_name():
    found = md.networks("vgg")
    assert "VGG-16" in [design.name for design in found]
    assert all(isinstance(design, md.VGGNet | md.VGGNetCIFAR) for design in found)
    assert len(md.networks()) == sum(len(families.family(name).published) for name in families.FAMILIES)
    with pytest.raises(NotationError, match="no published network is named 'lenett'"):
        md.networks("lenett")


# What the functions take: a name, a path, a design or a network


@pytest.fixture
def sources(tmp_path, cli):
    """One network in every form."""
    path = tmp_path / "model.json"
    assert cli(f"config {NAME} --output", path).code == 0
    design = md.parse(NAME)
    return NAME, "menet352_12x1_g8", path, str(path), design, md.network(design)


@pytest.mark.parametrize(
    "ask",
    [
        md.network,
        md.count,
        md.connectivity,
        md.reconcile,
        md.size,
        md.table,
        md.picture,
        lambda source: md.diff(source, "VGG-16"),
        lambda source: md.diff("VGG-16", source),
        lambda source: md.table("228-MENet-12x1/3", source),
    ],
)
def test_every_function_takes_a_network_in_any_form(sources, ask):
    first, *others = map(ask, sources)
    assert all(str(other) == str(first) for other in others)


NET = """
from torch import nn

class Net(nn.Sequential):
    def __init__(self, width=8):
        super().__init__(
            nn.Conv2d(3, width, 1), nn.Conv2d(width, width, 1, groups=4), nn.ChannelShuffle(2),
            nn.Conv2d(width, width, 1, groups=4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 5),
        )
"""


def test_models_of_any_form_are_proven(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(NET)
    namespace: dict = {}
    exec(NET, namespace)
    for source, settings in ((f"{path}:Net", {"width": 16}), (namespace["Net"](16), {})):
        proven, probed = (ask(source, input=(3, 8, 8), **settings) for ask in (md.verify, md.probe))
        # 1×1 convolutions of 16 channels on 64 pixels, two of them in 4 groups, and a classifier.
        assert (proven.agrees, proven.fvcore, proven.torch) == (True, *[64 * (3 * 16 + 2 * 16 * 4) + 16 * 5] * 2)
        assert (probed.agrees, md.picture(source, input=(3, 8, 8), **settings)[:4]) == (True, "<svg")


@pytest.mark.parametrize(
    ("source", "why"),
    [(md.network(NAME), "is no model that could run"), ("net.pt2", "holds no code"), ("net.onnx", "holds no code")],
)
def test_what_cannot_run_is_not_proven(source, why):
    for ask in (md.verify, md.probe):
        with pytest.raises(md.DesignError, match=why):
            ask(source)


def test_a_network_is_itself_and_knows_where_it_comes_from():
    found = md.network(NAME)
    assert isinstance(found, Network)
    assert md.network(found) is found
    assert (found.name, found.title, found.source) == (NAME, "352-MENet-12×1 (g = 8)", "menet")
    assert (found.inputs, found.outputs, found.branches) == (((3, 224, 224),), ("classifier.fc",), ("fusion",))
    assert found.numbers == md.parse(NAME).numbers()


def test_tables_take_iterables_too():
    designs = (md.parse(name) for name in ("228-MENet-12x1/3", NAME))
    assert str(md.table(designs)) == str(md.table("228-MENet-12x1/3", NAME))
    assert md.table(NAME).latex().startswith(r"\begin{tabular}")
    assert md.table(NAME).markdown().startswith("| Stage |")
    with pytest.raises(md.DesignError, match="a table needs a design"):
        md.table()


@pytest.mark.parametrize("source", ["resnet50", Path("missing.json")])
def test_what_means_no_network_is_refused(source):
    with pytest.raises(md.DesignError):
        md.network(source)


# Results


@pytest.mark.parametrize(
    ("result", "command"),
    [
        (lambda: md.count(NAME), f"flops {NAME}"),
        (lambda: md.connectivity("48-ResNet-15"), "connectivity 48-ResNet-15"),
        (lambda: md.reconcile(NAME), f"reconcile {NAME}"),
        (lambda: md.diff(NAME, "VGG-16"), f"diff {NAME} VGG-16"),
        (lambda: md.size("ResNet-20", "int8"), "size ResNet-20 --scheme int8"),
        (lambda: md.detect(NAME), f"detector faster-rcnn {NAME}"),
        (lambda: md.memory(NAME, "int8", in_place=True), f"memory {NAME} --dtype int8 --in-place"),
        (lambda: md.solve(60e6, groups=3), "budget 60 --groups 3"),
        (lambda: md.verify(md.parse("108-MENet-8x1/3", resolution=32)), "verify 108-MENet-8x1/3 --resolution 32"),
    ],
)
def test_a_result_prints_as_its_command_does_but_for_the_next_commands(cli, result, command):
    found = result()
    printed = cli(command).stdout
    rest = printed.removeprefix(str(found))
    assert rest != printed
    assert [line for line in rest.splitlines() if line and "menet-design " not in line] == []
    assert len(repr(found).splitlines()) == 1
    assert len(repr(found)) < 1000


def test_count_has_totals_and_rows():
    cost = md.count(NAME)
    assert (cost.macs, cost.params, cost.activations) == (144281024, 2272872, 5042100)  # the authors' released model
    assert sum(row.macs for row in cost.rows) == cost.macs
    first = cost.rows[0]
    assert (first.name, first.kind, first.output) == ("stage1.conv", "conv", (24, 112, 112))


def test_solve_takes_a_budget_in_macs_and_has_neighbours():
    solution = md.solve(140e6, groups=8)
    assert (solution.choice.name, solution.choice.stem) == (NAME, 24)  # Table I
    assert (solution.under.width, solution.over.width) == (320, 384)  # a legal width is a multiple of 4g
    assert solution.chosen.cost.macs == 144281024


def test_loss_ratio_is_a_fraction():
    ratio = md.loss_ratio(3)
    assert isinstance(ratio, Fraction)
    assert ratio == Fraction(2, 3)  # Section III-A: 66.7 %
    assert md.connections(4, 64).exact_loss_ratio == Fraction(3, 4)


# Designs and models


def test_parse_takes_overrides_by_field_name():
    design = md.parse("228-MENet-12×1", groups=3, stem=48, resolution=160, classes=10)
    numbers = (design.width, design.fusion, design.expansion, design.groups, design.stem)
    assert numbers == (228, 12, Fraction(1), 3, 48)
    assert (design.resolution, design.classes) == (160, 10)
    assert md.parse("228-MENet-12x1/3", stem=None) == md.parse("228-MENet-12x1/3")


def test_a_design_is_a_frozen_value():
    design = md.parse(NAME)
    with pytest.raises(AttributeError):
        design.width = 384  # type: ignore[misc]
    assert len({design, md.parse("menet352_12x1_g8")}) == 1


def test_build_load_and_verify(tmp_path):
    import torch
    from torch import nn

    design = md.parse("108-MENet-8x1/3", resolution=64)
    model = md.build(design).eval()
    assert isinstance(model, nn.Module)
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    other = md.build(design).eval()
    assert md.load_checkpoint(other, tmp_path / "weights.pth") is other
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(model(images), other(images))
    assert md.verify(design).agrees is True


# Formulas

NUMBERS = {"w": 352, "k": 12, "alpha": 1, "g": 8, "c": 24, "r": 224, "n": 1000}


def test_formula_holds_sympy_expressions():
    import sympy

    formula = md.formula("menet")
    letters = {symbol.name for symbol in formula.macs.free_symbols}
    assert letters == {"w", "k", "alpha", "g", "c", "r", "n"}
    assert formula.macs.subs(NUMBERS) == 144281024  # the authors' released model
    assert formula.params.subs(NUMBERS) == 2272872
    assert formula.at(**NUMBERS).macs == 144281024
    assert r"\frac" in formula.latex()
    assert sympy.latex(formula.params) == formula.latex("params")
