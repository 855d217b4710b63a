"""Width multipliers in names: as decimals, or as pytorchcv writes them, "1", "2", "d2" for a half, "3d4"."""

from fractions import Fraction

from menet_design.design import decimal
from menet_design.zoo.spelling import NUMBER

_DIVISOR = "d(?=0*[1-9])[0-9]{1,9}"  # which is not zero
MULTIPLIER = rf"{NUMBER}(?:{_DIVISOR})?|{_DIVISOR}"


def multiplier(text: str) -> Fraction:
    """The number that a MULTIPLIER writes."""
    over, _, under = text.partition("d")
    return Fraction(int(over or 1), int(under or 1))


def abbreviated(number: Fraction) -> str:
    """The MULTIPLIER that writes a number."""
    over, under = number.numerator, number.denominator
    return str(over) if under == 1 else f"{'' if over == 1 else over}d{under}"


def short_decimal(number: Fraction) -> str | None:
    """The decimal that writes a number, where two digits after the point are enough."""
    return decimal(number) if (number * 100).denominator == 1 else None


def times(width: int, number: Fraction) -> int | Fraction:
    """A width times a multiplier; an int wherever it is whole."""
    product = width * number
    return product.numerator if product.denominator == 1 else product
