"""Numbers as people read them. Machine formats print the exact integers instead."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import floor, log10

_SMALL = 10**6


def millions(value: float | Fraction) -> str:
    """Millions with two decimals: 144281024 is "144.28"."""
    return f"{value / 1e6:,.2f}"


def some_millions(value: float | Fraction) -> str:
    """Millions with two decimals or, of less than one, four: 258808 is "0.2588"."""
    return millions_like([value])(value)


def millions_like(totals: Iterable[float | Fraction]) -> Callable[[float | Fraction], str]:
    """How a column prints millions: with the decimals that the least of some totals needs."""
    digits = 4 if any(total and -_SMALL < total < _SMALL for total in totals) else 2
    return lambda value: f"{value / 1e6:,.{digits}f}"


def thousands(value: int) -> str:
    """An integer with its thousands set off."""
    return f"{value:,}"


def milliseconds(value: float) -> str:
    """Milliseconds, to three digits at least: "3.96", "12.4"."""
    return f"{value:,.{max(0, 2 - floor(log10(value)))}f}" if value else "0"


def percent(share: Fraction | float, signed: bool = False) -> str:
    """A share in percent with one decimal: "66.7 %", "−11.1 %"."""
    text = f"{float(share) * 100:{'+' if signed else ''}.1f} %"
    return text.replace("-", "−")


def times_ten_to_six(macs: int) -> str:
    """A cost as the paper's Table I prints it: "144 × 10⁶", cut to whole millions and not rounded."""
    return f"{macs // 10**6} × 10⁶"


def times_ten_to_three(macs: int) -> str:
    """A cost too small for whole millions: "5640 × 10³", cut too."""
    return f"{macs // 10**3} × 10³"


def shape(output: tuple[int, ...]) -> str:
    """Channels, height and width: "88×28×28"."""
    return "×".join(str(size) for size in output)
