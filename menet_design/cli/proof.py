"""Running work on PyTorch models from the command line; a terminal shows what is worked on."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from menet_design.cli.options import Given
from menet_design.cli.output import at_work, is_rich
from menet_design.cli.parsing import refuse
from menet_design.errors import missing
from menet_design.families.design import Design

if TYPE_CHECKING:
    from menet_design.verification.agreement import Agreement
    from menet_design.verification.gradients import Probe
    from menet_design.verification.trained import Trained


def prove(found: Sequence[Given], weights: Path | None = None, **reading: Any) -> "list[Agreement]":
    """The proof of each network's costs, with weights that are read so. Raises MissingPackage without torch."""
    foreign = weights is not None and (len(found) > 1 or found[0].design is None)
    refuse(foreign, "weights belong to one built-in network", "Verify one at a time")
    with _at_work("proving", found) as each:
        from menet_design.verification.agreement import verify
        from menet_design.verification.modules import verify_module

        def proof(given: Given) -> "Agreement":
            if given.design:
                return verify(given.design, weights, given.network.batch, deploys=given.is_deployed, **reading)
            module, inputs = given.load()
            batch, deploys = given.network.batch, given.is_deployed
            return verify_module(module, inputs, name=given.name, allowed=given.allowed, batch=batch, deploys=deploys)

        return list(map(proof, each))


def probe(found: Sequence[Given], without: Sequence[str] = ()) -> "list[Probe]":
    """The proof of each network's connectivity. Raises MissingPackage without torch."""
    with _at_work("probing", found) as each:
        from menet_design.verification.gradients import probe, probe_module

        return [
            probe(given.design) if given.design else probe_module(given.network, given.load()[0], without)
            for given in each
        ]


def measure(design: Design, weights: Path, images: Path | None, **reading: Any) -> "Trained":
    """What trained weights, read so, make of a design's connections. Raises MissingPackage without torch."""
    from menet_design.resolving import network

    with _at_work("measuring", [Given(design.name, network(design), design)]) as each:
        from menet_design.verification.pictures import photographs, synthetic
        from menet_design.verification.trained import trained

        refuse(images is not None and design.channels != 3, "photographs have 3 channels", "Leave out --images")
        pictures = photographs(images, design.resolution) if images else synthetic(design.resolution, design.channels)
        return trained(next(each).design or design, weights, pictures, **reading)


def exit_unless_proven(proofs: "Iterable[Agreement | Probe]") -> None:
    """End the command with 1 where a proof fails."""
    if not all(proof.agrees for proof in proofs):
        raise typer.Exit(1)


@contextmanager
def _at_work(doing: str, found: Sequence[Given]) -> Iterator[Iterator[Given]]:
    """The networks, one after the other; a terminal shows which is worked on."""

    def shown() -> Iterator[Given]:
        for index, given in enumerate(found, 1):
            show(f"{doing} {given.network.title} ({index} of {len(found)})")
            yield given

    with with_torch(f"{doing} {found[0].network.title}") as show:
        yield shown()


@contextmanager
def with_torch(doing: str) -> Iterator[Callable[[str], None]]:
    """Work that imports torch, which a terminal shows; what it yields changes the text.

    Ctrl-C ends at once: libraries that are being imported, or compute in C++, swallow the exception. Raises
    MissingPackage where one is not installed.
    """
    before = signal.signal(signal.SIGINT, _end)
    try:
        with at_work(f"{doing}: importing torch") as show:
            yield show
    except ModuleNotFoundError as error:
        raise missing(error) from None
    finally:
        signal.signal(signal.SIGINT, before)


def _end(*_: object) -> None:
    show_cursor = "\x1b[?25h" if is_rich(sys.stderr) else ""
    os.write(2, f"{show_cursor}interrupted\n".encode())
    os._exit(130)
