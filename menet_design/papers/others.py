"""Tables of other people, transcribed as CSV: a network, what is printed of it, and the unit of the column."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from menet_design.analysis.figures import figure
from menet_design.errors import DesignError
from menet_design.files import TEXT, read_file

_COLUMNS = ("network", "figure", "unit")
_POINT = ("network", "top1")
_TIMED = ("network", "macs", "ms", "ms_q1", "ms_q3", "engine")
_LOGGED = ("epoch", "loss", "test_loss", "top1")
_LONGEST = 100
_MOST = 1e9
_LARGEST = 1e18


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


class Measured(NamedTuple):
    """A network and its accuracy in percent, and what it costs in millions where that need not be counted."""

    network: str
    top1: float
    mflops: float | None = None


def read_accuracies(path: Path) -> list[Measured]:
    """The rows of a CSV file with the columns network, top1 and, of networks that cannot be counted, mflops.

    Raises DesignError, naming the row, for what is no such table.
    """
    return [_measured(place, record) for place, record in _records(path, _POINT)]


class TimedPoint(NamedTuple):
    """A network that was timed: its multiply-adds, the median and the quartiles of its milliseconds, and the engine.

    `place` is where it stands, `cells` are all that are filled in its row, by column.
    """

    network: str
    macs: float
    ms: float
    low: float
    high: float
    engine: str
    place: str
    cells: Mapping[str, str]


def read_latencies(path: Path) -> list[TimedPoint]:
    """The rows of a CSV file with the columns network, macs, ms, ms_q1, ms_q3 and engine, as `latency` writes them.

    Raises DesignError, naming the row, for what is no such table.
    """
    return [_timed(place, record) for place, record in _records(path, _TIMED)]


def _timed(place: str, record: Mapping[str | None, str | None]) -> TimedPoint:
    network, *amounts, engine = _cells(place, record, _TIMED, _TIMED)
    macs, ms, low, high = (_amount(each, place) for each in amounts)
    if not low <= ms <= high:
        raise DesignError(f"{place}: {ms:g} is not between its quartiles", "Write ms_q1, ms and ms_q3 in this order")
    cells = {str(column): str(text).strip() for column, text in record.items() if text}
    return TimedPoint(network, macs, ms, low, high, engine, place, cells)


class LoggedEpoch(NamedTuple):
    """An epoch of a training run: the losses of training, if there was any, and test, and the top-1 in percent."""

    epoch: float
    loss: float | None
    test_loss: float
    top1: float


def read_log(path: Path) -> list[LoggedEpoch]:
    """The rows of a CSV file with the columns epoch, loss, test_loss and top1, as `train` writes them.

    Raises DesignError, naming the row, for what is no such table.
    """
    return [_logged(place, record) for place, record in _records(path, _LOGGED)]


def _logged(place: str, record: Mapping[str | None, str | None]) -> LoggedEpoch:
    epoch, loss, *tested = _cells(place, record, _LOGGED, ("epoch", "test_loss", "top1"))
    test_loss, top1 = (_number(each, place) for each in tested)
    return LoggedEpoch(_number(epoch, place), _number(loss, place) if loss else None, test_loss, top1)


def _number(text: str, place: str) -> float:
    """A number from 0 on. Raises DesignError, naming its place, for what is none."""
    with suppress(ValueError):
        if 0 <= float(text) < _LARGEST:
            return float(text)
    raise DesignError(f"{place}: {text!r:.20} is no number from 0 on", "Write what train writes")


def _amount(text: str, place: str) -> float:
    """A number above 0. Raises DesignError, naming its place, for what is none."""
    with suppress(ValueError):
        if 0 < float(text) < _LARGEST:
            return float(text)
    raise DesignError(f"{place}: {text!r:.20} is no amount", "Write a number above 0")


def percentage(text: str, place: str) -> float:
    """An accuracy in percent. Raises DesignError, naming its place, for what is none."""
    with suppress(ValueError):
        if 0 < float(text) <= 100:
            return float(text)
    raise DesignError(f"{place}: {text!r:.20} is no accuracy in percent", "Write 72.5")


def _measured(place: str, record: Mapping[str | None, str | None]) -> Measured:
    network, top1 = _cells(place, record, _POINT, _POINT)
    mflops = str(record.get("mflops") or "").strip()
    if mflops and not (mflops.isascii() and mflops.replace(".", "", 1).isdigit() and 0 < float(mflops) < _MOST):
        raise DesignError(f"{place}: {mflops!r:.20} is no number of MFLOPs", "Write 144.09, or nothing")
    return Measured(network, percentage(top1, place), float(mflops) if mflops else None)


def _rows(path: Path) -> Iterator[Row]:
    return (_row(place, record) for place, record in _records(path, _COLUMNS))


def _records(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, Mapping[str | None, str | None]]]:
    """Each row of a CSV file with its place. Raises DesignError where there is none."""
    try:
        lines = read_file(path, TEXT).decode("utf-8-sig").splitlines()
        records = list(csv.DictReader(lines, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DesignError(f"{path} is not CSV: {error}") from None
    if not records:
        raise DesignError(f"{path} has no rows", f"Write the columns {', '.join(columns)}")
    # The header is the first row.
    return ((f"row {index} of {path.name}", record) for index, record in enumerate(records, 2))


def _cells(
    place: str, record: Mapping[str | None, str | None], columns: Sequence[str], needed: Sequence[str]
) -> list[str]:
    """The cells of a row in some columns. Raises DesignError where one that is needed is empty."""
    cells = [str(record.get(each) or "").strip() for each in columns]
    for name, text in zip(columns, cells, strict=True):
        if not text and name in needed:
            raise DesignError(f"{place} has no {name}", f"Write the columns {', '.join(columns)}")
        if len(text) > _LONGEST or not text.isprintable():
            raise DesignError(f"{place} has {text!r:.40}, which is no network and no figure")
    return cells


def _row(place: str, record: Mapping[str | None, str | None]) -> Row:
    network, printed, unit = _cells(place, record, _COLUMNS, _COLUMNS[:2])
    try:
        figure(f"{printed} {unit}")
    except DesignError as error:
        raise DesignError(f"{place}: {error.cause}", error.remedy) from None
    return Row(place, network, f"{printed} {unit}".strip())
