"""Multiply-adds and parameters of a family as polynomials in its numbers.

Derived by sympy from the same architecture function that the counter uses, run once on symbols (`families.symbolic`);
a floor that stayed would be an error. `r` is exact where 32 divides it, or less in families that halve it less often.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cache
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from menet_design import families
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import count
from menet_design.display import Displayed
from menet_design.errors import DesignError, IllegalDesign
from menet_design.families.architectures import architecture
from menet_design.families.design import Design
from menet_design.families.legal import LegalValues
from menet_design.families.notation import family_of
from menet_design.families.symbolic import multiple, symbolic
from menet_design.graph.builder import at_least
from menet_design.values import LARGEST, MAX_CHANNELS, check_known, check_whole, given, is_nan, listed

if TYPE_CHECKING:
    import sympy

METRICS = ("macs", "params")
# The usual letters of numbers, in the order in which they are printed, and what they mean.
_LETTERS = {
    "width": ("w", "width, the output channels of the first stage of blocks"),
    "fusion": ("k", "fusion width, the channels of the fusion branch in the first stage"),
    "expansion": ("alpha", "expansion, the growth of the fusion width from stage to stage"),
    "groups": ("g", "groups of the pointwise convolutions"),
    "cardinality": ("g", "cardinality, the groups of the 3×3 convolutions"),
    "stage2_groups": ("h", "groups in stage 2, the greatest common divisor of g and w/2"),
    "stem": ("c", "stem, the output channels of the first convolution"),
    "head": ("h", "head, the output channels of the convolution before the classifier"),
    "resolution": ("r", "resolution, the height and width of the input, a multiple of {}"),
    "classes": ("n", "classes"),
}


def letters(family: type[Design]) -> Mapping[str, str]:
    """The letters of a family's numbers, by field, in the order in which they are printed."""
    usual = {name: letter for name, (letter, _) in _LETTERS.items() if family.has(name)}
    return getattr(architecture(family.family), "LETTERS", usual)


