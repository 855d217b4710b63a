"""Width multipliers in names: as decimals, or as pytorchcv writes them, "1", "2", "d2" for a half, "3d4"."""

from collections.abc import Mapping
from fractions import Fraction

from menet_design.families.spelling import NUMBER
from menet_design.values import decimal, rational, reduced

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


def width_said(said: Mapping[str, str], width: int) -> int | Fraction:
    """The width that a name says, or the usual one times the multiplier that it says; 1 where it says none.

    As a decimal, as pytorchcv's "3d4" or as timm's "075", in percent.
    """
    if "width" in said:
        return int(said["width"])
    if "multiplier" in said:
        return times(width, multiplier(said["multiplier"]))
    if "percent" in said:
        return times(width, Fraction(int(said["percent"]), 100))
    return times(width, rational(said.get("scale") or said.get("point") or "1"))


def times(width: int, number: Fraction) -> int | Fraction:
    """A width times a multiplier; an int wherever it is whole."""
    product: int | Fraction = reduced(width * number)
    return product
