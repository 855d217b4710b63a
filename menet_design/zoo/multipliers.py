"""Width multipliers as pytorchcv writes them in names: "1", "2", "d2" for a half, "3d4"."""

from fractions import Fraction

MULTIPLIER = "[0-9]{1,9}|[0-9]{1,9}d[0-9]{1,9}|d[0-9]{1,9}"


def multiplier(text: str) -> Fraction:
    """The number that a MULTIPLIER writes; a divisor of zero counts as one."""
    over, _, under = text.partition("d")
    return Fraction(int(over or 1), int(under or 1) or 1)


def abbreviated(number: Fraction) -> str:
    """The MULTIPLIER that writes a number."""
    over, under = number.numerator, number.denominator
    return str(over) if under == 1 else f"{'' if over == 1 else over}d{under}"
