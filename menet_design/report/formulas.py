"""Costs as polynomials: the answer of `formula`."""

from typing import TYPE_CHECKING

from menet_design.report.tables import Column, Document, Table

if TYPE_CHECKING:
    from menet_design.analysis.formula import Formula

_NAMES = {"macs": "MACs", "params": "parameters"}


def formula(found: "Formula", form: str) -> Document:
    """Multiply-adds and parameters of a family, with the meaning of their letters."""
    expressions = {"macs": str(found.macs), "params": str(found.params)}
    results = [{"family": found.family, "symbols": found.symbols, **expressions}]
    legend = [f"{letter} = {meaning}" for letter, meaning in found.symbols.items()]
    records = Table((Column("quantity", "quantity"), Column("formula", "formula")), list(expressions.items()))
    lines = [f"{_NAMES[metric]} = {expression}" for metric, expression in expressions.items()]
    spans = [f"{_NAMES[metric]} = `{expression}`" for metric, expression in expressions.items()]
    bodies = {"table": "\n\n".join(lines), "markdown": "\n\n".join(spans)}
    if form == "latex":
        bodies["latex"] = _aligned(found)
    return Document("formula", results, records, "", (*legend, found.convention.statement), bodies=bodies)


def python(found: "Formula") -> str:
    """Both formulas as Python functions."""
    return f"# {found.convention.statement}\n\n{found.python('macs')}\n\n{found.python('params')}"


def _aligned(found: "Formula") -> str:
    lines = [rf"\mathrm{{{name}}} &= {found.latex(metric)}" for metric, name in _NAMES.items()]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"
