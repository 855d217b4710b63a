"""Search files: TOML that says the same as the options of `search`, under the same names."""

import tomllib
from pathlib import Path
from typing import Any

from menet_design.errors import DesignError
from menet_design.files import TEXT, read_file


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
    asked = {{"all": "every"}.get(key, key).replace("-", "_"): value for key, value in found.items()}
    for key, value in asked.items():
        check_plain(f"{path}: {key}", key, value)
    return asked


def check_plain(place: str, key: str, value: Any) -> None:
    """Raise DesignError for what no search file says: tables, predicates, lists of lists."""
    values = value if isinstance(value, list) else [value]
    if key in ("where", "sweep") or not all(isinstance(each, str | int | float) for each in values):
        raise DesignError(f"{place} is not a number, text or a list of these", 'Write max-macs = "140M"')
