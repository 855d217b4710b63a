"""Running proofs from the command line, with a sign of life on a terminal."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.cli.output import is_rich
from menet_design.design import Design
from menet_design.errors import DesignError, missing

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement


def prove(designs: Sequence[Design], weights: Path | None = None) -> "list[Agreement]":
    """The proof of each design; while it runs, a terminal shows which. Raises MissingPackage without torch."""
    if weights is not None and len(designs) > 1:
        raise DesignError("weights belong to one design", "Verify one design at a time")
    with _interruptible(), _status(f"proving {designs[0].title}: importing torch") as status:
        verify = _verify()
        agreements = []
        for index, design in enumerate(designs, 1):
            if status is not None:
                status.update(f"proving {design.title} ({index} of {len(designs)})")
            agreements.append(verify(design, weights))
    return agreements


def _verify() -> "Callable[[Design, Path | None], Agreement]":
    try:
        from menet_design.verification.agreement import verify
    except ModuleNotFoundError as error:
        raise missing(error) from None
    return verify


@contextmanager
def _interruptible() -> Iterator[None]:
    """End at once on Ctrl-C: libraries that are being imported, or compute in C++, swallow the exception."""
    before = signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(*_: object) -> None:
    show_cursor = "\x1b[?25h" if is_rich(sys.stderr) else ""
    os.write(2, f"{show_cursor}interrupted\n".encode())
    os._exit(130)


def _status(text: str) -> AbstractContextManager[Any]:
    if not is_rich(sys.stderr):
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(text)
