"""Costs as polynomials: the answer of `formula`."""

from typing import TYPE_CHECKING

from menet_design.report.export import align
from menet_design.report.tables import Document
from menet_design.report.units import thousands
from menet_design.values import decimal

if TYPE_CHECKING:
    from menet_design.families.formula import Formula

_NAMES = {"macs": "MACs", "params": "parameters"}


def formula(found: "Formula") -> Document:
    """Multiply-adds and parameters of a family, part by part, with the meaning of their letters."""
    expressions = {metric: str(getattr(found, metric)) for metric in _NAMES}
    results = [{"family": found.family, "symbols": found.symbols, **expressions}]
    records = [{"quantity": metric, "formula": text} for metric, text in expressions.items()]
    notes = [f"{letter} = {meaning}" for letter, meaning in found.symbols.items()]
    notes += [f"{name} = {value}" for name, value in found.fixed.items()]
    notes.append(found.convention.statement)
    put_in = ", ".join(f"{letter} = {decimal(number)}" for letter, number in found.numbers.items())
    bodies = {"table": _text(found, "{}"), "markdown": _text(found, "`{}`"), "latex": _latex(found)}
    return Document("formula", results, headline=put_in, notes=notes, records=records, bodies=bodies)


def python(found: "Formula") -> str:
    """Both formulas as Python functions."""
    return f"# {found.convention.statement}\n\n{found.python('macs')}\n\n{found.python('params')}"


def _text(found: "Formula", style: str) -> str:
    """A paragraph a quantity: its parts, a line each, or its number once every letter has one."""
    paragraphs = []
    for metric, name in _NAMES.items():
        if found.symbols:
            lines = [f"  {style.format(each[metric])}   ({part})" for part, each in found.parts.items()]
            paragraphs.append("\n".join([f"{name} = the sum of", *lines]))
        else:
            paragraphs.append(f"{name} = {thousands(int(getattr(found, metric)))}")
    return "\n\n".join(paragraphs)


def _latex(found: "Formula") -> str:
    """An align* of amsmath, a line a part."""
    from sympy import latex

    lines = []
    for metric, name in _NAMES.items():
        terms = [latex(each[metric]) for each in found.parts.values()] if found.symbols else [found.latex(metric)]
        signed = [term if term.startswith("-") else f"+ {term}" for term in terms]
        lines.append(" \\\\\n&\\quad ".join([rf"\mathrm{{{name}}} &= {terms[0]}", *signed[1:]]))
    return align(lines)
