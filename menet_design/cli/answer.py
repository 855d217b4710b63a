"""Where an answer goes, and in which format."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import typer

from menet_design.cli.output import check, columns, is_rich, say
from menet_design.cli.parsing import refuse
from menet_design.report.export import render
from menet_design.report.tables import Document

Plot = Annotated[Path | None, typer.Option(help="Draw it into a .pdf, .svg, .eps or .png file.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file; - is standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]

_ENDINGS = {".json": "json", ".csv": "csv", ".tsv": "tsv", ".md": "markdown", ".tex": "latex"}


@dataclass(frozen=True)
class Answer:
    """Where an answer goes, and in which format."""

    panel: ClassVar[str] = "Answer"

    form: Annotated[
        Literal["table", "json", "csv", "tsv", "markdown", "latex"],
        typer.Option("--format", "-f", metavar="FORMAT", help="table, json, csv, tsv, markdown or latex."),
    ] = "table"
    output: Output = None
    force: Force = False

    def check(self, plot: Path | None = None) -> None:
        """Refuse a file, or a figure beside it, that cannot be written, before any long work is done."""
        check(self.output, self.force, plot)
        self._check_ending()

    def _check_ending(self) -> str:
        """The format that is asked for, or that the file's ending says; DesignError for an ending that says none."""
        ending = self.output.suffix.lower() if self.output else ""
        if self.form != "table" or ending in ("", ".txt"):
            return self.form
        known = f"Known: .txt, {', '.join(_ENDINGS)}"
        refuse(ending not in _ENDINGS, f"{ending} says no format", f"{known}; or give --format")
        return _ENDINGS[ending]

    def give(self, document: Document) -> None:
        """Print a document, or write it to the file, in the format that is asked for or that the file's ending says."""
        form = self._check_ending()
        if self.output is None and form == "table" and is_rich(sys.stdout):
            from menet_design.report.terminal import show

            show(document)
        else:
            say(render(document, form, columns()), self.output, self.force)
