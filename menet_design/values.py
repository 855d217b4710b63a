"""Numbers and names from outside: what is accepted, how it is written, and the nearest thing that is legal."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from math import ceil, floor
from numbers import Integral, Real
from typing import Any

from menet_design.errors import DesignError, IllegalDesign

MAX_CHANNELS = 2**16
_LONGEST = 2**24  # sides of inputs, as long as texts may be
MAX_RESOLUTION = 2**14
MAX_CLASSES = 2**20
LARGEST = {"resolution": MAX_RESOLUTION, "classes": MAX_CLASSES}
# The smallest image that every network here takes.
MIN_RESOLUTION = 32


def check_whole(what: str, value: Any, smallest: int, largest: int) -> int:
    """The value as an int; numpy's integers are ints too.

    Raises IllegalDesign unless it is one in the range, and TypeError for what is no number.
    """
    check_number(what, value)
    if is_whole(value) and smallest <= value <= largest:
        return int(value)
    nearest = _nearest_whole(value, smallest, largest)
    cause = f"{what} {_shortened(value)} is not a whole number from {smallest:,} to {largest:,}"
    raise IllegalDesign(cause, f"Nearest legal {what}: {listed(nearest)}", nearest)


def check_number(what: str, value: Any) -> None:
    """Raise TypeError for what is no number, text and truth values among it."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} is a number, not {type(value).__name__}")


def check_type(what: str, value: Any, kinds: Any, taken: str) -> None:
    """Raise TypeError, saying what is taken, for a value of another type."""
    if not isinstance(value, kinds):
        raise TypeError(f"{what} is {taken}, not {type(value).__name__}")


def named(what: str, names: Any) -> tuple[str, ...]:
    """Names, of which one may stand alone; none where they are not given. Raises TypeError for what is neither."""
    if names is None:
        return ()
    check_type(what, names, Iterable, "a name or several")
    return (names,) if isinstance(names, str) else tuple(names)


def is_whole(value: Any) -> bool:
    """Whether a value is an integer, and no truth value."""
    # Of an int its type says so, in a tenth of the time that asking an abstract class takes.
    return type(value) is int or (isinstance(value, Integral) and not isinstance(value, bool))


def is_nan(value: Any) -> bool:
    """Whether a value is not a number; unlike `math.isnan`, for ints of any size too."""
    return bool(value != value)  # noqa: PLR0124


def _nearest_whole(value: Any, smallest: int, largest: int) -> tuple[int, ...]:
    """The legal whole numbers around a value, or the smallest where it is not a number."""
    if is_nan(value):
        return (smallest,)
    within: Any = min(max(value, smallest), largest)
    return tuple(dict.fromkeys((floor(within), ceil(within))))


def _shortened(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 20 else f"{text[:20]}…"


def check_known(what: str, value: str, known: Sequence[str]) -> None:
    """Raise DesignError, naming the known values, unless a value is one of them."""
    if value not in known:
        raise DesignError(f"{what} {value!r} is not known", f"Known: {', '.join(known)}", known)


def shapes_of(given: Any) -> list[tuple[int, ...]]:
    """The shapes of a network's inputs: of one, or of several; none where they are not given."""
    if given is None:
        return []
    check_type("an input", given, (list, tuple), "a shape, (3, 224, 224), or several of them")
    shapes: list[Any] = list(given)
    found = [shapes] if shapes and isinstance(shapes[0], int) else shapes
    return [tuple(check_whole("side of an input", side, 1, _LONGEST) for side in shape) for shape in found]


def matching(what: str, names: Sequence[str], patterns: Iterable[str] | None) -> list[str]:
    """The names that match one of some patterns with wildcards; all of them where there are none.

    Raises DesignError, with the first names, for a pattern that no name matches.
    """
    if patterns is None:
        return list(names)
    patterns = [patterns] if isinstance(patterns, str) else list(patterns)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            known = f"Known: {listed(names[:3])}, …" if names else ""
            raise DesignError(f"no {what} is named {pattern!r:.60}", known, names[:3])
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def given(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers that are given: None is none."""
    return {key: value for key, value in numbers.items() if value is not None}


def listed(values: Iterable[Any]) -> str:
    """Values as a sentence lists them: "228, 240"."""
    return ", ".join(decimal(value) if isinstance(value, Fraction) else str(value) for value in values)


def rational(text: str) -> Fraction:
    """The number that "1.5" or "4/3" writes. Raises ValueError for any other text, powers of ten included."""
    if not _RATIONAL.fullmatch(text):
        raise ValueError(text)
    return Fraction(text)


def as_fraction(number: Any) -> Fraction:
    """A number as the fraction that it prints as: 1.1 is 11/10; numpy's numbers are numbers too.

    Raises ValueError, TypeError or OverflowError.
    """
    if type(number) is Fraction:
        return number
    if is_whole(number):
        return Fraction(int(number))
    return Fraction(str(number)) if isinstance(number, Real) else Fraction(number)


_RATIONAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12}|/0*[1-9][0-9]{0,11})?")


def reduced(value: Any) -> Any:
    """A fraction that is whole as an int; anything else as it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def decimal(value: Fraction | int) -> str:
    """A number as a finite decimal ("1", "2.5") or, where it has none, as "(4/3)"."""
    digits = next((n for n in range(10) if (value * 10**n).denominator == 1), None)
    return f"({value})" if digits is None else f"{float(value):.{digits}f}"
