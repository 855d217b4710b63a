"""menet-design connectivity: which channels of a network hear which."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from menet_design.cli.options import Classes, Force, Form, Groups, Names, Output, Resolution, Stem, designs, words
from menet_design.cli.output import check_files, emit
from menet_design.design import Design
from menet_design.errors import DesignError
from menet_design.report.tables import Document

By = Annotated[
    Literal["block", "pair", "group"] | None,
    typer.Option(help="By block, by pair of convolutions around a shuffle, or by group of these."),
]
Plot = Annotated[Path | None, typer.Option(help="Draw the connections into a .pdf, .svg, .eps or .png file.")]
Prove = Annotated[bool, typer.Option("--prove", help="Prove it by the gradients of the PyTorch model.")]
Weights = Annotated[Path | None, typer.Option("--weights", "-w", help="Measure a checkpoint (.pth) of the design.")]
Images = Annotated[Path | None, typer.Option(help="With --weights: a folder of pictures; else synthetic ones.")]


def run(
    names: Names,
    groups: Groups = None,
    stem: Stem = None,
    resolution: Resolution = None,
    classes: Classes = None,
    by: By = None,
    plot: Plot = None,
    prove: Prove = False,
    weights: Weights = None,
    images: Images = None,
    form: Form = "table",
    output: Output = None,
    force: Force = False,
) -> None:
    """Say which channels hear which: in each block, around each shuffle, and what the fusion branch brings back.

    Exits with 1 where a proof fails. Example: menet-design connectivity 352-MENet-12x1/8 --by pair
    """
    found = designs(names, groups, stem, resolution, classes)
    _check(found, by, prove, weights, images)
    check_files(plot, output, force)
    if weights is not None:
        emit(_measured(found[0], by, plot, weights, images, force), form, output, force)
        return
    document, proven = _answered(found, by, plot, prove, force)
    emit(document, form, output, force)
    if not proven:
        raise typer.Exit(1)


def _answered(
    found: list[Design], by: str | None, plot: Path | None, prove: bool, force: bool
) -> tuple[Document, bool]:
    """The answer, and whether what was to be proven is."""
    from menet_design.analysis.connectivity import connectivity
    from menet_design.report import connectivity as report

    connectivities, proofs = [connectivity(design) for design in found], []
    if prove:
        from menet_design.cli.proof import probe

        proofs = probe(found)
    if plot is not None:
        from menet_design.report.connection_figures import connections

        connections(connectivities, plot, force)
    hints = [f"prove it: menet-design connectivity {line} --prove" for line in words(*found)]
    return report.connectivity(connectivities, by, proofs, hints), all(proof.agrees for proof in proofs)


def _measured(
    design: Design, by: str | None, plot: Path | None, weights: Path, images: Path | None, force: bool
) -> Document:
    from menet_design.analysis.connectivity import connectivity
    from menet_design.cli.proof import measure
    from menet_design.report.trained import trained

    found = measure(design, weights, images)
    if plot is not None:
        from menet_design.report import connection_figures

        (connection_figures.listening if by == "group" else connection_figures.trained)(found, plot, force)
    return trained(found, connectivity(design), by, weights, _source(found.images, images))


def _source(number: int, images: Path | None) -> str:
    if images is None:
        return f"{number} synthetic images (1/f noise)"
    return f"{number} picture{'s' if number > 1 else ''} of {images.name}"


def _check(found: list[Design], by: str | None, prove: bool, weights: Path | None, images: Path | None) -> None:
    """Refuse what does not go together."""
    if images is not None and weights is None:
        raise DesignError("--images are what --weights are measured on", "Give both")
    if weights is not None and prove:
        raise DesignError("--prove sets weights of its own, --weights measures those of a file", "Give one of them")
    if weights is not None and by == "pair":
        raise DesignError("--weights are measured by block or by group", "Give --by block or --by group")
    if weights is not None and len(found) > 1:
        raise DesignError("weights belong to one design", "Measure one design at a time")
