"""menet-design size: how many bytes the parameters of designs take."""

from typing import Annotated, Literal

import typer

from menet_design.cli.options import Answer, Names, Settings, command, words

Scheme = Annotated[
    Literal["float32", "int8", "pattern", "pattern+int8"] | None,
    typer.Option(metavar="SCHEME", help="float32, int8, pattern or pattern+int8; by default all, side by side."),
]
Only = Annotated[
    list[str] | None, typer.Option(help="Layers whose k×k kernels are binarized, as '*.residual.*'; by default all.")
]


@command
def run(names: Names, *, scheme: Scheme = None, only: Only = None, settings: Settings, answer: Answer) -> None:
    """Say how many bytes the parameters of designs take, with their k×k kernels binarized or not.

    Example: menet-design size SEP-Net ResNet-20 --scheme pattern
    """
    from menet_design.analysis.size import SCHEMES
    from menet_design.api import size
    from menet_design.papers.binarized import binarized_layers, size_as_printed
    from menet_design.report import sizes

    found, schemes = settings.of(*names), [scheme] if scheme else SCHEMES
    sized = [[size_as_printed(design, each, only) for each in schemes] for design in found]
    binarized = {} if only else {design: binarized_layers(design) for design in found}
    authors = [(size(design, "pattern", layers), layers) for design, layers in binarized.items() if layers]
    hints = [f"prove the parameters: menet-design verify {line}" for line in words(*found)]
    answer.give(sizes.size(sized, authors, hints))
