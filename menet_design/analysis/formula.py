"""Multiply-adds and parameters of a family as polynomials in its numbers.

Derived by sympy from the same architecture function that the counter uses, run once on symbols. Each
symbol stands for a multiple of what the architecture divides it by (w = 4gu, c = gs, r = 32m with whole
u, s, m), so every division of the architecture is proved exact on the way; a floor that stayed would be
an error. `r` is therefore exact where 32 divides it, or less in families that halve it less often.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from menet_design import zoo
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import by_branch, price, totals
from menet_design.architectures import architecture
from menet_design.architectures.network import at_least
from menet_design.design import LARGEST, MAX_CHANNELS, Lattice, check_known, check_whole, is_nan, listed
from menet_design.errors import DesignError, IllegalDesign
from menet_design.notation import family_of

if TYPE_CHECKING:
    import sympy

METRICS = ("macs", "params")
_MEANING = {
    "width": "width, the output channels of the first stage of blocks",
    "fusion": "fusion width, the channels of the fusion branch in the first stage",
    "expansion": "expansion, the growth of the fusion width from stage to stage",
    "groups": "groups of the pointwise convolutions",
    "cardinality": "cardinality, the groups of the 3×3 convolutions",
    "stage2_groups": "groups in stage 2, the greatest common divisor of g and w/2",
    "stem": "stem, the output channels of the first convolution",
    "kernel": "kernel, the height and width of the kernels in the 5×5 branch",
    "head": "head, the output channels of the convolution before the classifier",
    "classes": "classes",
}
_RESOLUTION = "resolution, the height and width of the input, a multiple of {}"


@dataclass(frozen=True)
class Formula:
    """The cost of every network of a family: `macs` and `params`, sympy expressions in the letters.

    `parts` gives multiply-adds and parameters of each part of the networks (stages outside the blocks, and
    the branches of the blocks), which add up to them. `fields` maps each letter to the field of a design that
    it stands for, `fixed` the numbers that no letter stands for, such as a depth, for which it is derived; `numbers`
    are the letters for which a number has been put in.
    """

    family: str
    macs: "sympy.Expr"
    params: "sympy.Expr"
    fields: Mapping[str, str]
    parts: Mapping[str, "tuple[sympy.Expr, sympy.Expr]"]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, int | Fraction] = field(default_factory=dict)
    convention: Convention = PAPER

    @property
    def symbols(self) -> dict[str, str]:
        """The letters that are left, and what each means."""
        own: Mapping[str, str] = getattr(architecture(self.family), "MEANINGS", {})
        meanings = {**_MEANING, **own} | {
            "resolution": _RESOLUTION.format(zoo.family(self.family).smallest_resolution())
        }
        unset = {letter: name for letter, name in self.fields.items() if letter not in self.numbers}
        return {letter: meanings.get(name, name) for letter, name in unset.items()}

    def at(self, **numbers: int | Fraction) -> "Formula":
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

        parts = {name: (put_in(macs), put_in(params)) for name, (macs, params) in self.parts.items()}
        return replace(self, macs=put_in(self.macs), params=put_in(self.params), parts=parts, numbers=known)

    def latex(self, metric: str = "macs") -> str:
        """An expression in LaTeX, without math delimiters."""
        import sympy

        return str(sympy.latex(self._expression(metric)))

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

        known = [{"max": _larger}, "math"]
        function = sympy.lambdify(sympy.symbols(tuple(self.symbols)), self._fraction(metric), known)

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
        """Refuse letters that are none, and numbers that no network has, alone or all together."""
        for letter in numbers:
            check_known("letter", letter, tuple(self.fields))
            if not isinstance(numbers[letter], Real) or is_nan(numbers[letter]):
                raise DesignError(f"{letter} = {numbers[letter]!r:.20} is no number")
        given = {self.fields[letter]: number for letter, number in numbers.items()}
        family = zoo.family(self.family)
        smallest = family.smallest_resolution()
        if given.get("resolution", smallest) % smallest:
            nearest = family.lattice("resolution", given).around(given["resolution"])
            cause = f"the formula is exact where {smallest} divides r, not at r = {given['resolution']}"
            raise IllegalDesign(cause, f"Nearest: {listed(nearest)}", nearest)
        for name, number in given.items():
            if name != "expansion":
                least = smallest if name == "resolution" else 1
                check_whole(name, number, least, LARGEST.get(name, MAX_CHANNELS))
            elif not 0 < number <= MAX_CHANNELS:
                raise IllegalDesign(f"expansion {number} is not a positive number", "The paper uses 1 to 2.5")
        if len(given) == len(self.fields):
            family(**self.fixed, **given)
        for name in (name for name in family.lattices if name in given):
            with suppress(KeyError):  # what is legal depends on a number that is not given yet
                _check_legal(name, given[name], family.lattice(name, {**self.fixed, **given}))


def _check_legal(name: str, number: Any, lattice: Lattice) -> None:
    """Refuse a number that is not on its lattice; IllegalDesign names the nearest."""
    index = Fraction(number) / lattice.unit
    if index.denominator != 1 or int(index) not in lattice.indices:
        nearest = lattice.around(number)
        raise IllegalDesign(f"{name} {number} is not legal", f"Nearest legal {name}s: {listed(nearest)}", nearest)


def formula(family: str = "menet") -> Formula:
    """The formula of a family, derived from its architecture function.

    The name of a network in its place, "96-ResNet-15-concat" or "ResNet-56", gives the numbers for which no letter
    stands. Raises DesignError for an unknown family.
    """
    found, read = family_of(family)
    letters = architecture(found.family).LETTERS
    known = found.defaults() | {name: value for name, value in read.items() if value is not None}
    fixed = {name: value for name, value in known.items() if found.has(name) and name not in letters}
    return _derived(found.family, tuple(fixed.items()))


@cache
def _derived(family: str, fixed: tuple[tuple[str, Any], ...]) -> Formula:
    import sympy

    described = architecture(family)
    letters = {name: sympy.Symbol(letter) for name, letter in described.LETTERS.items()}
    wholes = {name: sympy.Symbol(f"{name}_", integer=True, positive=True) for name in letters}
    multiples = described.multiples(wholes)
    sizes = {name: whole * multiples.get(name, 1) for name, whole in wholes.items()}
    divisors = described.multiples(letters)
    back = {wholes[name]: letter / divisors.get(name, 1) for name, letter in letters.items()}

    def in_letters(expression: "sympy.Expr") -> "sympy.Expr":
        return _collected(sympy.expand(_whole_maxima(sympy.expand(expression).subs(back))))

    blocks = price(described.network(**sizes, **dict(fixed)))
    parts = {
        part: (in_letters(amounts.macs), in_letters(amounts.params))
        for part, amounts in by_branch(blocks).items()
        if amounts.params != 0
    }
    macs, params, _ = totals(blocks)
    fields = {letter: name for name, letter in described.LETTERS.items()}
    views = MappingProxyType(fields), MappingProxyType(parts), MappingProxyType(dict(fixed))
    return Formula(family, in_letters(macs), in_letters(params), *views)


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
    channels = sympy.symbols("w k c")
    maxima = sorted(coefficient.atoms(sympy.Max), key=str)
    products = [*maxima, *(x * y for x in channels for y in channels), channels[1]]
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
    """The whole quotient, or the true one where it is not whole."""
    if hasattr(numerator, "dtype"):
        return _quotients(numerator, denominator)
    whole, rest = divmod(numerator, denominator)
    return numerator / denominator if rest else int(whole)


def _quotients(numerator: Any, denominator: Any) -> Any:
    """The same for arrays: of integers if all quotients are whole, otherwise of floats."""
    quotients = numerator // denominator
    if (quotients * denominator == numerator).all():
        return quotients.astype("int64")
    return (numerator / denominator).astype("float64")
