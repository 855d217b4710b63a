"""Costs as polynomials: the answer of `formula`."""

from typing import TYPE_CHECKING

from menet_design.design import decimal
from menet_design.report.export import align
from menet_design.report.tables import Column, Document, Table
from menet_design.report.units import exact

if TYPE_CHECKING:
    from menet_design.analysis.formula import Formula

_NAMES = {"macs": "MACs", "params": "parameters"}


def formula(found: "Formula", form: str) -> Document:
    """Multiply-adds and parameters of a family, part by part, with the meaning of their letters."""
    expressions = {"macs": str(found.macs), "params": str(found.params)}
    results = [{"family": found.family, "symbols": found.symbols, **expressions}]
    legend = [f"{letter} = {meaning}" for letter, meaning in found.symbols.items()]
    legend += [f"{name} = {value}" for name, value in found.fixed.items()]
    put_in = ", ".join(f"{letter} = {decimal(number)}" for letter, number in found.numbers.items())
    records = Table((Column("quantity", "quantity"), Column("formula", "formula")), list(expressions.items()))
    bodies = {"table": _text(found, "{}"), "markdown": _text(found, "`{}`"), "latex": ""}
    if form == "latex":
        bodies["latex"] = _latex(found)
    return Document("formula", results, records, put_in, (*legend, found.convention.statement), bodies=bodies)


def python(found: "Formula") -> str:
    """Both formulas as Python functions."""
    return f"# {found.convention.statement}\n\n{found.python('macs')}\n\n{found.python('params')}"


def _text(found: "Formula", style: str) -> str:
    """A paragraph a quantity: its parts, a line each, or its number once every letter has one."""
    paragraphs = []
    for index, (metric, name) in enumerate(_NAMES.items()):
        if not found.symbols:
            paragraphs.append(f"{name} = {exact(int(getattr(found, metric)))}")
            continue
        lines = [f"  {style.format(parts[index])}   ({part})" for part, parts in found.parts.items()]
        paragraphs.append("\n".join([f"{name} = the sum of", *lines]))
    return "\n\n".join(paragraphs)


def _signed(term: str) -> str:
    return term if term.startswith("-") else f"+ {term}"


def _latex(found: "Formula") -> str:
    """An align* of amsmath, a line a part."""
    from sympy import latex

    lines = []
    for index, name in enumerate(_NAMES.values()):
        terms = [latex(parts[index]) for parts in found.parts.values()] if found.symbols else []
        first, *others = terms or [found.latex(list(_NAMES)[index])]
        lines.append(rf"\mathrm{{{name}}} &= {first}" + "".join(f" \\\\\n&\\quad {_signed(term)}" for term in others))
    return align(lines)
