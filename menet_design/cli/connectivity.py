"""menet-design connectivity: which channels of a network are connected."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from menet_design.cli.answer import Answer, Plot
from menet_design.cli.hints import to_prove, words
from menet_design.cli.options import Given, Names, Settings, Weights
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command
from menet_design.errors import DesignError
from menet_design.families.design import Design
from menet_design.report.tables import Document

if TYPE_CHECKING:
    from menet_design.verification.trained import Trained

By = Annotated[
    Literal["network", "block", "pair", "group"] | None,
    typer.Option(help="In full; pairs are those of convolutions around a shuffle, groups are theirs."),
]
Prove = Annotated[bool, typer.Option("--prove", help="Prove it by the gradients of the PyTorch model.")]
Images = Annotated[Path | None, typer.Option(help="With --weights: a folder of pictures; else synthetic ones.")]


@command
def run(
    names: Names,
    settings: Settings,
    weights: Weights,
    answer: Answer,
    by: By = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="BRANCH", help="Branch to compare without: a part of names, or a pattern; repeat it."),
    ] = None,
    plot: Plot = None,
    prove: Prove = False,
    images: Images = None,
) -> None:
    """Say which channels are connected: in each block, around each shuffle, and what a branch brings back.

    Exits with 1 where a proof fails. Example: menet-design connectivity 352-MENet-12x1/8 --by pair
    """
    found, branches = settings.of(*names), tuple(without or ())
    reading = weights.reading()
    if weights.weights is not None:
        refuse(prove, "--prove sets weights of its own, --weights measures those of a file", "Give one of them")
        refuse(by == "pair", "--weights are measured by block or by group", "Give --by block or --by group")
        refuse(len(found) > 1, "weights belong to one design", "Measure one design at a time")
        _weighed(_design(found[0]), weights.weights, reading, answer, by, plot, images)
        return
    refuse(images is not None, "--images are what --weights are measured on", "Give both")
    _connected(found, branches, answer, by, plot, prove)


def _connected(
    found: list[Given], branches: tuple[str, ...], answer: Answer, by: str | None, plot: Path | None, prove: bool
) -> None:
    from menet_design.analysis.connectivity import connectivity
    from menet_design.cli.proof import exit_unless_proven, probe
    from menet_design.report import connectivity as report
    from menet_design.report.connection_figures import connections

    answer.check(plot)
    connectivities = [connectivity(each.network, branches) for each in found]
    proofs = probe(found, branches) if prove else []
    if plot is not None:
        connections(connectivities, plot, answer.force)
    answer.give(report.connectivity(connectivities, by, proofs, _next_steps(found, branches, by)))
    exit_unless_proven(proofs)


def _next_steps(found: list[Given], branches: tuple[str, ...], by: str | None) -> list[str]:
    taken = "".join(f" --without {shlex.quote(branch)}" for branch in branches)
    full = f"{taken} --by {'block' if len(found) == 1 else 'network'}"
    briefly = [f"in full: menet-design connectivity {line}{full}" for line in words(*found) if by is None]
    return briefly + to_prove("prove it: menet-design connectivity", found, f"{taken} --prove")


def _weighed(
    design: Design,
    weights: Path,
    reading: dict[str, Any],
    answer: Answer,
    by: str | None,
    plot: Path | None,
    images: Path | None,
) -> None:
    from menet_design.cli.proof import measure

    answer.check(plot)
    answer.give(_shown(measure(design, weights, images, **reading), by, plot, weights, images, answer.force))


def _design(given: Given) -> Design:
    if given.design is None:
        raise DesignError("--weights are measured of built-in networks", "Give the name of one")
    return given.design


def _shown(
    found: "Trained", by: str | None, plot: Path | None, weights: Path, images: Path | None, force: bool
) -> Document:
    from menet_design.analysis.connectivity import connectivity
    from menet_design.report import connection_figures as figures
    from menet_design.report.trained import trained

    if plot is not None:
        (figures.strength if by == "group" else figures.trained)(found, plot, force)
    pictures = (
        f"picture{'s' if found.images > 1 else ''} of {images.name}" if images else "synthetic images (1/f noise)"
    )
    return trained(found, connectivity(found.network), by, weights, f"{found.images} {pictures}")
