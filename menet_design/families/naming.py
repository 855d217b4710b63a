"""Which design a name means: what it leaves unsaid comes from the published network or from its tier."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, overload

from menet_design.errors import NotationError
from menet_design.families import family, notation
from menet_design.families.design import UNNAMED, Design
from menet_design.families.tiers import filled, tier_of_numbers
from menet_design.values import MAX_CHANNELS, as_fraction, check_whole, given

Kind = TypeVar("Kind", bound=Design)


@overload
def parse(text: str | Path, /, **overrides: Any) -> Design: ...
@overload
def parse(text: str | Path, kind: type[Kind], /, **overrides: Any) -> Kind: ...
def parse(text: str | Path, kind: type[Design] = Design, /, **overrides: Any) -> Design:
    """The design that a name, in any spelling, or the path of the authors' model config (.json) means.

    `kind` is the class that it has to be of, which type checkers then know: `parse("228-MENet-12x1/3", MENet).fusion`.
    `overrides` are groups, stem, resolution, classes and so on, by field name; None counts as not given. A
    number that both the text and an override give must agree. The stem of a published network is the
    published one, that of any other its tier's (see `menet_design.families.tiers`).

    Raises NotationError for a text that names no network, or one of another kind, IllegalDesign for numbers that make
    none, and TypeError for what is neither text nor a path.

    >>> parse("228-MENet-12×1 (g = 3)", classes=10)
    MENet(resolution=224, classes=10, width=228, groups=3, stem=24, fusion=12, expansion=1, combine='product')
    """
    family, read = notation.read(text)
    if not issubclass(family, kind):
        raise NotationError(f"{text} names a {family.__name__}, no {kind.__name__}")
    numbers = _agreed(family, str(text), read, overrides)
    if family.has("groups"):
        if numbers.get("groups") is None:
            raise _groupless(family, str(text), numbers)
        check_whole("groups", numbers["groups"], 1, MAX_CHANNELS)
    return complete(family, family._resolve(numbers))


def recorded(record: Mapping[str, Any]) -> Design:
    """The design of a record of an answer, by its family, its name and what its name does not say.

    Raises as `parse` does.
    """
    kind = family(record["family"])
    unnamed = [field for field in (*UNNAMED, *kind.optional) if kind.has(field)]
    others = {field: record[field] for field in unnamed if record.get(field) is not None}
    return parse(record["network"], kind, **{field: _listed(value) for field, value in others.items()})


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def like(text: str | Design | type[Design], **overrides: Any) -> tuple[type[Design], dict[str, Any]]:
    """The family that a text names, and numbers: the overrides, and those that a network's name in its place gives.

    Raises DesignError for any other text, and where name and overrides disagree.
    """
    family, read = notation.family_of(text)
    return family, given(family._resolve(_agreed(family, str(text), read, overrides)) if read else overrides)


def complete(family: type[Design], numbers: Mapping[str, Any]) -> Design:
    """The design of the given numbers with the stem that it has by default, where none is given."""
    known = given(numbers)
    if family.has("stem") and "stem" not in known:
        known["stem"] = usual_stem(family, known)
    return family(**known)


def usual_stem(family: type[Design], numbers: Mapping[str, Any]) -> int | None:
    """The stem that goes with the other numbers: the published network's, otherwise the tier's or the family's own."""
    others = {key: value for key, value in numbers.items() if key not in (*_NOT_ASKED, *family.optional)}
    published = _published_stem(family, others)
    return published or _tier_stem(family, tuple(others.items())) or family(**others).numbers()["stem"]


@cache
def _tier_stem(family: type[Design], numbers: tuple[tuple[str, Any], ...]) -> int | None:
    """The tier's stem, for which networks have to be counted: once, whoever asks."""
    stem: int | None = filled(dict(numbers), tier_of_numbers(family, dict(numbers))).get("stem")
    return stem


def options(design: Design) -> dict[str, Any]:
    """The numbers beside its name that mean this very design: those that a name alone leaves to be other ones."""
    numbers = {key: value for key, value in design.numbers().items() if key not in design.derived}
    usual = {**design.defaults(), **({"stem": usual_stem(type(design), numbers)} if design.has("stem") else {})}
    return {key: numbers[key] for key in design.unnamed if key in numbers and numbers[key] != usual[key]}


def _agreed(family: type[Design], text: str, read: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    asked = given(overrides)
    for key in asked:
        family.check_has(key)
    for key, value in asked.items():
        if read.get(key) is not None and _number(read[key]) != _number(value):
            raise NotationError(f"{text} says {key} {read[key]}, {key} {value} is asked for", f"Give {key} once")
    return {**read, **asked}


def _number(value: Any) -> Any:
    """A number as the fraction that it writes, two sides that are equal as one; anything else as it is."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return _number(value[0])
    if type(value) in (int, Fraction):
        return value
    try:
        return as_fraction(value)
    except (ValueError, TypeError, OverflowError):
        return value


def _groupless(family: type[Design], text: str, numbers: dict[str, Any]) -> NotationError:
    asked = given(numbers)
    nearest = [design.name for design in family.published if asked.items() <= design.numbers().items()]
    remedy = f"Did you mean {nearest[0]}?" if nearest else f"Add it as in {family.example}, or with --groups"
    return NotationError(f"{text} does not say its number of groups", remedy, nearest)


def _published_stem(family: type[Design], numbers: Mapping[str, Any]) -> int | None:
    asked = given({**family.defaults(), **numbers})
    known = {(key, _number(value)) for key, value in asked.items() if key not in (*_NOT_ASKED, *family.optional)}
    return next((stem for numbers, stem in _published_stems(family) if known <= numbers), None)


# What a stem does not depend on.
_NOT_ASKED = ("stem", "resolution", "classes")


@cache
def _published_stems(family: type[Design]) -> tuple[tuple[set[tuple[str, Any]], int], ...]:
    """The numbers and the stem of each published network of a family."""
    return tuple((set(each.numbers().items()), each.numbers()["stem"]) for each in family.published)
