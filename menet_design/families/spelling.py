"""How names are spelled: the numbers in them, and patterns of which the first that fits is read."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from menet_design.errors import NotationError
from menet_design.values import listed

Spellings = Sequence[re.Pattern[str]]
Said = TypeVar("Said", str, int)

NUMBER = "[0-9]{1,9}"
POINT = rf"{NUMBER}\.[0-9]{{1,12}}"
# What timm adds to a name: whose weights they are.
TAG = r"(?:\.[a-z][a-z0-9_]{0,60})?"
DECIMAL = rf"{NUMBER}(?:\.[0-9]{{1,12}})?"
# Height and width, one number for both or two.
SIZE = rf"{NUMBER}(?:x{NUMBER})?"


def parts(text: str, spellings: Spellings) -> dict[str, str] | None:
    """What a name says, by the groups of the first spelling that fits all of it; None where none does."""
    found = next(filter(None, (spelling.fullmatch(text) for spelling in spellings)), None)
    return {part: said for part, said in found.groupdict().items() if said} if found else None


def one(text: str, what: str, said: set[Said]) -> Said | None:
    """What a name says of a number; NotationError where it says two things."""
    values = sorted(said)
    if len(values) > 1:
        raise NotationError(f"{text} gives {what} {listed(values)}", f"Give {what} once")
    return values[0] if values else None


def size(text: str) -> Any:
    """The resolution that "224" or "240x320" writes."""
    height, _, width = text.partition("x")
    return (int(height), int(width)) if width and width != height else int(height)


def written(resolution: Any, by: str = "x") -> str:
    """A resolution as names write it: "224", "240x320"."""
    return by.join(map(str, resolution)) if isinstance(resolution, tuple) else str(resolution)


def sized(label: str, width: int, usual: int) -> str:
    """The label of a network behind its width, unless that is the usual one."""
    return label if width == usual else f"{width}-{label}"
