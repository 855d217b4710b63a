"""The texts of options: what they say, or one line on how to write it."""

import contextlib
import re
from fractions import Fraction
from typing import Any

from menet_design.errors import DesignError
from menet_design.values import MAX_CHANNELS, rational


def refuse(is_wrong: bool, cause: str, remedy: str) -> None:
    """Raise DesignError where options do not go together."""
    if is_wrong:
        raise DesignError(cause, remedy)


def by_stage(text: str, what: str) -> tuple[int, ...]:
    """Numbers from "3,7,3"."""
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text):
        raise DesignError(f"{what} {text!r:.40} are not whole numbers", "Write them as 3,7,3")
    return tuple(map(int, text.split(",")))


def size_of(text: str, what: str) -> tuple[int, int] | int:
    """A height and a width from "600x1000", or one number for both from "224"."""
    found = re.fullmatch(r"([0-9]{1,9})(?:[x×]([0-9]{1,9}))?", text)
    if not found:
        raise DesignError(f"{what} {text!r:.20} is not a height and a width", "Write 224 or 240x320")
    return (int(found[1]), int(found[2])) if found[2] else int(found[1])


def shape_of(text: str) -> tuple[int, ...]:
    """Channels and sides from "3x224x224"."""
    sides = text.strip("()[] ")
    if not re.fullmatch(r"[0-9]{1,9}([x×,] ?[0-9]{1,9})*", sides):
        raise DesignError(f"input {text!r:.40} is not a shape", "Write channels, height and width: 3x224x224")
    return tuple(map(int, re.split("[x×,]", sides)))


def setting(text: str) -> tuple[str, Any]:
    """A name and a value from "width=0.5": a number, true or false, or text."""
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise DesignError(f"--set {text!r:.40} is not a name and a value", "Write --set width=0.5")
    words: dict[str, Any] = {"true": True, "false": False, "none": None}
    if value.lower() in words:
        return name, words[value.lower()]
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return name, kind(value)
    return name, value


def values_along(text: str) -> tuple[str, list[Any]]:
    """A name and its values from "width=16:512:8": from the first to the last in steps, exactly as they are written."""
    name, _, span = text.partition("=")
    parts = span.split(":")
    try:
        start, stop, step = map(rational, parts)
    except ValueError:
        start = stop = step = Fraction(0)
    if not (name.isidentifier() and step > 0 and start <= stop and (stop - start) / step < MAX_CHANNELS):
        raise DesignError(f"--vary {text!r:.40} is not a name and its values", "Write --vary width=16:512:8")
    count = int((stop - start) / step) + 1
    exact = (start + index * step for index in range(count))
    return name, [int(each) if all("." not in part for part in parts) else float(each) for each in exact]


def numbers(text: str) -> list[int]:
    """Numbers of groups from "3", "2,3,4,8" or "1-16"; each once."""
    return list(dict.fromkeys(number for part in text.split(",") for number in _range(part.strip())))


def _range(text: str) -> range:
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", text)
    if not found:
        raise DesignError(f"groups {text!r:.20} are not whole numbers", "Write 3, or 2,3,4,8, or 1-16")
    start, stop = int(found[1]), int(found[2] or found[1])
    if not 1 <= start <= stop <= MAX_CHANNELS:
        raise DesignError(f"groups {text} do not lie between 1 and {MAX_CHANNELS:,}, upwards", "Write 1-16")
    return range(start, stop + 1)


_SCALES = {"k": 10**3, "m": 10**6, "g": 10**9}


def units(text: str) -> int | float | Fraction:
    """A budget in units from one in millions, or from "140M" and "0.14G", exactly where it is a decimal."""
    scale = _SCALES.get(text[-1:].lower())
    with contextlib.suppress(ValueError):
        return 10**6 * rational(text) if scale is None else scale * rational(text[:-1])
    with contextlib.suppress(ValueError):
        return 10**6 * float(text)
    raise DesignError(f"budget {text!r:.20} is not a number", "Write 140, 140M or 0.14G for 140 million")
