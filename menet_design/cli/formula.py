"""menet-design formula: costs as polynomials."""

from fractions import Fraction
from typing import Annotated

import typer

from menet_design.cli.options import Force, Form, Output
from menet_design.cli.output import emit, say
from menet_design.errors import DesignError

NAME = "formula"


def run(
    family: Annotated[str, typer.Argument(help="The family.")] = "menet",
    latex: Annotated[bool, typer.Option("--latex", help="The same as --format latex.")] = False,
    python: Annotated[bool, typer.Option("--python", help="Print Python functions.")] = False,
    at: Annotated[str | None, typer.Option(help="Numbers for letters: w=352,k=12,alpha=1,g=8,c=24.")] = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """MACs and parameters of a family as polynomials, derived from its architecture.

    Example: menet-design formula --at g=3,c=24,r=224,n=1000
    """
    from menet_design.analysis.formula import formula
    from menet_design.report import formulas

    found = formula(family).at(**_numbers(at)) if at else formula(family)
    if python:
        say(formulas.python(found), output, force)
        return
    form = "latex" if latex else form
    emit(formulas.formula(found, form), form, output, force)


def _numbers(text: str) -> dict[str, int | Fraction]:
    """Numbers by letter from "w=352,alpha=1.5"."""
    pairs = [part.partition("=") for part in text.split(",")]
    return {letter.strip().replace("α", "alpha"): _number(letter, value) for letter, _, value in pairs}


def _number(letter: str, value: str) -> int | Fraction:
    try:
        number = Fraction(value)
    except (ValueError, ZeroDivisionError):
        raise DesignError(f"{letter}={value} is no number for a letter", "Write w=352,k=12") from None
    return int(number) if number.denominator == 1 else number
