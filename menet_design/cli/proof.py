"""Running work on PyTorch models from the command line, with a sign of life on a terminal."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from menet_design.cli.output import is_rich
from menet_design.design import Design
from menet_design.errors import DesignError, missing

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement
    from menet_design.verification.influence import Probe
    from menet_design.verification.trained import Trained

Result = TypeVar("Result")


def prove(designs: Sequence[Design], weights: Path | None = None) -> "list[Agreement]":
    """The proof of each design's costs. Raises MissingPackage without torch."""
    if weights is not None and len(designs) > 1:
        raise DesignError("weights belong to one design", "Verify one design at a time")

    def load() -> "Callable[[Design], Agreement]":
        from menet_design.verification.agreement import verify

        return partial(verify, weights=weights)

    return _each("proving", designs, load)


def probe(designs: Sequence[Design]) -> "list[Probe]":
    """The proof of each design's connectivity. Raises MissingPackage without torch."""

    def load() -> "Callable[[Design], Probe]":
        from menet_design.verification.influence import probe

        return probe

    return _each("probing", designs, load)


def measure(design: Design, weights: Path, images: Path | None) -> "Trained":
    """What trained weights make of a design's connections. Raises MissingPackage without torch."""

    def load() -> "Callable[[Design], Trained]":
        from menet_design.verification.pictures import photographs, synthetic
        from menet_design.verification.trained import trained

        pictures = photographs(images, design.resolution) if images else synthetic(design.resolution)
        return partial(trained, weights=weights, images=pictures)

    return _each("measuring", [design], load)[0]


def _each(doing: str, designs: Sequence[Design], load: Callable[[], Callable[[Design], Result]]) -> list[Result]:
    """Work on each design; while it runs, a terminal shows which. `load` imports what does the work."""
    with _interruptible(), _status(f"{doing} {designs[0].title}: importing torch") as status:
        try:
            work = load()
        except ModuleNotFoundError as error:
            raise missing(error) from None
        results = []
        for index, design in enumerate(designs, 1):
            if status is not None:
                status.update(f"{doing} {design.title} ({index} of {len(designs)})")
            results.append(work(design))
    return results


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
