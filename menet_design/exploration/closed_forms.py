"""Polynomials with whole coefficients, and maxima of them, put into Horner form and evaluated exactly over arrays.

Arrays are float64 where a bound on every partial sum proves that whole numbers stay below 2^53, int64 below 2^63.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import lcm
from typing import TYPE_CHECKING, Any

from menet_design.errors import DesignError
from menet_design.values import reduced

if TYPE_CHECKING:
    import sympy

# Coefficients by the exponents of some names, in their order.
Terms = Mapping[tuple[int, ...], Any]


@dataclass(frozen=True)
class ClosedForm:
    """The largest of some polynomials in `names`, over a whole number; some of the names stand for `maxima`.

    `dtype` is that of arrays in which no partial sum is inexact.
    """

    names: tuple[str, ...]
    pieces: tuple[Terms, ...]
    maxima: Mapping[str, "ClosedForm"] = field(default_factory=dict)
    over: int = 1
    dtype: str = "float64"

    def at(self, numbers: Mapping[str, int | Fraction], largest: Mapping[str, int]) -> "ClosedForm":
        """The form with numbers for some names, for arrays of the others that hold nothing larger than is said.

        Raises DesignError where numbers could go beyond 2^63.
        """
        found = {name: each.at(numbers, largest) for name, each in self.maxima.items()}
        maxima = {name: each for name, each in found.items() if each.names}
        numbers = {**numbers, **{name: int(each.values({})) for name, each in found.items() if not each.names}}
        names = tuple(name for name in self.names if name not in numbers)
        pieces = [_put_in(terms, self.names, numbers) for terms in self.pieces]
        over = lcm(*(Fraction(factor).denominator for terms in pieces for factor in terms.values()))
        whole = tuple({powers: int(factor * over) for powers, factor in terms.items()} for terms in pieces)
        bounds = {**largest, **{name: each._bound(largest) for name, each in maxima.items()}}
        form = ClosedForm(names, whole, maxima, self.over * over)
        return replace(form, dtype=_dtype(form._bound(bounds)))

    def values(self, arrays: Mapping[str, Any]) -> Any:
        """The value for each element of arrays of the names, which are broadcast; whole ones where `over` is 1."""
        if not self.names:
            import numpy

            return self._divided(numpy.asarray(max(terms.get((), 0) for terms in self.pieces)))
        return self.along(arrays)(arrays.get(self.names[0]))

    def along(self, arrays: Mapping[str, Any]) -> Callable[[Any], Any]:
        """The value as a function of arrays of the first name, for arrays of the others, which are worked in once."""
        known = {name: array.astype(self.dtype) for name, array in arrays.items() if name in self.names}
        known |= {name: each.values(arrays).astype(self.dtype) for name, each in self.maxima.items()}
        others = [known[name] for name in self.names[1:]]
        return partial(self._along, [_coefficients(terms, others) for terms in self.pieces])

    def _along(self, pieces: Sequence[Sequence[Any]], first: Any) -> Any:
        import numpy

        array = first.astype(self.dtype)
        found = numpy.asarray(_horner(pieces[0], array), self.dtype)
        for coefficients in pieces[1:]:
            found = numpy.maximum(found, _horner(coefficients, array))
        return self._divided(found)

    def _divided(self, found: Any) -> Any:
        if self.over == 1:
            return found
        return found // self.over if found.dtype == "int64" else found / self.over  # exact, of whole numbers, in both

    def _bound(self, largest: Mapping[str, int]) -> int:
        sizes = [largest[name] for name in self.names]
        return max(
            sum(abs(int(factor)) * _product(powers, sizes) for powers, factor in each.items()) for each in self.pieces
        )


def closed_form(expressions: Iterable["sympy.Expr"], wholes: Mapping[str, "sympy.Symbol"]) -> ClosedForm:
    """The largest of some expressions in symbols, by name; none is evaluated that another one is never below."""
    import sympy

    expanded = list(dict.fromkeys(sympy.expand(each) for each in expressions))
    atoms = sorted({atom for each in expanded for atom in each.atoms(sympy.Max)}, key=str)
    dummies = {atom: sympy.Symbol(f"max{index}") for index, atom in enumerate(atoms)}
    symbols = [*wholes.values(), *dummies.values()]
    maxima = {symbol.name: closed_form(atom.args, wholes) for atom, symbol in dummies.items()}
    pieces = [
        {
            powers: reduced(Fraction(str(factor)))
            for powers, factor in sympy.Poly(each.xreplace(dummies), *symbols).terms()
        }
        for each in expanded
    ]
    return ClosedForm((*wholes, *maxima), tuple(_undominated(pieces)), maxima)


def _undominated(pieces: Sequence[Terms]) -> list[Terms]:
    """Without the polynomials of positive numbers that another one exceeds in every coefficient."""
    kept: list[Terms] = []
    for each in sorted(pieces, key=lambda terms: -sum(terms.values())):
        if not any(_dominates(other, each) for other in kept):
            kept.append(each)
    return kept


def _dominates(one: Terms, other: Terms) -> bool:
    return all(one.get(powers, 0) >= other.get(powers, 0) for powers in {*one, *other})


def _put_in(terms: Terms, names: Sequence[str], numbers: Mapping[str, int | Fraction]) -> dict[tuple[int, ...], Any]:
    """The terms in the names that are left, for numbers in the places of the others."""
    left = [index for index, name in enumerate(names) if name not in numbers]
    known = [(index, numbers[name]) for index, name in enumerate(names) if name in numbers]
    found: dict[tuple[int, ...], Any] = {}
    for powers, factor in terms.items():
        for index, number in known:
            if powers[index]:
                factor = factor * number ** powers[index]  # noqa: PLW2901
        key = tuple([powers[index] for index in left])
        found[key] = found.get(key, 0) + factor
    return found


def _product(powers: Sequence[int], sizes: Sequence[int]) -> int:
    product = 1
    for power, size in zip(powers, sizes, strict=True):
        product *= size**power
    return product


def _dtype(bound: int) -> str:
    """The type of arrays in which whole numbers up to a bound are exact."""
    if bound >= 2**63:
        raise DesignError("costs of this space may be beyond 2^63, where they would not be exact", "Narrow its ranges")
    return "float64" if bound < 2**53 else "int64"


def _coefficients(terms: Terms, others: Sequence[Any]) -> list[Any]:
    """The coefficients of the powers of the first array, from the highest down, which are polynomials in the others."""
    by_power: dict[int, dict[tuple[int, ...], Any]] = {}
    for powers, factor in terms.items():
        by_power.setdefault(powers[0], {})[powers[1:]] = factor
    found = []
    for power in range(max(by_power, default=0), -1, -1):
        inner = by_power.get(power, {})
        found.append(_horner(_coefficients(inner, others[1:]), others[0]) if others and inner else inner.get((), 0))
    return found


def _horner(coefficients: Sequence[Any], first: Any) -> Any:
    """A polynomial in an array, from the coefficients of its powers."""
    import numpy

    found = coefficients[0]
    if len(coefficients) > 1:
        found = found * first
        for coefficient in coefficients[1:-1]:
            found = _in_place(numpy.multiply, _in_place(numpy.add, found, coefficient), first)
        found = _in_place(numpy.add, found, coefficients[-1])
    return found


def _in_place(operation: Callable[..., Any], found: Any, other: Any) -> Any:
    """An operation of numpy on an array of one's own, which it overwrites where it has the room: that halves the time.

    Numbers, and arrays that are broadcast to a larger shape, are left as they are.
    """
    shape, others = getattr(found, "shape", None), getattr(other, "shape", ())
    if (
        shape
        and len(others) <= len(shape)
        and all(b in (1, a) for a, b in zip(shape[::-1], others[::-1], strict=False))
    ):
        return operation(found, other, out=found)
    return operation(found, other)
