"""Where an answer goes: a terminal, a pipe or a file."""

import codecs
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from menet_design.errors import DesignError, printable

STDOUT = Path("-")
FALLBACK = "menet-design"
_PANELS = 60  # the columns that panels of help need
_SUBSTITUTES = {
    "−": "-",
    "×": "x",
    "←": "<-",
    "²": "^2",
    "³": "^3",
    "⁶": "^6",
    "─": "-",
    "α": "alpha",
    "±": "+-",
    "·": "*",
    "≤": "<=",
}


def say(text: str, output: Path | None, force: bool) -> None:
    """Print text, or write it to a file."""
    if output is None or output == STDOUT:
        print(text, end="")
    else:
        from menet_design.files import write_text

        write_text(text, output, force)
        print(f"wrote {printable(str(output))}", file=sys.stderr)


def check(output: Path | None, force: bool, figure: Path | None = None) -> None:
    """Refuse an answer and a figure that cannot be written, or that would be one file, before any work is done."""
    if output is not None and output != STDOUT:
        from menet_design.files import check_writable

        check_writable(output, force)
    if figure is not None:
        from menet_design.report.figures import check_format

        check_format(figure)
        check(figure, force)
        if output is not None and figure.resolve() == output.resolve():
            raise DesignError("the figure and the answer cannot be one file", "Give two names")


def is_rich(stream: object) -> bool:
    """Whether a stream is a terminal on which nobody has asked for plain text."""
    terminal = getattr(stream, "isatty", bool)()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int | None:
    """Those of the terminal; None where the answer goes to a pipe or a file."""
    return shutil.get_terminal_size().columns if getattr(sys.stdout, "isatty", bool)() else None


@contextmanager
def at_work(text: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is worked on; what it yields changes the text."""
    if not is_rich(sys.stderr):
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield status.update


@contextmanager
def progress(text: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far work is, at which rate and for how long; what it yields takes how much is done."""
    if not is_rich(sys.stderr):
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=total, rate="")

        def show(done: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, rate=f"{speed:,.3g} {unit}/s" if speed else "")

        yield show


def help_mode() -> Literal["rich"] | None:
    """How help is laid out: in rich's panels, which are styled whatever NO_COLOR says and cut names in few columns."""
    plain_terminal = getattr(sys.stdout, "isatty", bool)() and not is_rich(sys.stdout)
    is_narrow = shutil.get_terminal_size().columns < _PANELS
    return None if plain_terminal or is_narrow else "rich"


def _substitute(error: UnicodeError) -> tuple[str, int]:
    """What an encoding lacks in signs that it has."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SUBSTITUTES.get(sign, "?") for sign in lacking), error.end


codecs.register_error(FALLBACK, _substitute)
