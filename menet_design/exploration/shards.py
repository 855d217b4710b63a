"""Searches spread over machines: shards that are ranges of indices, their results as files, and exact merging."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from menet_design.errors import DesignError
from menet_design.exploration.files import ask_as_said
from menet_design.exploration.found import Found, finished
from menet_design.exploration.kept import Kept
from menet_design.exploration.search import Part, Question, empty
from menet_design.files import WEIGHTS, read_file, unique
from menet_design.values import check_type, check_whole

_SCHEMA = "menet-design/search-shard/1"
_MOST_SHARDS = 10**5


class Shard(NamedTuple):
    """The `place`-th of so many parts of a search, from 1 on."""

    place: int
    of: int

    def range(self, question: Question) -> tuple[int, int]:
        """Its first index, and the first behind it; those of all shards are side by side."""
        return question.legal * (self.place - 1) // self.of, question.legal * self.place // self.of


def shard(text: str) -> Shard:
    """The shard that "2/8" means. Raises DesignError for any other text."""
    place, slash, of = text.partition("/")
    if not (slash and place.isdecimal() and of.isdecimal() and 1 <= int(place) <= int(of) <= _MOST_SHARDS):
        raise DesignError(f"shard {text!r:.20} is not a part of several", "Write 1/8 to 8/8")
    return Shard(int(place), int(of))


def written(asked: Mapping[str, Any], found: Found, part: Shard) -> str:
    """The result of a shard as JSON, with what was asked, from which it can be asked again."""
    kept = found.part.kept
    record = {
        "schema": _SCHEMA,
        "search": dict(asked),
        "fingerprint": _fingerprint(asked, found.question),
        "shard": [part.place, part.of],
        "searched": found.searched,
        "feasible": found.feasible,
        "indices": kept.indices.tolist(),
        "values": [column.tolist() for column in kept.columns],
    }
    return json.dumps(record, indent=1) + "\n"


def _fingerprint(asked: Mapping[str, Any], question: Question) -> str:
    """What shards of one search share: the question, and the designs that this version takes it to mean."""
    latencies = None if question.latencies is None else question.latencies.seconds
    text = json.dumps([dict(asked), question.considered, question.offsets, str(latencies)], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def merge(paths: Sequence[str | Path], jobs: int = 1) -> Found:
    """The answer of a search from the results of all of its shards, as if it had been done in one go.

    Raises DesignError for files that are no shards, for shards of another search, for one that is given twice, and
    where some are missing, naming them.

    >>> merge(["shard-1.json", "shard-2.json"]).feasible  # doctest: +SKIP
    71
    """
    check_type("a merge", paths, (list, tuple), "of a list of paths")
    if not paths:
        raise DesignError("there is nothing to merge", "Give the files that search --shard wrote")
    records = [(Path(path), _read(Path(path))) for path in paths]
    (path, first), question = records[0], _question(*records[0])
    places: dict[int, Path] = {}
    found = empty(question)
    for other, record in records:
        place, of = record["shard"]
        if record["fingerprint"] != first["fingerprint"] or of != first["shard"][1]:
            raise DesignError(f"{other} is a shard of another search than {path}")
        if place in places:
            raise DesignError(f"{other} and {places[place]} are both shard {place}/{of}", "Give one of them")
        places[place] = other
        found = found.joined(_part(record, question, other), question.top)
    _check_whole(places, first["shard"][1])
    return finished(question, found, jobs)


def _question(path: Path, record: Mapping[str, Any]) -> Question:
    """The question that a shard answers a part of. Raises DesignError where it means other designs now than then."""
    question = ask_as_said(path, record["search"])
    if _fingerprint(record["search"], question) != record["fingerprint"]:
        raise DesignError(f"{path} is of another search than it says, or of another version", "Search again")
    return question


def _check_whole(places: Mapping[int, Path], of: int) -> None:
    missing = [f"{place}/{of}" for place in range(1, of + 1) if place not in places]
    if missing:
        shown = ", ".join(missing[:10]) + (", …" if len(missing) > 10 else "")
        verb, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        raise DesignError(f"{len(missing)} of {of} shards {verb} missing: {shown}", f"Run search --shard for {them}")


def _part(record: Mapping[str, Any], question: Question, path: Path) -> Part:
    import numpy

    if len(record["values"]) != len(question.objectives) or any(each >= question.legal for each in record["indices"]):
        raise DesignError(f"{path} is no result of search --shard")
    kept = Kept(numpy.array(record["indices"], "int64"), tuple(_column(values) for values in record["values"]))
    return Part(record["searched"], record["feasible"], kept)


def _column(values: Sequence[Any]) -> Any:
    import numpy

    return numpy.array(values, "float64" if any(isinstance(value, float) for value in values) else "int64")


def _read(path: Path) -> dict[str, Any]:
    """What a shard wrote. Raises DesignError for any other file."""
    text = read_file(path, WEIGHTS)
    try:
        record = json.loads(text, object_pairs_hook=unique)
        if record["schema"] != _SCHEMA:
            raise ValueError
        _check(record)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        detail = f": {error.cause}" if isinstance(error, DesignError) else ""
        raise DesignError(f"{path} is no result of search --shard{detail}") from None
    return dict(record)


def _check(record: Mapping[str, Any]) -> None:
    """Raise for a record whose numbers are none, or that has other lists than those of a shard."""
    place, of = record["shard"]
    check_whole("shard", place, 1, check_whole("number of shards", of, 1, _MOST_SHARDS))
    lists = [record["indices"], *record["values"]]
    numbers = [record["searched"], record["feasible"], *record["indices"]]
    whole = all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    finite = all(type(value) in (int, float) and abs(value) < 2**63 for each in record["values"] for value in each)
    alike = all(isinstance(each, list) and len(each) == len(record["indices"]) for each in lists)
    if not (
        whole and finite and alike and isinstance(record["search"], dict) and isinstance(record["fingerprint"], str)
    ):
        raise ValueError
