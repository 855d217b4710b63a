"""How results show themselves: as what their commands print."""

from importlib import import_module


class Displayed:
    """A result whose text is the table that its command prints; the report is imported when it is asked for."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(import_module("menet_design.report.results").text(self))
