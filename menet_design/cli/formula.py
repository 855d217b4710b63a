"""menet-design formula: costs as polynomials."""

from fractions import Fraction
from typing import Annotated

import typer

from menet_design.cli.options import Force, Form, Output
from menet_design.cli.output import emit, format_of, say
from menet_design.design import rational
from menet_design.errors import DesignError


def run(
    family: Annotated[str, typer.Argument(help="A family, or a network such as ResNet-56.")] = "menet",
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

    if sum((latex, python, form != "table")) > 1:
        raise DesignError("--latex, --python and --format exclude one another", "Give one of them")
    found = formula(family) if at is None else formula(family).at(**_numbers(at))
    if python:
        say(formulas.python(found), output, force)
        return
    chosen = "latex" if latex else format_of(form, output)
    emit(formulas.formula(found, chosen), chosen, output, force)


def _numbers(text: str) -> dict[str, int | Fraction]:
    """Numbers by letter from "w=352,alpha=1.5"."""
    numbers: dict[str, int | Fraction] = {}
    for letter, _, value in (part.partition("=") for part in text.split(",")):
        name = letter.strip().replace("α", "alpha")
        if name in numbers:
            raise DesignError(f"{name} is given twice", "Give each letter once")
        numbers[name] = _number(name, value.strip())
    return numbers


def _number(letter: str, value: str) -> int | Fraction:
    try:
        number = rational(value)
    except ValueError:
        raise DesignError(f"{letter}={value:.20} is no number for a letter", "Write w=352,k=12") from None
    return int(number) if number.denominator == 1 else number
