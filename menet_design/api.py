"""The functions of the public API, which take a network in any form: a name, a path, a Design or a Network."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from menet_design.analysis import connectivity as _connectivity
from menet_design.analysis import cost as _cost
from menet_design.analysis import difference as _difference
from menet_design.analysis import reconciliation as _reconciliation
from menet_design.analysis import size as _size
from menet_design.analysis.connectivity import Connectivity
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost
from menet_design.analysis.difference import Difference
from menet_design.analysis.reconciliation import Reconciliation
from menet_design.analysis.size import StoredSize
from menet_design.errors import DesignError
from menet_design.families import architectures
from menet_design.families.design import Design
from menet_design.families.naming import parse
from menet_design.graph.network import Network

if TYPE_CHECKING:
    from menet_design.report.architecture import ArchitectureTable

Source = str | Path | Design | Network


def network(source: Source) -> Network:
    """The network that a name, the path of a model config, or a design means; a network is itself.

    Raises DesignError where the source means no network.

    >>> network("352-MENet-12x1/8").title
    '352-MENet-12×1 (g = 8)'
    """
    if isinstance(source, Network):
        return source
    return architectures.network(source if isinstance(source, Design) else parse(source))


def count(source: Source, convention: Convention = PAPER) -> Cost:
    """What a network costs, operation by operation, by the convention of the MENet paper or of another counter.

    >>> count("352-MENet-12x1/8").macs
    144281024
    """
    return _cost.count(network(source), convention)


def connectivity(source: Source) -> Connectivity:
    """Which channels of a network are connected, block by block; those that are alike are worked out once.

    >>> connectivity("352-MENet-12x1/8").mixing_depth
    2
    """
    return _connectivity.connectivity(network(source))


def reconcile(source: Source) -> Reconciliation:
    """Count a network, and say step by step what other counters report of it.

    >>> reconcile("352-MENet-12x1/8").counters["torch"]
    288562048
    """
    return _reconciliation.reconcile(network(source))


def diff(a: Source, b: Source) -> Difference:
    """What changes from one network to another, in the paper's count.

    >>> diff("228-MENet-12x1/3", "ShuffleNet-1x/3").amount("macs")
    -6631680
    """
    return _difference.difference(network(a), network(b))


def size(source: Source, scheme: str = "float32", layers: Iterable[str] | None = None) -> StoredSize:
    """The bytes that the parameters of a network take under a storage scheme, such as "int8" or "pattern".

    `layers` are names of the layers whose k×k kernels are binarized, wildcards included; by default all are. Raises
    DesignError for an unknown scheme and for a name that no layer with k×k kernels has.

    >>> int(size("352-MENet-12x1/8").bytes)
    9091488
    """
    return _size.size(network(source), scheme, layers)


def table(*sources: Source | Iterable[Source]) -> "ArchitectureTable":
    """The architecture table of networks that are laid out alike, a column each; `str()` prints it.

    Takes sources, or iterables of them. Raises DesignError where there is none, and where networks differ in their
    lines.

    >>> table("228-MENet-12x1/3", "352-MENet-12x1/8").layout.lines[3].cells
    ('ME module, 228, /2', 'ME module, 352, /2')
    """
    from menet_design.analysis.layout import layout
    from menet_design.report.architecture import ArchitectureTable

    several = ([each] if isinstance(each, str | Path | Design | Network) else each for each in sources)
    costs = [count(source) for found in several for source in found]
    if not costs:
        raise DesignError("a table needs a design")
    return ArchitectureTable(layout(costs))