@dataclass(frozen=True)
class Formula(Displayed):
    """The cost of every network of a family: `macs` and `params`, sympy expressions in the letters.

    `parts` gives both, by METRICS, for each part of the networks (stages outside the blocks, and the branches of the
    blocks), which add up to them. `fields` maps each letter to the field of a design that it stands for, `fixed` the
    numbers that no letter stands for, such as a depth, for which it is derived; `numbers` are the letters for which a
    number has been put in.
    """

    family: str
    macs: "sympy.Expr"
    params: "sympy.Expr"
    fields: Mapping[str, str]
    parts: Mapping[str, Mapping[str, "sympy.Expr"]] = field(repr=False)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, int | Fraction] = field(default_factory=dict)
    convention: Convention = PAPER

    @property
    def symbols(self) -> dict[str, str]:
        """The letters that are left, and what each means."""
        usual = {name: meaning for name, (_, meaning) in _LETTERS.items()}
        meanings = usual | getattr(architecture(self.family), "MEANINGS", {})
        smallest = families.family(self.family).smallest_resolution()
        unset = {letter: name for letter, name in self.fields.items() if letter not in self.numbers}
        return {letter: meanings.get(name, name).format(smallest) for letter, name in unset.items()}

    def at(self, /, **numbers: int | Fraction) -> "Formula":
        """The formula with numbers, by letter, for some or all letters.

        Raises DesignError for an unknown letter, and IllegalDesign for a resolution that 32 does not divide
        or, once every letter has its number, for numbers that make no network.
        """
        import sympy

        known = {**self.numbers, **numbers}
        self._check(known)
        values = {sympy.Symbol(letter): sympy.Rational(str(number)) for letter, number in numbers.items()}

        def put_in(expression: "sympy.Expr") -> "sympy.Expr":
            return _collected(sympy.expand(expression.subs(values)))

        parts = {name: {key: put_in(each) for key, each in part.items()} for name, part in self.parts.items()}
        return replace(self, macs=put_in(self.macs), params=put_in(self.params), parts=parts, numbers=known)

    def latex(self, metric: str = "macs") -> str:
        """An expression in LaTeX, without math delimiters."""
        import sympy

        return str(sympy.latex(self._expression(metric)))

    def _repr_latex_(self) -> str:
        lines = (rf"\mathrm{{{name}}} &= {self.latex(name)}" for name in METRICS)
        return "$$\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$$"

    def _repr_markdown_(self) -> str:
        return self._repr_latex_()  # notebooks prefer Markdown, in which formulas are set too

    def python(self, metric: str = "macs") -> str:
        """A Python function of the letters, by keyword, as source text."""
        import sympy

        numerator, denominator = map(sympy.pycode, self._fraction(metric))
        return (
            f"def {metric}({', '.join(['*', *self.symbols] if self.symbols else [])}):\n"
            f"    numerator = {numerator}\n"
            f"    denominator = {denominator}\n"
            "    whole, rest = divmod(numerator, denominator)\n"
            "    return numerator / denominator if rest else whole\n"
        )

    def compile(self, metric: str = "macs") -> Callable[..., Any]:
        """A fast function of the letters, by keyword, for numbers and numpy arrays.

        Whole numbers that make a legal network give the counter's integer, and arrays of them an array of
        integers, computed without overflow. Nothing is checked: at other numbers, a resolution that 32 does
        not divide among them, the value is the polynomial's and no network's.
        """
        import sympy

        letters = sympy.symbols(tuple(self.symbols))
        function = sympy.lambdify(letters, self._fraction(metric), [{"max": _larger}, "math"])

        def evaluate(**numbers: Any) -> Any:
            return _quotient(*function(**{letter: _exact(number) for letter, number in numbers.items()}))

        return evaluate

    def _expression(self, metric: str) -> "sympy.Expr":
        check_known("metric", metric, METRICS)
        expression: sympy.Expr = getattr(self, metric)
        return expression

    def _fraction(self, metric: str) -> "tuple[sympy.Expr, sympy.Expr]":
        """Numerator, in Horner form, and denominator, with whole coefficients in both."""
        import sympy

        numerator, denominator = sympy.fraction(sympy.together(self._expression(metric)))
        maxima = {each: sympy.Dummy() for each in numerator.atoms(sympy.Max)}
        back = {dummy: each for each, dummy in maxima.items()}
        return sympy.horner(sympy.expand(numerator.xreplace(maxima))).xreplace(back), denominator

    def _check(self, numbers: Mapping[str, Any]) -> None:
        """Refuse letters that a family does not have, and numbers that no network has, alone or all together."""
        for letter, number in numbers.items():
            check_known("letter", letter, tuple(self.fields))
            if not isinstance(number, Real) or is_nan(number):
                raise DesignError(f"{letter} = {number!r:.20} is not a number")
        known = {self.fields[letter]: number for letter, number in numbers.items()}
        family = families.family(self.family)
        for name, number in known.items():
            _check_alone(family, name, number)
        if len(known) == len(self.fields):
            family(**self.fixed, **known)
        for name in (name for name in family._legal if name in known):
            with suppress(KeyError):  # what is legal depends on a number that is not given yet
                _check_legal(name, known[name], family.legal_values(name, {**self.fixed, **known}))


def _check_alone(family: type[Design], name: str, number: Any) -> None:
    """Refuse a number that no network of a family has, whatever its other numbers are."""
    least = family.smallest_resolution() if name == "resolution" else 1
    if least > 1 and number % least:
        nearest = family.legal_values(name, {}).around(number)
        cause = f"the formula is exact where {least} divides r, not at r = {number}"
        raise IllegalDesign(cause, f"Nearest: {listed(nearest)}", nearest)
    if {each.name: each.type for each in fields(family)}[name] is not Fraction:
        check_whole(name, number, least, LARGEST.get(name, MAX_CHANNELS))
    elif not 0 < number <= MAX_CHANNELS:
        raise IllegalDesign(f"{name} {number} is not a number above 0, up to {MAX_CHANNELS:,}")


def _check_legal(name: str, number: Any, legal: LegalValues) -> None:
    """Refuse a number that is not legal beside the others; IllegalDesign names the nearest."""
    index = Fraction(number) / legal.unit
    if index.denominator != 1 or int(index) not in legal.indices:
        nearest = legal.around(number)
        raise IllegalDesign(f"{name} {number} is not legal", f"Nearest legal {name}s: {listed(nearest)}", nearest)


