"""menet-design size: how many bytes the parameters of designs take."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from menet_design.cli.answer import Answer
from menet_design.cli.hints import to_prove
from menet_design.cli.options import Deployable, Given, Names
from menet_design.cli.spreading import command

if TYPE_CHECKING:
    from menet_design.papers.binarized import PrintedSize

Scheme = Annotated[
    Literal["float32", "float16", "int8", "pattern", "pattern+int8"] | None,
    typer.Option(metavar="SCHEME", help="float32, float16, int8, pattern or pattern+int8; by default all of them."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(help="Layers whose k×k kernels are binarized, as '*.residual.*'; by default all."),
]


@command
def run(names: Names, *, scheme: Scheme = None, only: Only = None, settings: Deployable, answer: Answer) -> None:
    """Say how many bytes the parameters of designs take, with their k×k kernels binarized or not.

    Example: menet-design size SEP-Net ResNet-20 --scheme pattern
    """
    from menet_design.analysis.size import SCHEMES
    from menet_design.api.networks import size
    from menet_design.papers.binarized import binarized_layers
    from menet_design.report import sizes

    found, schemes = settings.of(*names), [scheme] if scheme else SCHEMES
    sized = [[_sized(given, each, only) for each in schemes] for given in found]
    designs = [each.design for each in found if each.design and not each.is_deployed]  # as papers print sizes
    chosen = [] if only else [(design, layers) for design in designs if (layers := binarized_layers(design))]
    authors = [(size(design, "pattern", layers), layers) for design, layers in chosen]
    hints = to_prove("prove the parameters: menet-design verify", found)
    answer.give(sizes.size(sized, authors, hints))


def _sized(given: Given, scheme: str, only: list[str] | None) -> "PrintedSize":
    """A stored size, with what a source prints of it."""
    from menet_design.analysis.size import size
    from menet_design.papers.binarized import PrintedSize, size_as_printed

    if given.design is None or given.is_deployed:
        return PrintedSize(size(given.network, scheme, only), None)
    return size_as_printed(given.design, scheme, only)
