"""Printed figures, and the rules by which they come from counts: what was counted, and how it was shortened.

One search serves the papers' tables, those of others and single figures: ways to count are tried, the plainest first,
each truncated and rounded to the digits that are printed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

from menet_design.errors import DesignError

_ROUNDINGS = {"truncated": ROUND_DOWN, "rounded": ROUND_HALF_UP}
_PREFIXES = {"k": 10**3, "m": 10**6, "× 10⁶": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_FIGURE = re.compile(
    r"(?P<value>[0-9]{1,3}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,12})?|[0-9]{0,15}(?:\.[0-9]{1,12})?)"
    r" ?(?P<prefix>[kmgbt](?![a-z]*add)|× 10⁶)? ?"
    r"(?:(?P<params>params?|parameters?)|(?P<macs>macs?|flops?|m-?adds?|mult-adds|multiply-adds|ops))?",
    re.IGNORECASE,
)


class Figure(NamedTuple):
    """A printed figure: its value, what one in its last printed digit is worth, and of what it says that it is.

    `quantity` is "macs" or "params", "" where it does not say.
    """

    value: Decimal
    digit: Decimal
    quantity: str = ""


class Rule(NamedTuple):
    """How a printed figure comes from a count: what is counted, "" for everything, and how it was shortened."""

    counted: str
    rounding: str

    def __str__(self) -> str:
        return f"{self.counted}, {self.rounding}" if self.counted else self.rounding


def figure(text: str, unit: int = 1) -> Figure:
    """The value of "144", "773.4k", "0.149G", "144 × 10⁶" or "2.9M params", in units unless it says its own.

    Raises DesignError for any other text.
    """
    found = _FIGURE.fullmatch(text.strip())
    value = Decimal(found["value"].replace(",", "") or 0) if found else Decimal(0)
    if not found or not value:
        remedy = "Write 148.93M, 0.149G, 2.9M params or 148926124"
        raise DesignError(f"{text!r:.40} is not a printed figure above zero", remedy)
    scale = _PREFIXES[found["prefix"].lower()] if found["prefix"] else unit
    digit = Decimal(1).scaleb(int(value.as_tuple().exponent))
    return Figure(value * scale, digit * scale, "params" if found["params"] else "macs" if found["macs"] else "")


def roundings(total: Fraction | int, printed: Figure) -> list[str]:
    """How a total may have been shortened to a printed figure; nothing where it makes another one."""
    exact = Decimal(Fraction(total).numerator) / Decimal(Fraction(total).denominator)
    return [
        name
        for name, rounding in _ROUNDINGS.items()
        if (exact / printed.digit).quantize(Decimal(1), rounding) * printed.digit == printed.value
    ]


def rules(
    printed: Figure, totals: Mapping[str, Fraction | int], usual: str = "rounded", coarse: bool = True
) -> list[Rule]:
    """The rules that make a printed figure from one of some totals, by what they count, in the order of these.

    Where a total is truncated and rounded to the same figure, the usual comes first. Where no total makes it to its
    last digit, a `coarse` figure, such as 15300, may have been shortened to 100s.
    """
    found = [
        Rule(counted, rounding)
        for counted, total in totals.items()
        for rounding in sorted(roundings(total, printed), key=lambda each: each != usual)
    ]
    if found or not coarse:
        return found
    hundreds = rules(printed._replace(digit=100 * printed.digit), totals, usual, coarse=False)
    return [rule._replace(rounding=f"{rule.rounding} to 100s") for rule in hundreds]


def commonest(found: Iterable[Iterable[Rule]]) -> list[tuple[Rule, int]]:
    """The rules that make some figures, given for each of them, and how many they make: that of most figures first."""
    return Counter(rule for each in found for rule in each).most_common()


def deviation(total: Fraction | int, printed: Figure) -> Fraction:
    """How far a total lies from a figure, as a share of it, above zero where it is more."""
    return Fraction(total) / Fraction(printed.value) - 1


def missed(share: Fraction) -> str:
    """Such a share in words: "2.8 % over"."""
    return f"{abs(float(share)) * 100:.1f} % {'over' if share > 0 else 'under'}"
