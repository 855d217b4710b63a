"""The functions of the public API: each takes a network in any form.

A source is the name of a built-in network, the path of a model config, a design, a network, an `nn.Module`, the name of
a model in a library ("timm:resnet50"), a factory ("net.py:Net", "package.module:factory") or an archive (`.pt2`,
`.onnx`). `input` is the shape of its input without the batch, or several of them; other keywords are the numbers of a
design, or are passed to a factory. Modules, factories and libraries run their own code; archives never do.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from menet_design import families
from menet_design.analysis import connectivity as _connectivity
from menet_design.analysis import cost as _cost
from menet_design.analysis import difference as _difference
from menet_design.analysis import explanation as _explanation
from menet_design.analysis import memory as _memory
from menet_design.analysis import reconciliation as _reconciliation
from menet_design.analysis import size as _size
from menet_design.analysis.connectivity import Connectivity
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost
from menet_design.analysis.counters import ALL, COUNTERS
from menet_design.analysis.counters import convention as _convention
from menet_design.analysis.difference import Difference
from menet_design.analysis.explanation import ExplainedTable, Explanation
from menet_design.analysis.memory import Memory
from menet_design.analysis.reconciliation import Reconciliation
from menet_design.analysis.size import StoredSize
from menet_design.display import Picture
from menet_design.errors import DesignError, NotationError, missing
from menet_design.families import architectures
from menet_design.families.design import Design
from menet_design.families.naming import parse
from menet_design.families.notation import plain, spelled, suggestions
from menet_design.graph.network import Network
from menet_design.values import MAX_CHANNELS, check_type, check_whole, named

if TYPE_CHECKING:
    from torch import Tensor, nn

    from menet_design.measurement.latency import Latency
    from menet_design.models.model import Model
    from menet_design.report.architecture import ArchitectureTable
    from menet_design.verification.agreement import Agreement
    from menet_design.verification.gradients import Probe
    from menet_design.verification.trained import Trained

    Source = str | Path | Design | Network | nn.Module
else:
    Source = str | Path | Design | Network
# The names of the ways to count; of each, `convention` makes what it names.
ConventionName = Literal[
    "paper",
    "fvcore",
    "ptflops_pytorch",
    "ptflops_aten",
    "thop",
    "torchinfo",
    "deepspeed",
    "calflops",
    "torch",
    "imgclsmob",
    "imgclsmob_flops",
    "thop_1912",
    "thop_2001",
    "thop_2005",
    "mmcv",
    "torchstat",
    "torchstat_madd",
]
# One shape without the batch, or a shape for each input, where a network needs it said.
Input = Sequence[int] | Sequence[Sequence[int]] | None
# One name or several, or none.
Names = Iterable[str] | None


def network(source: Source, input: Input = None, allow: Names = None, batch: int = 1, **settings: Any) -> Network:
    """The network that a source means; a network is itself, or the same on another batch.

    `input` is the shape of one image, without the batch, of which `batch` are counted together. `allow` are names of
    operations of ATen that are counted as nothing where they are not known. Raises DesignError where the source means
    no network, its code fails, or it calls an operation that is not known; TypeError for anything that is no source.

    >>> network("352-MENet-12x1/8").title
    '352-MENet-12×1 (g = 8)'
    """
    found = _described(source, _shapes(input), named("allow", allow), settings)
    return found if batch == 1 else replace(found, batch=check_whole("batch", batch, 1, MAX_CHANNELS))


def _described(source: Source, shapes: list[Any], allow: tuple[str, ...], settings: dict[str, Any]) -> Network:
    if isinstance(source, Network):
        return source
    if isinstance(source, Design):
        return _of_design(source.but(**settings, **_fed(shapes)))
    module = _as_module(source)
    if module is not None:
        from menet_design.importing.sources import from_module

        return from_module(module, _given(shapes), allowed=allow)
    from menet_design.importing import is_source

    if is_source(text := _text(source)):
        from menet_design.importing.sources import describe

        return describe(text, shapes, settings, allow)
    return _of_design(parsed(text, settings | _fed(shapes)))


def _text(source: Any) -> str:
    """A name or a path as text. Raises TypeError for what is no source."""
    check_type("a network", source, (str, Path), "a name, a path, a Design, a Network or an nn.Module")
    return str(source)


def _of_design(design: Design) -> Network:
    """The network of a design; of the names of others that it says, those that mean a network by themselves."""
    found = architectures.network(design)
    said = (each._replace(instead=tuple(filter(_is_meant, each.instead))) for each in found.assumptions)
    return replace(found, assumptions=tuple(said)) if found.assumptions else found


def _is_meant(text: str) -> bool:
    """Whether a text is an option, or a name that is legal without one."""
    try:
        return text.startswith("--") or parse(text) is not None
    except DesignError:
        return False


def _fed(shapes: list[Any]) -> dict[str, Any]:
    """The numbers of a built-in network that the shape of its input gives: channels, height and width."""
    if not shapes:
        return {}
    if len(shapes) > 1 or len(shapes[0]) != 3:
        raise DesignError("a built-in network has one input of three sides", "Give input=(3, 224, 224)")
    channels, *sides = shapes[0]
    return {"channels": channels, "resolution": tuple(sides)}


def _as_module(source: Any) -> "nn.Module | None":
    """An nn.Module as what it is; who has one has imported torch. None for anything else."""
    is_module = "torch" in sys.modules and isinstance(source, sys.modules["torch"].nn.Module)
    return source if is_module else None


def _shapes(input: Input) -> list[Any]:
    """The shapes of a network's inputs; none where they are not given."""
    if input is None:
        return []
    check_type("an input", input, (list, tuple), "a shape, (3, 224, 224), or several of them")
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


