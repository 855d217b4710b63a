"""Search files: TOML that says the same as the options of `search`, under the same names; and designs in answers."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from menet_design.errors import DesignError
from menet_design.exploration.asking import ask
from menet_design.exploration.search import Question
from menet_design.families import FAMILIES
from menet_design.families.design import Design
from menet_design.families.naming import recorded
from menet_design.files import TEXT, read_file, unique


def load(path: Path) -> dict[str, Any]:
    """What a search file asks for, as keywords of `asking.ask`: "max-macs" and "max_macs" are one key.

    Values are text as on the command line, numbers, booleans, or lists of these. Raises DesignError for any other file.
    """
    try:
        found = tomllib.loads(read_file(path, TEXT).decode())
    except ValueError as error:  # TOML and UTF-8 alike
        if isinstance(error, DesignError):
            raise
        raise DesignError(f"cannot read {path}: {error}") from None
    return {{"all": "every"}.get(key, key).replace("-", "_"): value for key, value in found.items()}


def ask_as_said(path: Path, asked: Mapping[str, Any]) -> Question:
    """The question that a file asks.

    Raises DesignError, naming the file, for what no question is, and for what no file says: tables, predicates, lists
    of lists.
    """
    for key, value in asked.items():
        values = value if isinstance(value, list) else [value]
        if key in ("where", "sweep") or not all(isinstance(each, str | int | float) for each in values):
            raise DesignError(f"{path}: {key} is not a number, text or a list of these", 'Write max-macs = "140M"')
    try:
        return ask(**asked)
    except DesignError as error:
        raise DesignError(f"{path}: {error.cause}", error.remedy, error.nearest) from None
    except TypeError as error:
        raise DesignError(f"{path}: {error}") from None


# The most bytes of an answer that is read.
_ANSWER = 64 * TEXT


def designs(path: Path) -> list[Design]:
    """The built-in networks in a JSON answer of flops, networks, budget (its choices) or search (what it found).

    Raises DesignError for any other file, and for an answer without any.
    """
    text = read_file(path, _ANSWER)
    try:
        answer = json.loads(text, object_pairs_hook=unique)
        results = answer["results"] if str(answer["schema"]).startswith("menet-design/") else []
        records = [each for result in results for each in result.get("designs", [result.get("choice") or result])]
        found = [recorded(each) for each in records if each.get("family") in FAMILIES and "resolution" in each]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        cause = f": {error.cause}" if isinstance(error, DesignError) else ""
        raise DesignError(f"{path} is no answer in JSON{cause}", "Write one with --format json") from None
    if not found:
        raise DesignError(f"{path} holds no design", "Answers of flops, budget, networks and search do")
    return found
