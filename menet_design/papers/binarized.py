"""What SEP-Net's paper (arXiv 1706.03912) binarizes of networks, and the stored sizes that sources print."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from menet_design.analysis.size import StoredSize, size
from menet_design.families import figures
from menet_design.families.architectures import network
from menet_design.families.design import Design, PublishedFigure
from menet_design.families.naming import options
from menet_design.papers.tables import TABLES


@dataclass(frozen=True)
class PrintedSize:
    """A stored size, and what a source prints of it, if any does."""

    stored: StoredSize
    figure: PublishedFigure | None

    @property
    def deviation(self) -> Fraction | None:
        """How far the size lies from the printed one, as a share of it."""
        return self.stored.bytes / (Fraction(str(self.figure.megabytes)) * 10**6) - 1 if self.figure else None


def size_as_printed(design: Design, scheme: str, layers: Iterable[str] | None = None) -> PrintedSize:
    """The stored size of a design (`analysis.size`), and what a source prints of this very design under the scheme."""
    printed = (each for each in figures(design) if each.megabytes is not None and each.scheme == scheme)
    return PrintedSize(size(network(design), scheme, layers), next(printed, None))


def binarized_layers(design: Design) -> tuple[str, ...] | None:
    """The layers, wildcards included, whose k×k kernels SEP-Net's authors binarized of this very design.

    None where they binarized all or none. Of several such networks that they print, the last has most of them.
    """
    printed = {row.name: row.layers for table in TABLES.values() for row in table.rows if row.layers}
    return None if options(design) else printed.get(design.name)