def networks(pattern: str = "*") -> list[Design]:
    """The published networks whose name has a part, or matches a pattern with wildcards; all of them by default.

    Raises NotationError, with the nearest names, where there is none.

    >>> [design.name for design in networks("shufflenet-1.5")]
    ['ShuffleNet-1.5x/3']
    """
    check_type("a pattern", pattern, str, "text")
    wanted = plain(pattern) if set(pattern) & set("*?[") else f"*{plain(pattern)}*"
    found = [
        design
        for design, _ in families.published()
        if any(fnmatchcase(plain(name), wanted) for name in (design.name, design.title, design.identifier))
    ]
    if not found:
        nearest = suggestions(pattern)
        remedy = f"Did you mean {nearest[0]}?" if nearest else spelled(pattern)
        raise NotationError(f"no published network is named {pattern!r}", remedy, nearest)
    return found


def count(
    source: Source,
    convention: ConventionName | Convention = "paper",
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> Cost:
    """What a network costs, operation by operation, by the convention of the MENet paper or of another counter.

    A convention is given itself or by its name, "torch".

    Raises DesignError where the counter fails at the network, or where it cannot be told what it counts.

    >>> count("352-MENet-12x1/8").macs
    144281024
    """
    found, counted = network(source, input, allow, **settings), _convention(convention)
    _reconciliation.check_counted(found, counted)
    return _cost.count(found, counted)


def connectivity(
    source: Source,
    without: Names = None,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> Connectivity:
    """Which channels of a network are connected, block by block; those that are alike are worked out once.

    `without` are branches that are taken away for comparison, by a part of their operations' names or by a pattern of
    whole names; by default those that the network's paper adds.

    >>> connectivity("352-MENet-12x1/8").mixing_depth
    2
    """
    return _connectivity.connectivity(network(source, input, allow, **settings), named("without", without))


def reconcile(
    source: Source, input: Input = None, allow: Names = None, earlier: bool = False, **settings: Any
) -> Reconciliation:
    """Count a network, and say step by step what other counters report of it, those of `earlier` years too.

    >>> reconcile("352-MENet-12x1/8").counters["torch"]
    288562048
    """
    return _reconciliation.reconcile(network(source, input, allow, **settings), ALL if earlier else COUNTERS)


# The sides of images that networks are usually counted on.
RESOLUTIONS = (32, 64, 96, 128, 160, 192, 224, 240, 256, 288, 299, 320, 331)


def explain(
    printed: str,
    source: Source,
    input: Input = None,
    allow: Names = None,
    resolutions: Iterable[int] | None = None,
    **settings: Any,
) -> Explanation:
    """By which rules a printed figure, "148.93M", comes out for a network, and which rules miss it by least.

    Conventions, parts of the network, each multiply-add once or twice, and images of other `resolutions`, in pixels, by
    default the usual ones from 32 to 331, are tried, and whether the total was truncated or rounded; "M params" asks
    for parameters only. Raises DesignError for what is no figure.

    >>> [str(each.way) for each in explain("148.93M", "228-MENet-12x1/3").matches]
    ['imgclsmob']
    """
    check_type("a printed figure", printed, str, "text, such as '148.93M'")
    own = network(source, input, allow, **settings)
    others = (
        _resized(source, own, side, allow, settings) for side in (RESOLUTIONS if resolutions is None else resolutions)
    )
    return _explanation.explain(printed, [own, *(each for each in others if each is not None)])


def _resized(source: Source, own: Network, side: int, allow: Names, settings: dict[str, Any]) -> Network | None:
    """The same network on an image of so many pixels in height and width; None where it takes no such image."""
    from menet_design.importing import is_source

    is_named = isinstance(source, str | Path) and not is_source(str(source))
    found = parsed(str(source), settings) if is_named else source
    with suppress(DesignError):
        if isinstance(found, Design):
            return network(found.but(resolution=side))
        if not isinstance(found, Network) and len(own.inputs) == 1 and len(own.inputs[0]) == 3:
            return network(found, (own.inputs[0][0], side, side), allow, **settings)
    return None


def explain_table(source: str | Path | Iterable[tuple[Source, str]]) -> ExplainedTable:
    """The rules that make the figures of somebody's table: those of most rows, and the rows that break them.

    Takes the path of a CSV file with the columns network, figure and unit, or networks and figures. What a file names
    is built in, or a model of a library; nothing else is run. Raises DesignError, naming the row, for what it cannot
    read.

    >>> found = explain_table([("1x-MobileNet-224", "569M"), ("0.75x-MobileNet-224", "325M"), ("VGG-16", "15.5G")])
    >>> [str(each.rule) for each in found.rows]
    ['multiply-adds, rounded', 'multiply-adds, rounded', 'multiply-adds, rounded']
    """
    check_type("a table", source, Iterable | Path, "the path of a CSV file, or networks and figures")
    if not isinstance(source, str | Path):
        return _explanation.explain_table((network(each), printed) for each, printed in source)
    from menet_design.papers.others import read

    return _explanation.explain_table((_named(row.network, row.place), row.printed) for row in read(Path(source)))


def _named(name: str, place: str) -> Network:
    """The network that a file names at a place: no name in a file makes code run that is not a library's."""
    from menet_design.importing import ARCHIVES, is_source
    from menet_design.importing.libraries import LIBRARIES

    if is_source(name) and not name.lower().endswith(ARCHIVES) and name.partition(":")[0] not in LIBRARIES:
        raise DesignError(f"{place}: {name} would run code", f"Known libraries: {', '.join(LIBRARIES)}")
    try:
        return network(name)
    except DesignError as error:
        raise DesignError(f"{place}: {error.cause}", error.remedy, error.nearest) from None


def diff(a: Source, b: Source, input: Input = None, allow: Names = None) -> Difference:
    """What changes from one network to another, in the paper's count.

    >>> diff("228-MENet-12x1/3", "ShuffleNet-1x/3").amount("macs")
    -6631680
    """
    return _difference.difference(network(a, input, allow), network(b, input, allow))


def size(
    source: Source,
    scheme: str = "float32",
    layers: Names = None,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> StoredSize:
    """The bytes that the parameters of a network take under a storage scheme, such as "int8" or "pattern".

    `layers` are names of the layers whose k×k kernels are binarized, wildcards included; by default all are. Raises
    DesignError for an unknown scheme and for a name that no layer with k×k kernels has.

    >>> int(size("352-MENet-12x1/8").bytes)
    9091488
    """
    return _size.size(network(source, input, allow, **settings), scheme, layers)


def memory(
    source: Source,
    dtype: str = "float32",
    in_place: bool = False,
    scheme: str | None = None,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> Memory:
    """What a network holds in memory as it runs, operation by operation, and its parameters beside it.

    `dtype` is the type of the activations, "float32", "float16" or "int8"; `in_place` lets norms, activations, products
    and sums write over their first input; `scheme` is how the parameters are stored, by default in the same type.
    Raises DesignError for an unknown type or scheme.

    >>> memory("352-MENet-12x1/8", in_place=True).peak
    2508800
    """
    return _memory.memory(network(source, input, allow, **settings), dtype, in_place=in_place, scheme=scheme)


def table(
    *sources: Source | Iterable[Source], input: Input = None, allow: Names = None, **settings: Any
) -> "ArchitectureTable":
    """The architecture table of networks that are laid out alike, a column each; `str()` prints it.

    Takes sources, or iterables of them. Raises DesignError where there is none, and where networks differ in their
    lines.

    >>> table("228-MENet-12x1/3", "352-MENet-12x1/8").layout.lines[3].cells
    ('ME module, 228, /2', 'ME module, 352, /2')
    """
    from menet_design.analysis.layout import layout
    from menet_design.report.architecture import ArchitectureTable

    several: Iterable[Any] = (each if isinstance(each, list | tuple | Iterator) else [each] for each in sources)
    costs = [count(source, PAPER, input, named("allow", allow), **settings) for found in several for source in found]
    if not costs:
        raise DesignError("a table needs a design")
    return ArchitectureTable(layout(costs))


def picture(source: Source, input: Input = None, allow: Names = None, **settings: Any) -> Picture:
    """The SVG of a network and of its unit, in the manner of Fig. 3 of the MENet paper.

    >>> picture("228-MENet-12x1/3").startswith("<svg")
    True
    """
    from menet_design.report.picture import picture as drawn

    return Picture(drawn(network(source, input, allow, **settings)))


def build(source: str | Path | Design, **numbers: Any) -> "Model":
    """The PyTorch model of a design, in training mode, with fresh weights (float32, on the CPU).

    `numbers` are those of the design, by field: `classes=10`. The model takes (batch, channels, height, width) images
    and gives (batch, classes) logits; its layers have the names of the cost table. Raises TypeError for what is no
    design, DesignError for what names none, and MissingPackage where torch is not installed.

    >>> build("228-MENet-12x1/3", classes=10).get_classifier()
    Linear(in_features=912, out_features=10, bias=True)
    """
    from menet_design.models import build as of_design

    return of_design(_design(source, numbers))


def trained(source: str | Path | Design, weights: str | Path, images: "Tensor", **reading: Any) -> "Trained":
    """What the weights of a checkpoint make of a design's connections, over images of its resolution.

    `images` are (images, channels, height, width), `reading` keywords of `load_checkpoint`. Raises CheckpointError for
    weights that cannot be loaded or do not give finite logits.

    >>> import torch
    >>> found = trained("108-MENet-8x1/3", "menet108.pth", torch.rand(8, 3, 224, 224))  # doctest: +SKIP
    >>> found.blocks[0].strength.branch  # doctest: +SKIP
    0.31
    """
    from menet_design.verification.trained import trained as of_design

    return of_design(_design(source, {}), weights, images, **reading)


def _design(source: Any, numbers: dict[str, Any]) -> Design:
    """The design that a source is or names. Raises TypeError for anything else."""
    if isinstance(source, Design):
        return source.but(**numbers)
    check_type("a design", source, (str, Path), "a name, a path or a Design")
    return parsed(str(source), numbers)


def verify(
    source: Source,
    weights: str | Path | None = None,
    input: Input = None,
    allow: Names = None,
    batch: int = 1,
    **settings: Any,
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
        return of_design(found, weights, batch)
    if weights is not None:
        raise DesignError("weights are loaded into built-in networks", "Load them into the module before")
    module, shapes = found
    name = source if isinstance(source, str) else ""
    return verify_module(module, shapes, name=name, allowed=named("allow", allow), batch=batch)


def probe(
    source: Source,
    without: Names = None,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
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
    return probe_module(network(module, shapes, allow), module, named("without", without))


def latency(
    *sources: Source,
    engine: str = "eager",
    threads: int = 1,
    channels_last: bool = False,
    precision: str = "float32",
    seconds: float = 10.0,
    by: str | None = None,
    batch: int = 1,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> "Latency":
    """Time networks side by side on this machine for so many seconds, and say whether they can be told apart.

    `engine` is "eager", "compiled" (torch.compile, which takes a minute first) or "onnxruntime", `precision` "float32",
    "bfloat16" or "float16"; `batch` images run together. `by` is "layer" or "type": what takes the time. Raises
    DesignError where there is no model that could be run, or it does not run so, and MissingPackage without the engine.

    >>> latency("32-MENet-8x1/4", resolution=32, seconds=0).fastest.network.name
    '32-MENet-8x1/4'
    """
    from menet_design.measurement.conditions import Conditions

    conditions = Conditions(engine, threads, channels_last, precision, seconds, by)
    found = [network(each, input, allow, batch, **settings) for each in sources]
    try:
        from menet_design.measurement.latency import latency as of_models

        models = [_module(each, _shapes(input), settings) for each in sources]
        return of_models(list(zip(found, models, strict=True)), conditions)
    except ModuleNotFoundError as error:
        raise missing(error) from None


def _module(source: Source, shapes: list[Any], settings: dict[str, Any]) -> "nn.Module":
    """The module that a source is or makes, or the model of a design."""
    found = _model(source, shapes, settings)
    return build(found) if isinstance(found, Design) else found[0]


def _model(
    source: Source, shapes: list[Any], settings: dict[str, Any]
) -> "Design | tuple[nn.Module, Sequence[Sequence[int]]]":
    """The design whose model can be built, or the module that a source is or makes, with the shapes of its inputs."""
    if isinstance(source, Design):
        return source.but(**settings, **_fed(shapes))
    if isinstance(source, Network):
        raise DesignError(f"{source.name or 'the network'} is no model that could run", "Give what it was made from")
    module = _as_module(source)
    if module is not None:
        return module, _given(shapes)
    from menet_design.importing import is_source

    if is_source(text := _text(source)):
        from menet_design.importing.sources import load

        return load(text, shapes, settings)
    return parsed(text, settings | _fed(shapes))
