"""The public names, and that each is what the documentation says."""

import subprocess
import sys
from fractions import Fraction
from importlib.metadata import version

import pytest

import menet_design as md

PUBLIC = {
    "DesignError",
    "binarize",
    "build",
    "connections",
    "connectivity",
    "count",
    "formula",
    "load_checkpoint",
    "loss_ratio",
    "parse",
    "probe",
    "reconcile",
    "size",
    "solve",
    "table",
    "trained",
    "verify",
}


def test_public_names_resolve():
    assert set(md.__all__) == PUBLIC
    assert set(dir(md)) >= PUBLIC
    assert all(callable(getattr(md, name)) for name in PUBLIC)
    assert md.__version__ == version("menet-design")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'shufflenet'"):
        md.shufflenet  # noqa: B018


def test_a_star_import_gives_the_public_names():
    namespace: dict = {}
    exec("from menet_design import *", namespace)
    assert set(namespace) - {"__builtins__"} == PUBLIC


def test_types_are_marked():
    from importlib.resources import files

    assert files("menet_design").joinpath("py.typed").is_file()


def test_parse_takes_overrides_by_field_name():
    design = md.parse("228-MENet-12×1", groups=3, stem=48, resolution=160, classes=10)
    numbers = (design.width, design.fusion, design.expansion, design.groups, design.stem)
    assert numbers == (228, 12, Fraction(1), 3, 48)
    assert (design.resolution, design.classes) == (160, 10)
    assert md.parse("228-MENet-12x1/3", stem=None) == md.parse("228-MENet-12x1/3")


def test_a_design_is_a_frozen_value():
    design = md.parse("352-MENet-12x1/8")
    with pytest.raises(AttributeError):
        design.width = 384  # type: ignore[misc]
    assert len({design, md.parse("menet352_12x1_g8")}) == 1


def test_count_has_totals_and_rows():
    cost = md.count(md.parse("352-MENet-12x1/8"))
    assert (cost.macs, cost.params, cost.activations) == (144281024, 2272872, 5042100)  # the authors' released model
    assert sum(row.macs for row in cost.rows) == cost.macs
    first = cost.rows[0]
    assert (first.name, first.operation, first.output) == ("stage1.conv", "conv", (24, 112, 112))


def test_solve_takes_a_budget_in_macs_and_has_neighbours():
    solution = md.solve(140e6, groups=8)
    assert (solution.choice.name, solution.choice.stem) == ("352-MENet-12x1/8", 24)  # Table I
    assert (solution.under.width, solution.over.width) == (320, 384)  # a legal width is a multiple of 4g


def test_solve_takes_whole_fixed_numbers():
    solution = md.solve(10_000_000, groups=3, resolution=64, classes=10, fit="under")
    assert (solution.choice.resolution, solution.choice.classes) == (64, 10)
    assert md.count(solution.choice).macs <= 10_000_000 < md.count(solution.over).macs


def test_loss_ratio_is_a_fraction():
    ratio = md.loss_ratio(3)
    assert isinstance(ratio, Fraction)
    assert ratio == Fraction(2, 3)  # Section III-A: 66.7 %
    assert md.connections(4, 64).exact_loss_ratio == Fraction(3, 4)


def test_table_takes_designs_and_prints():
    table = md.table(md.parse(name) for name in ("228-MENet-12x1/3", "352-MENet-12x1/8"))
    assert "ME module, 352, /2" in str(table)  # Table I
    assert table.latex().startswith(r"\begin{tabular}")
    assert table.markdown().startswith("| Stage |")


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


def test_a_compiled_formula_takes_numbers_and_arrays_by_keyword():
    import numpy as np

    macs, params = (md.formula("menet").compile(metric) for metric in ("macs", "params"))
    assert (macs(**NUMBERS), params(**NUMBERS)) == (144281024, 2272872)
    assert type(macs(**NUMBERS)) is int
    # 228 and 348 with 3 groups: the authors' released models.
    several = macs(**NUMBERS | {"w": np.array([228, 348]), "g": 3})
    assert several.dtype.kind == "i"
    assert several.tolist() == [144092352, 299616192]


def test_errors_are_design_errors_with_the_nearest_legal_values():
    with pytest.raises(md.DesignError) as error:
        md.parse("230-MENet-12x1/3")
    assert error.value.nearest == (228, 240)  # multiples of 4g = 12
    assert isinstance(error.value, ValueError)


def test_build_load_and_verify(tmp_path):
    import torch
    from torch import nn

    design = md.parse("108-MENet-8x1/3", resolution=64)
    model = md.build(design)
    assert isinstance(model, nn.Module)
    assert not model.training
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    other = md.build(design)
    assert md.load_checkpoint(other, tmp_path / "weights.pth") is other
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(model(images), other(images))
    assert md.verify(design).agrees is True


def test_the_package_is_imported_without_its_parts():
    code = "import sys, menet_design; print([name for name in sys.modules if name.startswith('menet_design.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
