"""The functions of the public API: each takes a network in any form.

A source is the name of a built-in network, the path of a model config, a design, a network, an `nn.Module`, the name of
a model in a library ("timm:resnet50"), a factory ("net.py:Net", "package.module:factory") or an archive (`.pt2`,
`.onnx`). `input` is the shape of its input without the batch, or several of them; other keywords are the numbers of a
design, or are passed to a factory. Modules, factories and libraries run their own code; archives never do.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from menet_design.errors import DesignError, NotationError
from menet_design.families import architectures
from menet_design.families.design import Design
from menet_design.families.naming import parse
from menet_design.graph.network import Network

if TYPE_CHECKING:
    from torch import nn

    from menet_design.report.architecture import ArchitectureTable
    from menet_design.verification.agreement import Agreement
    from menet_design.verification.gradients import Probe

    Source = str | Path | Design | Network | nn.Module
else:
    Source = str | Path | Design | Network
# One shape without the batch, or a shape for each input.
Input = Sequence[int] | Sequence[Sequence[int]]


def network(source: Source, input: Input = (), allow: Iterable[str] = (), **settings: Any) -> Network:
    """The network that a source means; a network is itself.

    `allow` are names of operations of ATen that are counted as nothing where they are not known. Raises DesignError
    where the source means no network, its code fails, or it calls an operation that is not known; TypeError for
    anything that is no source.

    >>> network("352-MENet-12x1/8").title
    '352-MENet-12×1 (g = 8)'
    """
    if isinstance(source, Network):
        return source
    if isinstance(source, Design):
        return architectures.network(source.but(**settings))
    module = _as_module(source)
    if module is not None:
        from menet_design.importing.sources import from_module

        return from_module(module, _given(_shapes(input)), allowed=tuple(allow))
    if not isinstance(source, str | Path):
        raise TypeError(
            f"a network is a name, a path, a Design, a Network or an nn.Module, not {type(source).__name__}"
        )
    from menet_design.importing import is_source

    if is_source(str(source)):
        from menet_design.importing.sources import describe

        return describe(str(source), _shapes(input), settings, tuple(allow))
    return architectures.network(parsed(str(source), settings))


def _as_module(source: Any) -> "nn.Module | None":
    """An nn.Module as what it is; who has one has imported torch. None for anything else."""
    is_module = "torch" in sys.modules and isinstance(source, sys.modules["torch"].nn.Module)
    return source if is_module else None


def _shapes(input: Input) -> list[Any]:
    shapes: list[Any] = list(input)
    return [tuple(shapes)] if shapes and isinstance(shapes[0], int) else shapes


def _given(shapes: list[Any]) -> list[Any]:
    """The shapes of a module's inputs, which it does not say itself."""
    if not shapes:
        raise DesignError("a module needs the shape of its input", "Give input=(3, 224, 224)")
    return shapes


def parsed(name: str, settings: dict[str, Any]) -> Design:
    """The design that a name means; of one that is not built in, an error names the libraries that know it."""
    try:
        return parse(name, **settings)
    except NotationError:
        from menet_design.importing.libraries import having

        homes = [f"{library}:{name}" for library in having(name.strip().lower())]
        if not homes:
            raise
        raise NotationError(f"{name} is not built in", f"{' or '.join(homes)} counts it", homes) from None


def count(
    source: Source, convention: Convention = PAPER, input: Input = (), allow: Iterable[str] = (), **settings: Any
) -> Cost:
    """What a network costs, operation by operation, by the convention of the MENet paper or of another counter.

    >>> count("352-MENet-12x1/8").macs
    144281024
    """
    return _cost.count(network(source, input, allow, **settings), convention)


def connectivity(
    source: Source, without: Iterable[str] = (), input: Input = (), allow: Iterable[str] = (), **settings: Any
) -> Connectivity:
    """Which channels of a network are connected, block by block; those that are alike are worked out once.

    `without` are branches that are taken away for comparison, by a part of their operations' names or by a pattern of
    whole names; by default those that the network's paper adds.

    >>> connectivity("352-MENet-12x1/8").mixing_depth
    2
    """
    return _connectivity.connectivity(network(source, input, allow, **settings), tuple(without))


def reconcile(source: Source, input: Input = (), allow: Iterable[str] = (), **settings: Any) -> Reconciliation:
    """Count a network, and say step by step what other counters report of it.

    >>> reconcile("352-MENet-12x1/8").counters["torch"]
    288562048
    """
    return _reconciliation.reconcile(network(source, input, allow, **settings))


