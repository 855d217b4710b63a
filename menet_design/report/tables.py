"""What a command answers: exact records, how people read them, a headline and notes. All formats derive from these."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

# Exact values by their machine names, or of several alike by their index. A missing value is None or absent.
Record = Mapping[Any, Any]


@dataclass(frozen=True)
class Column:
    """A column of a table for people: the key of its values, its header, and how a value is shown.

    `show_like` makes `show` from all values of the column, where how one is shown depends on the others. A column
    `for_room` is shown on terminals that are wide enough, and nowhere else.
    """

    key: str | int
    header: str
    show: Callable[[Any], str] = str
    align: str = "right"
    show_like: Callable[[Iterable[Any]], Callable[[Any], str]] | None = None
    for_room: bool = False


def text_column(key: str, header: str | None = None) -> Column:
    """A column of words, set flush left; its key is its header if no other is given."""
    return Column(key, key if header is None else header, align="left")


def columns(show: Callable[[Any], str], **headers: str) -> list[Column]:
    """Columns whose values are shown alike, by key and header."""
    return [Column(key, header, show) for key, header in headers.items()]


@dataclass(frozen=True)
class Table:
    """Records under their columns. A column without a value in any record is left out, but for the first.

    `chosen` is the index of the record that stands out, if any; `breaks` are those of records that begin a new group.
    Cells of the first column that are longer than `fold`, if that is given, go on in further lines.
    """

    columns: Sequence[Column] = ()
    records: Sequence[Record] = field(default=(), repr=False)
    chosen: int | None = None
    breaks: Sequence[int] = ()
    fold: int | None = None

    @property
    def visible(self) -> list[Column]:
        """The columns that have a value and need no room, and the first."""
        filled = {key for record in self.records for key, value in record.items() if value is not None}
        asked = (column for column in self.columns if not column.for_room)
        return [column for index, column in enumerate(asked) if index == 0 or column.key in filled]

    def shown(self) -> list[list[str]]:
        """The records as people read them, a list of cells each; a missing value is empty."""
        columns = [self._cells(column) for column in self.visible]
        return [list(cells) for cells in zip(*columns, strict=True)]

    def _cells(self, column: Column) -> list[str]:
        values = [record.get(column.key) for record in self.records]
        show = column.show_like(value for value in values if value is not None) if column.show_like else column.show
        return ["" if value is None else show(value) for value in values]


def by_index(headers: Iterable[str], show: Callable[[Any], str] = str) -> list[Column]:
    """Columns of several alike, whose keys are their indices: networks of other numbers may share a name."""
    return [Column(index, header, show) for index, header in enumerate(headers)]


def headed(key: str, name: str, rows: Iterable[Record]) -> list[dict[Any, Any]]:
    """Rows of which the first has a name in front."""
    return [{key: None if index else name, **row} for index, row in enumerate(rows)]


@dataclass(frozen=True)
class Document:
    """What a command answers: `results` for JSON, and for people a headline, a table and notes.

    `records` are those of CSV and TSV, by default the scalars of the results; `bodies` holds, by format, what people
    read where it is not a plain table, or a function that lays it out for a width. `version` is that of the JSON keys,
    `keys` are those of CSV without any record.
    """

    command: str
    results: Sequence[Record] = field(repr=False)
    table: Table = field(default=Table(), repr=False)
    headline: str = ""
    notes: Sequence[str] = field(default=(), repr=False)
    records: Sequence[Record] | None = field(default=None, repr=False)
    bodies: Mapping[str, str | Callable[[int], str]] = field(default_factory=dict, repr=False)
    version: int = 1
    keys: Sequence[Any] = field(default=(), repr=False)


def picked(found: object, *keys: str) -> dict[str, Any]:
    """Some attributes as a record."""
    return {key: getattr(found, key) for key in keys}


def scalars(record: Record) -> dict[str, Any]:
    """What of a record fits a cell: no lists and no records, but fractions as in JSON and shapes as "3x224x224"."""
    cells = {key: as_cell(value) for key, value in record.items()}
    return {key: value for key, value in cells.items() if not isinstance(value, Mapping | list)}


def as_cell(value: Any) -> Any:
    """A value as a cell of CSV holds it."""
    is_shape = isinstance(value, tuple | list) and value and all(isinstance(side, int) for side in value)
    return "x".join(map(str, value)) if is_shape else plain(value) if isinstance(value, Fraction) else value


def plain(value: Fraction) -> int | float:
    """A fraction as the number that it is nearest to."""
    return int(value) if value.denominator == 1 else float(value)


def unnested(results: Iterable[Record], rows: str, keep: Sequence[str] = ("network",)) -> list[dict[str, Any]]:
    """A record for each of the rows that results hold under a key, with some values of the result in front."""
    return [{key: result.get(key) for key in keep} | scalars(row) for result in results for row in result[rows] or ()]
