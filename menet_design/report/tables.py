"""A table as data: columns that know their machine name, their header and how a person reads them."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple


class Column(NamedTuple):
    """`key` names the column in machine formats, `header` for people; `show` prints a value for people."""

    key: str
    header: str
    show: Callable[[Any], str] = str
    align: str = "right"


class Table(NamedTuple):
    """Rows of exact values under their columns.

    `chosen` is the index of the row that stands out, if any; `breaks` are those of rows that begin a new group.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    chosen: int | None = None
    breaks: Sequence[int] = ()

    @property
    def headers(self) -> list[str]:
        """The headers for people."""
        return [column.header for column in self.columns]

    @property
    def aligns(self) -> list[str]:
        """The alignment of each column."""
        return [column.align for column in self.columns]

    def shown(self) -> list[list[str]]:
        """The rows as people read them; a missing value is empty."""
        return [
            ["" if value is None else column.show(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


class Prose(str):
    """A note that may be broken into lines; other notes are lines of their own, commands among them."""

    __slots__ = ()


class Document(NamedTuple):
    """What a command answers: JSON `results`, and for people a headline, a table and notes.

    `records` is the table of CSV and TSV where it differs from the one that people read; `bodies` holds, by
    format, what people read where it is no plain table.
    """

    command: str
    results: Sequence[dict[str, Any]]
    table: Table
    headline: str = ""
    notes: Sequence[str] = ()
    records: Table | None = None
    bodies: Mapping[str, str] = MappingProxyType({})
