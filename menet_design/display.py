"""How results show themselves: as what their commands print, in notebooks, as dicts and as frames of pandas."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


class Displayed:
    """A result whose text is the table that its command prints; the report is imported when it is asked for."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(_report().text(self))

    def _repr_html_(self) -> str | None:
        return _report().html(self)  # type: ignore[no-any-return]

    def _repr_markdown_(self) -> str | None:
        return _report().markdown(self)  # type: ignore[no-any-return]

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` gives of the result, under the same keys: numbers, text, lists and dicts."""
        found: dict[str, Any] = _report().as_dict(self)
        return found

    def to_frame(self) -> Any:
        """What `--format csv` gives of the result, in full, as a DataFrame. Raises MissingPackage without pandas."""
        return _report().as_frame(self)


class Picture(str):
    """A picture as the text of its SVG, which a notebook draws."""

    _write: Callable[[Path, bool], None]

    def __new__(cls, text: str, write: Callable[[Path, bool], None]) -> "Picture":
        """Of its SVG, and what writes it into a file of any kind."""
        picture = super().__new__(cls, text)
        picture._write = write
        return picture

    def __repr__(self) -> str:
        return f"<picture, {len(self):,} characters of SVG>"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self._write

    def _repr_svg_(self) -> str:
        return str(self)

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write it into a .svg, .pdf, .eps or .png file.

        Raises DesignError for another ending, for a file that cannot be written, or that exists while `force` is false.
        """
        self._write(Path(path), force)


def _report() -> Any:
    return import_module("menet_design.report.results")
