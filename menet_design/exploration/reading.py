"""What ranges and amounts are written as: the options of the command line, the keys of a file, and keywords alike."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Any

from menet_design.errors import DesignError
from menet_design.exploration.metrics import UNITS
from menet_design.families.design import Design
from menet_design.families.legal import LegalValues
from menet_design.values import LARGEST, MAX_CHANNELS, as_fraction, check_number, listed, rational, reduced

_SPAN = re.compile(r"([0-9]{1,9})\s*-\s*([0-9]{1,9})")
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"ki": 2**10, "mi": 2**20, "gi": 2**30}
_AMOUNT = re.compile(
    r"(?P<number>[0-9./]+)(?:e(?P<power>[0-9]{1,2}))?\s*(?P<scale>[kmgt]|[kmg]i)?(?P<byte>b)?", re.IGNORECASE
)
_TIME = re.compile(r"(?P<number>[0-9./]+)\s*(?P<unit>s|ms|us)")
_SECONDS = {"s": Fraction(1), "ms": Fraction(1, 10**3), "us": Fraction(1, 10**6)}
_EXAMPLES = {
    "numbers": "140M, 0.14G or 140000000",
    "bytes": "250kB, 1.5MB or 256KiB",
    "share": "0.8 or 80%",
    "seconds": "20ms or 0.02s",
}


def values_of(family: type[Design], field: str, given: Any) -> Sequence[Any]:
    """Candidate values of a number, ascending, from "2-8", "1,1.5,2", a number, a range or several of any of these.

    A span of resolutions means those whose halvings are whole. Raises DesignError for what is no such thing.
    """
    parts = [part for each in candidates(given) for part in (each.split(",") if isinstance(each, str) else [each])]
    if not parts:
        raise DesignError(f"{field} has no values", f"Write {_example(field)}")
    found = [_part(family, field, each) for each in parts]
    if len(found) == 1:
        return found[0]
    values = {value for each in found for value in each}
    return tuple(sorted(values, key=str) if any(isinstance(value, str) for value in values) else sorted(values))


def candidates(given: Any) -> list[Any]:
    """What is given, one by one: of a list, an array or whatever else can be gone through, but for texts and ranges."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str | bytes | range) else [given]


def _part(family: type[Design], field: str, given: Any) -> Sequence[Any]:
    """The values of a span, or one value."""
    text = given.strip() if isinstance(given, str) else given
    span = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if span:
        text = range(int(span[1]), int(span[2]) + 1)
    if isinstance(text, range):
        return _span(family, field, text, given)
    value = _value(family, field, text)
    largest = LARGEST.get(field, MAX_CHANNELS)
    if not isinstance(value, str) and not 0 < value <= largest:
        raise DesignError(f"{field} {given} does not lie between 1 and {largest:,}", f"Write {_example(field)}")
    if field == "resolution" and not (legal := family.legal_values(field, {})).allows(value):
        raise DesignError(
            f"resolution {value} is not a multiple of {legal.indices.step}", f"Nearest: {listed(legal.around(value))}"
        )
    return (value,)


def _span(family: type[Design], field: str, span: range, given: Any) -> Sequence[Any]:
    largest = LARGEST.get(field, MAX_CHANNELS)
    if not span or span.step < 1:
        raise DesignError(f"{field} {given} runs backwards: it holds nothing", f"Write {_example(field)}")
    if not (span.start >= 1 and span[-1] <= largest):
        raise DesignError(f"{field} {given} does not lie between 1 and {largest:,}", f"Write {_example(field)}")
    if field != "resolution":
        return span
    legal: LegalValues = family.legal_values(field, {})
    found = legal.within(span)
    if not found:
        raise DesignError(f"resolution {given} holds no multiple of {legal.indices.step}", "Give a wider range")
    return found


def _value(family: type[Design], field: str, given: Any) -> Any:
    """A whole number or a fraction; of a field such as a variant, its word."""
    kinds = {each.name: str(each.type) for each in fields(family)}
    if isinstance(given, str) and "str" in kinds[field]:
        return given
    try:
        return reduced(rational(given) if isinstance(given, str) else as_fraction(given))
    except (ValueError, TypeError, OverflowError):
        cause = f"{field} {str(given)!r:.40} is no number and no range"
        raise DesignError(cause, f"Write {_example(field)}") from None


def _example(field: str) -> str:
    return {"resolution": "128-224", "expansion": "1,1.5,2", "width": "48-1024"}.get(field, "2-8, or 2,3,8")


def amount(metric: str, given: Any) -> int | Fraction:
    """A limit on a metric, exactly, from a number or from "140M", "1.5MB", "256KiB", "80%", "20ms".

    Raises DesignError for a text with another unit, or of a time without one; for what is not finite or below zero.
    """
    unit = UNITS.get(metric, "numbers")
    value = _amount(given, unit)
    if value is None or value < 0:
        wanted = {"bytes": "an amount of bytes", "share": "a share", "seconds": "a time"}.get(unit, "a number")
        raise DesignError(f"{metric} {str(given)!r:.40} is not {wanted}", f"Write {_EXAMPLES[unit]}")
    if unit == "share" and value > 1:
        raise DesignError(f"{metric} {given} is more than all", f"Write {_EXAMPLES[unit]}")
    exact: int | Fraction = reduced(value)
    return exact


def _amount(given: Any, unit: str) -> Fraction | None:
    if not isinstance(given, str):
        check_number("a limit", given)
        try:
            return as_fraction(given)
        except (ValueError, OverflowError):
            return None
    try:
        return _written(given.strip(), unit)
    except ValueError:
        return None


def _written(text: str, unit: str) -> Fraction | None:
    """The amount that a text says, None where it has another unit. Raises ValueError for one that is no number."""
    if unit == "share" and text.endswith("%"):
        return rational(text[:-1].strip()) / 100
    if unit == "seconds":
        time = _TIME.fullmatch(text)
        return rational(time["number"]) * _SECONDS[time["unit"]] if time else None
    found = _AMOUNT.fullmatch(text)
    if not found or (found["byte"] and unit != "bytes") or (unit == "share" and found["scale"]):
        return None
    scale = (_SCALES | _BINARY)[(found["scale"] or "").lower()]
    return rational(found["number"]) * Fraction(f"1e{found['power'] or 0}") * scale
