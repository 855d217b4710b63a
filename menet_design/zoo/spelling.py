"""How names are spelled: the numbers in them, and patterns of which the first that fits is read."""

import re
from collections.abc import Iterable

NUMBER = "[0-9]{1,9}"
DECIMAL = rf"{NUMBER}(?:\.[0-9]{{1,12}})?"


def parts(text: str, spellings: Iterable[re.Pattern[str]]) -> dict[str, str] | None:
    """What a name says, by the groups of the first spelling that fits all of it; None where none does."""
    found = next(filter(None, (spelling.fullmatch(text) for spelling in spellings)), None)
    return {part: said for part, said in found.groupdict().items() if said} if found else None
