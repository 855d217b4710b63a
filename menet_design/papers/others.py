"""Tables of other people, transcribed as CSV: a network, what is printed of it, and the unit of the column."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from menet_design.analysis.figures import figure
from menet_design.errors import DesignError
from menet_design.files import TEXT, read_file

_COLUMNS = ("network", "figure", "unit")
_LONGEST = 100


class Row(NamedTuple):
    """A row: where it stands, "row 3 of table.csv", its network, and its figure with the unit."""

    place: str
    network: str
    printed: str


def read(path: Path) -> list[Row]:
    """The rows of a CSV file with the columns network, figure and, if the figures do not say it, unit; others are left.

    Raises DesignError, naming the row, for what is no such table.
    """
    return list(_rows(path))


def _rows(path: Path) -> Iterator[Row]:
    try:
        lines = read_file(path, TEXT).decode("utf-8-sig").splitlines()
        records = list(csv.DictReader(lines, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DesignError(f"{path} is not CSV: {error}") from None
    if not records:
        raise DesignError(f"{path} has no rows", f"Write the columns {', '.join(_COLUMNS)}")
    # The header is the first row.
    return (_row(f"row {index} of {path.name}", record) for index, record in enumerate(records, 2))


def _row(place: str, record: Mapping[str | None, str | None]) -> Row:
    network, printed, unit = (str(record.get(each) or "").strip() for each in _COLUMNS)
    for name, text in (("network", network), ("figure", printed)):
        if not text:
            raise DesignError(f"{place} has no {name}", f"Write the columns {', '.join(_COLUMNS)}")
    for text in (network, printed, unit):
        if len(text) > _LONGEST or not text.isprintable():
            raise DesignError(f"{place} has {text!r:.40}, which is no network and no figure")
    try:
        figure(f"{printed} {unit}")
    except DesignError as error:
        raise DesignError(f"{place}: {error.cause}", error.remedy) from None
    return Row(place, network, f"{printed} {unit}".strip())
