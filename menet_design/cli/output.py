"""Where an answer goes: a terminal, a pipe or a file."""

import os
import sys
from pathlib import Path

from menet_design.report.export import render
from menet_design.report.files import write_text
from menet_design.report.tables import Document


def emit(document: Document, form: str, output: Path | None, force: bool) -> None:
    """Print a document, or write it to a file."""
    if output is None and form == "table" and is_rich(sys.stdout):
        from menet_design.report.terminal import show

        show(document)
    else:
        say(render(document, form), output, force)


def say(text: str, output: Path | None, force: bool) -> None:
    """Print text, or write it to a file."""
    if output is None:
        sys.stdout.write(text)
    else:
        write_text(text, output, force)


def is_rich(stream: object) -> bool:
    """Whether a stream is a terminal on which nobody has asked for plain text."""
    terminal = getattr(stream, "isatty", bool)()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
