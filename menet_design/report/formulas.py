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
    rows = [(_NAMES[metric], f"${found.latex(metric)}$" if form == "latex" else text) for metric, text in expressions.items()]
    columns = (Column("quantity", "", align="left"), Column("formula", "", align="left"))
    records = Table((Column("quantity", "quantity"), Column("formula", "formula")), list(expressions.items()))
    legend = [f"{letter}: {meaning}" for letter, meaning in found.symbols.items()]
    return Document("formula", results, Table(columns, rows), "", [*legend, found.convention.statement], records)


def python(found: "Formula") -> str:
    """Both formulas as Python functions."""
    return f"# {found.convention.statement}\n\n{found.python('macs')}\n\n{found.python('params')}"