def diff(a: Source, b: Source, input: Input = (), allow: Iterable[str] = ()) -> Difference:
    """What changes from one network to another, in the paper's count.

    >>> diff("228-MENet-12x1/3", "ShuffleNet-1x/3").amount("macs")
    -6631680
    """
    return _difference.difference(network(a, input, allow), network(b, input, allow))


def size(
    source: Source,
    scheme: str = "float32",
    layers: Iterable[str] | None = None,
    input: Input = (),
    allow: Iterable[str] = (),
    **settings: Any,
) -> StoredSize:
    """The bytes that the parameters of a network take under a storage scheme, such as "int8" or "pattern".

    `layers` are names of the layers whose k×k kernels are binarized, wildcards included; by default all are. Raises
    DesignError for an unknown scheme and for a name that no layer with k×k kernels has.

    >>> int(size("352-MENet-12x1/8").bytes)
    9091488
    """
    return _size.size(network(source, input, allow, **settings), scheme, layers)


def table(*sources: Source | Iterable[Source]) -> "ArchitectureTable":
    """The architecture table of networks that are laid out alike, a column each; `str()` prints it.

    Takes sources, or iterables of them. Raises DesignError where there is none, and where networks differ in their
    lines.

    >>> table("228-MENet-12x1/3", "352-MENet-12x1/8").layout.lines[3].cells
    ('ME module, 228, /2', 'ME module, 352, /2')
    """
    from menet_design.analysis.layout import layout
    from menet_design.report.architecture import ArchitectureTable

    several: Iterable[Any] = (each if isinstance(each, list | tuple | Iterator) else [each] for each in sources)
    costs = [count(source) for found in several for source in found]
    if not costs:
        raise DesignError("a table needs a design")
    return ArchitectureTable(layout(costs))


def picture(source: Source, input: Input = (), allow: Iterable[str] = (), **settings: Any) -> str:
    """The SVG of a network and of its unit, in the manner of Fig. 3 of the MENet paper.

    >>> picture("228-MENet-12x1/3").startswith("<svg")
    True
    """
    from menet_design.report.picture import picture as drawn

    return drawn(network(source, input, allow, **settings))


def verify(
    source: Source, weights: str | Path | None = None, input: Input = (), allow: Iterable[str] = (), **settings: Any
) -> "Agreement":
    """Count a model with fvcore and torch as it runs, and compare it layer by layer with what its network costs.

    Of a built-in network the model is built, and `weights` may be a checkpoint of it; of another it is the module
    itself. Raises DesignError where there is no model that could be run, and MissingPackage without torch.

    >>> verify("108-MENet-8x1/3").agrees
    True
    """
    from menet_design.verification.agreement import verify as of_design
    from menet_design.verification.modules import verify_module

    found = _model(source, _shapes(input), settings)
    if isinstance(found, Design):
        return of_design(found, weights)
    if weights is not None:
        raise DesignError("weights are loaded into built-in networks", "Load them into the module before")
    module, shapes = found
    name = source if isinstance(source, str) else ""
    return verify_module(module, shapes, name=name, allowed=tuple(allow))


def probe(
    source: Source, without: Iterable[str] = (), input: Input = (), allow: Iterable[str] = (), **settings: Any
) -> "Probe":
    """Prove the connections of a network by the gradients of a model, with its branches and without them.

    Of a built-in network the model is built, on 32×32 pixels; of another it is the module itself. Raises DesignError
    where there is no model that could be run, or it differs from the network, and MissingPackage without torch.

    >>> probe("32-MENet-8x1/4").agrees
    True
    """
    from menet_design.verification.gradients import probe as of_design
    from menet_design.verification.gradients import probe_module

    found = _model(source, _shapes(input), settings)
    if isinstance(found, Design):
        return of_design(found)
    module, shapes = found
    return probe_module(network(module, shapes, allow), module, tuple(without))


def _model(
    source: Source, shapes: list[Any], settings: dict[str, Any]
) -> "Design | tuple[nn.Module, Sequence[Sequence[int]]]":
    """The design whose model can be built, or the module that a source is or makes, with the shapes of its inputs."""
    if isinstance(source, Design):
        return source.but(**settings)
    if isinstance(source, Network):
        raise DesignError(f"{source.name or 'the network'} is no model that could run", "Give what it was made from")
    module = _as_module(source)
    if module is not None:
        return module, _given(shapes)
    from menet_design.importing import is_source

    if is_source(str(source)):
        from menet_design.importing.sources import load

        return load(str(source), shapes, settings)
    return parsed(str(source), settings)
