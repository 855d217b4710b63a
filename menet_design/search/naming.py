"""Which design a name means: what it leaves unsaid comes from the published network or from its tier."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from menet_design import notation
from menet_design.design import MAX_CHANNELS, Design, check_whole
from menet_design.errors import NotationError
from menet_design.search.tiers import filled, tier_of_numbers


def parse(text: str | Path, **overrides: Any) -> Design:
    """The design that a name, in any spelling, or the path of the authors' model config (.json) means.

    `overrides` are groups, stem, resolution, classes and so on, by field name; None counts as not given. A
    number that both the text and an override give must agree. The stem of a published network is the
    published one, that of any other its tier's (see `menet_design.search.tiers`).

    Raises NotationError for a text that names no network and IllegalDesign for numbers that make none.
    """
    family, read = notation.read(text)
    numbers = _agreed(family, str(text), read, overrides)
    if family.has("groups"):
        if numbers.get("groups") is None:
            raise _groupless(family, str(text), numbers)
        check_whole("groups", numbers["groups"], 1, MAX_CHANNELS)
    return complete(family, family.resolve(numbers))


def like(text: str, **overrides: Any) -> tuple[type[Design], dict[str, Any]]:
    """The family that a text names, and numbers: the overrides, and those that a network's name in its place gives.

    Raises DesignError for any other text, and where name and overrides disagree.
    """
    family, read = notation.family_of(text)
    if not read:
        return family, _given(overrides)
    return family, _given(family.resolve(_agreed(family, text, read, overrides)))


def complete(family: type[Design], numbers: Mapping[str, Any]) -> Design:
    """The design of the given numbers with the stem that it has by default, where none is given."""
    given = _given(numbers)
    stem = {"stem": default_stem(family, given)} if family.has("stem") else {}
    return family(**stem | given)


def default_stem(family: type[Design], numbers: Mapping[str, Any]) -> int | None:
    """The stem that goes with the other numbers: the published network's, otherwise the tier's; None without stems."""
    others = {key: value for key, value in numbers.items() if key != "stem"}
    if not family.has("stem"):
        return None
    stem: int = _published_stem(family, others) or filled(others, tier_of_numbers(family, others))["stem"]
    return stem


def _agreed(family: type[Design], text: str, read: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    given = _given(overrides)
    for key in given:
        family.check_has(key)
    for key, value in given.items():
        if read.get(key) is not None and str(read[key]) != str(_same_kind(key, value)):
            raise NotationError(f"{text} says {key} {read[key]}, {key} {value} is asked for", f"Give {key} once")
    return {**read, **given}


def _given(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers that are given: None is none."""
    return {key: value for key, value in numbers.items() if value is not None}


def _same_kind(key: str, value: Any) -> Any:
    """An expansion as the fraction that a name gives."""
    try:
        return Fraction(str(value)) if key == "expansion" else value
    except ValueError:
        return value


def _groupless(family: type[Design], text: str, numbers: dict[str, Any]) -> NotationError:
    asked = _given(numbers)
    nearest = [design.name for design in family.published if asked.items() <= design.numbers().items()]
    remedy = f"Did you mean {nearest[0]}?" if nearest else f"Add it as in {family.example}, or with --groups"
    return NotationError(f"{text} does not say its number of groups", remedy, nearest)


def _published_stem(family: type[Design], given: dict[str, Any]) -> int | None:
    asked = {key: value for key, value in given.items() if key not in ("resolution", "classes")}
    if family.has("expansion"):
        asked["expansion"] = Fraction(asked.get("expansion", 1))
    published = (design.numbers() for design in family.published)
    return next((numbers["stem"] for numbers in published if asked.items() <= numbers.items()), None)
