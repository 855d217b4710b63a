"""Designs as files of Python: the same network, and nothing of this package is needed."""

import ast
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import OF_FAMILY, smallest

from menet_design import DesignError, build, count, export, families

QUICK = ("menet", "resnet-cifar")
EVERY = [pytest.param(each, marks=[pytest.mark.slow] * (each not in QUICK)) for each in families.FAMILIES]
SHUFFLED = ("menet", "shufflenet", "effnet-shufflenet")


def fresh(path):
    """The model that a file's last function builds, its weights from a seed."""
    spec = spec_from_file_location("exported", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(3)
    return getattr(module, ast.parse(path.read_text(encoding="utf-8")).body[-1].name)()


def assert_twins(path, design):
    """Assert that a file's model is the design's: the same layers and first weights, and with them the same logits."""
    theirs = fresh(path)
    torch.manual_seed(3)
    ours = build(design)
    expected, found = ours.state_dict(), theirs.state_dict()
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    images = torch.rand(2, design.channels, design.resolution, design.resolution)
    with torch.no_grad():
        assert torch.equal(theirs.eval()(images), ours.eval()(images))


def assert_stands_alone(path):
    """Assert that a file imports torch and the standard library alone, and that ruff finds nothing in it."""
    imports = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Import)]
    froms = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names} | {node.module for node in froms}
    assert {name.partition(".")[0] for name in names} <= {"torch", *sys.stdlib_module_names}
    rules = "--select=E,F,I,B,UP,W,RET,SIM,C4"
    for command in (("check", rules), ("format", "--check")):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=120", str(path)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("family", EVERY)
def test_a_file_of_python_is_the_same_network(family, tmp_path):
    design, path = smallest(family), tmp_path / "net.py"
    export(design, path)
    assert_stands_alone(path)
    assert_twins(path, design)


@pytest.mark.parametrize(
    "family", [pytest.param(each, marks=[pytest.mark.slow] * (each != "menet")) for each in SHUFFLED]
)
@pytest.mark.parametrize("shuffle", ["4d", "conv"])
def test_so_it_is_with_other_shuffles(family, shuffle, tmp_path):
    design, path = smallest(family), tmp_path / "net.py"
    export(design, path, shuffle=shuffle)
    assert_stands_alone(path)
    assert_twins(path, design)


@settings(max_examples=12)
@given(data=st.data())
def test_so_is_that_of_any_legal_design(data, tmp_path_factory):
    design = data.draw(OF_FAMILY[data.draw(st.sampled_from(sorted(families.FAMILIES)))])
    design, path = design.but(resolution=32 + design.resolution % 39), tmp_path_factory.getbasetemp() / "legal.py"
    export(design, path, force=True)
    assert_twins(path, design)


def test_a_file_of_python_costs_what_its_design_costs(cli, tmp_path):
    path = tmp_path / "net.py"
    done = cli("export 108-MENet-8x1/3 --output", path)
    assert done.stdout == f"{path}: 108-MENet-8×1 (g = 3)\n"
    assert count(f"{path}:menet108_8x1_g3", input=(3, 224, 224)).macs == count("108-MENet-8x1/3").macs


def test_what_has_no_shuffle_has_no_other_one(tmp_path):
    with pytest.raises(DesignError, match="ResNetCIFAR has no channel shuffle"):
        export("ResNet-20", tmp_path / "net.py", shuffle="4d")
    assert list(tmp_path.iterdir()) == []
