"""menet-design formula: costs as polynomials."""

from dataclasses import replace
from fractions import Fraction
from typing import Annotated

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.options import OR_A_FAMILY
from menet_design.cli.output import say
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command
from menet_design.errors import DesignError
from menet_design.values import rational, reduced


@command
def run(
    family: Annotated[str, typer.Argument(help=f"A network such as ResNet-56, {OR_A_FAMILY}")] = "menet",
    latex: Annotated[bool, typer.Option("--latex", help="The same as --format latex.")] = False,
    python: Annotated[bool, typer.Option("--python", help="Print Python functions.")] = False,
    at: Annotated[str | None, typer.Option(help="Numbers for letters: w=352,k=12,alpha=1,g=8,c=24.")] = None,
    *,
    answer: Answer,
) -> None:
    """MACs and parameters of a family as polynomials, derived from its architecture.

    Example: menet-design formula --at g=3,c=24,r=224,n=1000
    """
    from menet_design.families.formula import formula
    from menet_design.report import formulas

    several = sum((latex, python, answer.form != "table")) > 1
    refuse(several, "--latex, --python and --format exclude one another", "Give one of them")
    found = formula(family) if at is None else formula(family).at(**_numbers(at))
    if python:
        say(formulas.python(found), answer.output, answer.force)
    else:
        (replace(answer, form="latex") if latex else answer).give(formulas.formula(found))


def _numbers(text: str) -> dict[str, int | Fraction]:
    """Numbers by letter from "w=352,alpha=1.5"."""
    numbers: dict[str, int | Fraction] = {}
    for letter, _, value in (part.partition("=") for part in text.split(",")):
        name = letter.strip().replace("α", "alpha")
        if name in numbers:
            raise DesignError(f"{name} is given twice", "Give each letter once")
        try:
            numbers[name] = reduced(rational(value.strip()))
        except ValueError:
            cause = f"{name}={value.strip():.20} is not a number for a letter"
            raise DesignError(cause, "Write w=352,k=12") from None
    return numbers