def formula(family: str | Design | type[Design] = "menet") -> Formula:
    """The formula of a family, derived from its architecture function.

    A network in its place, or its name, "96-ResNet-15-concat" or "ResNet-56", gives the numbers for which no letter
    stands. Raises DesignError for an unknown family.

    >>> formula("menet").at(w=352, k=12, alpha=1, g=8, c=24, r=224, n=1000).macs
    144281024
    """
    found, read = family_of(family)
    usual = found.defaults()
    known = found._resolve(usual | given(read)).items()
    fixed = {name: value for name, value in known if found.has(name) and name not in letters(found)}
    fixed = {name: value for name, value in fixed.items() if name not in found.optional or value != usual[name]}
    return _derived(found.family, tuple(fixed.items()))


@cache
def _derived(family: str, fixed: tuple[tuple[str, Any], ...]) -> Formula:
    import sympy

    design = families.family(family)
    named = letters(design)
    symbols = {name: sympy.Symbol(letter) for name, letter in named.items()}
    found = symbolic(design, named, dict(fixed))
    back = {whole: symbols[name] / multiple(name, found.factors, symbols) for name, whole in found.wholes.items()}

    def in_letters(expression: "sympy.Expr") -> "sympy.Expr":
        return _collected(sympy.expand(_whole_maxima(sympy.expand(expression).subs(back))))

    cost = count(found.network)
    parts = {
        part.name: {metric: in_letters(getattr(part, metric)) for metric in METRICS}
        for part in cost.by("branch")
        if part.params != 0
    }
    by_letter = {letter: name for name, letter in named.items()}
    views = MappingProxyType(by_letter), MappingProxyType(parts), MappingProxyType(dict(fixed))
    return Formula(family, in_letters(cost.macs), in_letters(cost.params), *views)


def _whole_maxima(expression: "sympy.Expr") -> "sympy.Expr":
    """An expression with whole numbers inside its maxima: Max(6, w/2) becomes Max(12, w)/2."""
    import sympy

    def whole(*sizes: "sympy.Expr") -> "sympy.Expr":
        factor = sympy.lcm([sympy.fraction(sympy.together(size))[1] for size in sizes])
        return sympy.Max(*(factor * size for size in sizes)) / factor

    result: sympy.Expr = expression.replace(sympy.Max, whole)
    return result


def _collected(expression: "sympy.Expr") -> "sympy.Expr":
    """The terms gathered by resolution, over one denominator, then by products of channel numbers."""
    import sympy

    by_power = sympy.collect(expression, sympy.Symbol("r"), evaluate=False)
    return sympy.Add(*(_gathered(power, coefficient) for power, coefficient in by_power.items()))


def _gathered(power: "sympy.Expr", coefficient: "sympy.Expr") -> "sympy.Expr":
    """Gather a coefficient: power · (terms) / n, whole numbers inside, products of channel numbers factored."""
    import sympy

    whole = sympy.fraction(sympy.together(coefficient))[1].as_coeff_Mul()[0] if power != 1 else sympy.Integer(1)
    _, fusion, _ = channels = sympy.symbols("w k c")
    maxima = sorted(coefficient.atoms(sympy.Max), key=str)
    products = [*maxima, *(x * y for x in channels for y in channels), fusion]
    parts = sympy.collect(sympy.expand(coefficient * whole), products, evaluate=False)
    terms = (product * (sympy.factor(part) if product != 1 else part) for product, part in parts.items())
    return sympy.Mul(power, sympy.Rational(1, whole), sympy.Add(*terms))


def _larger(*sizes: Any) -> Any:
    """The larger of a number and a size, which may be an array."""
    least, size = sorted(sizes, key=lambda each: hasattr(each, "dtype"))
    return at_least(least, size)


def _exact(number: Any) -> Any:
    """Integers of numpy as Python's, which do not overflow."""
    dtype = getattr(number, "dtype", None)
    return number.astype(object) if dtype is not None and dtype.kind in "iu" else number


def _quotient(numerator: Any, denominator: Any) -> Any:
    """The whole quotient, or the true one where it is not whole; of arrays, whole ones only if all are."""
    if not hasattr(numerator, "dtype"):
        whole, rest = divmod(numerator, denominator)
        return numerator / denominator if rest else int(whole)
    quotients = numerator // denominator
    if (quotients * denominator == numerator).all():
        return quotients.astype("int64")
    return (numerator / denominator).astype("float64")
