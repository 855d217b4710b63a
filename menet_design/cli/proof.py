"""Running work on PyTorch models from the command line; a terminal shows what is worked on."""

import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from menet_design.cli.options import refuse
from menet_design.cli.output import is_rich
from menet_design.errors import missing
from menet_design.families.design import Design

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement
    from menet_design.verification.gradients import Probe
    from menet_design.verification.trained import Trained


def prove(designs: Sequence[Design], weights: Path | None = None) -> "list[Agreement]":
    """The proof of each design's costs. Raises MissingPackage without torch."""
    several = weights is not None and len(designs) > 1
    refuse(several, "weights belong to one design", "Verify one design at a time")
    with _at_work("proving", designs) as each:
        from menet_design.verification.agreement import verify

        return [verify(design, weights) for design in each]


def probe(designs: Sequence[Design]) -> "list[Probe]":
    """The proof of each design's connectivity. Raises MissingPackage without torch."""
    with _at_work("probing", designs) as each:
        from menet_design.verification.gradients import probe

        return [probe(design) for design in each]


def measure(design: Design, weights: Path, images: Path | None) -> "Trained":
    """What trained weights make of a design's connections. Raises MissingPackage without torch."""
    with _at_work("measuring", [design]) as each:
        from menet_design.verification.pictures import photographs, synthetic
        from menet_design.verification.trained import trained

        pictures = photographs(images, design.resolution) if images else synthetic(design.resolution)
        return trained(next(each), weights, pictures)


def exit_unless_proven(proofs: "Iterable[Agreement | Probe]") -> None:
    """End the command with 1 where a proof fails."""
    if not all(proof.agrees for proof in proofs):
        raise typer.Exit(1)


@contextmanager
def _at_work(doing: str, designs: Sequence[Design]) -> Iterator[Iterator[Design]]:
    """The designs, one after the other; a terminal shows which is worked on, and before that the import of torch.

    Ctrl-C ends at once: libraries that are being imported, or compute in C++, swallow the exception.
    """

    def shown() -> Iterator[Design]:
        for index, design in enumerate(designs, 1):
            if status is not None:
                status.update(f"{doing} {design.title} ({index} of {len(designs)})")
            yield design

    before = signal.signal(signal.SIGINT, _end)
    try:
        with _status(f"{doing} {designs[0].title}: importing torch") as status:
            yield shown()
    except ModuleNotFoundError as error:
        raise missing(error) from None
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
