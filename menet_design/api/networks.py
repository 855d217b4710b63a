"""What networks cost, connect, store and look like: each function takes a network in any form, and runs none.

What a source may be stands in `resolving`. `input` is the shape of its input without the batch, or several of them;
other keywords are the numbers of a design, or are passed to a factory.
"""

from collections.abc import Iterable
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from menet_design import families
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost
from menet_design.display import Picture
from menet_design.errors import DesignError, NotationError
from menet_design.families.design import Design
from menet_design.families.notation import plain, spelled, suggestions
from menet_design.graph.network import Network
from menet_design.resolving import Input, Names, Source, each_of, network, resized
from menet_design.values import check_type, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from menet_design.analysis.connectivity import Connectivity
    from menet_design.analysis.detector import Detection, FasterRCNN
    from menet_design.analysis.difference import Difference
    from menet_design.analysis.explanation import ExplainedTable, Explanation
    from menet_design.analysis.memory import Memory
    from menet_design.analysis.reconciliation import Reconciliation
    from menet_design.analysis.size import StoredSize
    from menet_design.exploration.evaluation import Columns
    from menet_design.exploration.found import Found
    from menet_design.report.architecture import ArchitectureTable

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
# The types of activations in memory, and the ways in which parameters are stored.
DType = Literal["float32", "float16", "int8"]
Scheme = Literal["float32", "float16", "int8", "pattern", "pattern+int8"]


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
    return _counted(network(source, input, allow, **settings), convention)


def _counted(found: Network, convention: ConventionName | Convention) -> Cost:
    from menet_design.analysis.cost import count as of_network

    rules = _rules(convention)
    if rules is not PAPER:
        from menet_design.analysis.reconciliation import check_counted

        check_counted(found, rules)
    return of_network(found, rules)


def _rules(convention: ConventionName | Convention) -> Convention:
    """The convention of a name; the paper's needs none of the other counters."""
    if convention in ("paper", PAPER):
        return PAPER
    from menet_design.analysis.counters import convention as rules_of

    return rules_of(convention)


def connectivity(
    source: Source,
    without: Names = None,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> "Connectivity":
    """Which channels of a network are connected, block by block; those that are alike are worked out once.

    `without` are branches that are taken away for comparison, by a part of their operations' names or by a pattern of
    whole names; by default those that the network's paper adds.

    >>> connectivity("352-MENet-12x1/8").mixing_depth
    2
    """
    from menet_design.analysis.connectivity import connectivity as of_network

    return of_network(network(source, input, allow, **settings), named("without", without))


def reconcile(
    source: Source, input: Input = None, allow: Names = None, earlier: bool = False, **settings: Any
) -> "Reconciliation":
    """Count a network, and say step by step what other counters report of it, those of `earlier` years too.

    >>> reconcile("352-MENet-12x1/8").counters["torch"]
    288562048
    """
    from menet_design.analysis.counters import ALL, COUNTERS
    from menet_design.analysis.reconciliation import reconcile as of_network

    return of_network(network(source, input, allow, **settings), ALL if earlier else COUNTERS)


# The sides of images that networks are usually counted on.
RESOLUTIONS = (32, 64, 96, 128, 160, 192, 224, 240, 256, 288, 299, 320, 331)


def explain(
    printed: str,
    source: Source,
    input: Input = None,
    allow: Names = None,
    resolutions: Iterable[int] | None = None,
    **settings: Any,
) -> "Explanation":
    """By which rules a printed figure, "148.93M", comes out for a network, and which rules miss it by least.

    Conventions, parts of the network, each multiply-add once or twice, and images of other `resolutions`, in pixels, by
    default the usual ones from 32 to 331, are tried, and whether the total was truncated or rounded; "M params" asks
    for parameters only. Raises DesignError for what is no figure.

    >>> [str(each.way) for each in explain("148.93M", "228-MENet-12x1/3").matches]
    ['imgclsmob']
    """
    from menet_design.analysis.explanation import explain as of_networks

    check_type("a printed figure", printed, str, "text, such as '148.93M'")
    own = network(source, input, allow, **settings)
    found = [own]
    for side in RESOLUTIONS if resolutions is None else resolutions:
        with suppress(DesignError):
            found.append(resized(source, own, (side, side), allow, settings))
    return of_networks(printed, found)


def explain_table(source: str | Path | Iterable[tuple[Source, str]]) -> "ExplainedTable":
    """The rules that make the figures of somebody's table: those of most rows, and the rows that break them.

    Takes the path of a CSV file with the columns network, figure and unit, or networks and figures. What a file names
    is built in, or a model of a library; nothing else is run. Raises DesignError, naming the row, for what it cannot
    read.

    >>> found = explain_table([("1x-MobileNet-224", "569M"), ("0.75x-MobileNet-224", "325M"), ("VGG-16", "15.5G")])
    >>> [str(each.rule) for each in found.rows]
    ['multiply-adds, rounded', 'multiply-adds, rounded', 'multiply-adds, rounded']
    """
    from menet_design.analysis.explanation import explain_table as of_networks

    check_type("a table", source, Iterable | Path, "the path of a CSV file, or networks and figures")
    if not isinstance(source, str | Path):
        return of_networks((network(each), printed) for each, printed in source)
    from menet_design.papers.others import read

    return of_networks((_named(row.network, row.place), row.printed) for row in read(Path(source)))


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


def diff(a: Source, b: Source, input: Input = None, allow: Names = None) -> "Difference":
    """What changes from one network to another, in the paper's count.

    >>> diff("228-MENet-12x1/3", "ShuffleNet-1x/3").amount("macs")
    -6631680
    """
    from menet_design.analysis.difference import difference

    return difference(network(a, input, allow), network(b, input, allow))


def size(
    source: Source,
    scheme: Scheme = "float32",
    layers: Names = None,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> "StoredSize":
    """The bytes that the parameters of a network take under a storage scheme, such as "int8" or "pattern".

    `layers` are names of the layers whose k×k kernels are binarized, wildcards included; by default all are. Raises
    DesignError for an unknown scheme and for a name that no layer with k×k kernels has.

    >>> int(size("352-MENet-12x1/8").bytes)
    9091488
    """
    from menet_design.analysis.size import size as of_network

    return of_network(network(source, input, allow, **settings), scheme, layers)


def memory(
    source: Source,
    dtype: DType = "float32",
    in_place: bool = False,
    scheme: Scheme | None = None,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> "Memory":
    """What a network holds in memory as it runs, operation by operation, and its parameters beside it.

    `dtype` is the type of the activations, "float32", "float16" or "int8"; `in_place` lets norms, activations, products
    and sums write over their first input; `scheme` is how the parameters are stored, by default in the same type.
    Raises DesignError for an unknown type or scheme.

    >>> memory("352-MENet-12x1/8", in_place=True).peak
    2508800
    """
    from menet_design.analysis.memory import memory as of_network

    return of_network(network(source, input, allow, **settings), dtype, in_place=in_place, scheme=scheme)


def search(
    family: str | Iterable[str] = "menet",
    *,
    minimise: Names = None,
    maximise: Names = None,
    top: int | None = None,
    every: bool = False,
    where: "Callable[[Columns], Any] | None" = None,
    dtype: DType = "float32",
    in_place: bool = False,
    scheme: Scheme | None = None,
    latencies: str | Path | None = None,
    fit_latency: bool = False,
    jobs: int = 1,
    **asked: Any,
) -> "Found":
    """Every design within limits, of one or several families: the best of them, the Pareto front, or what has to give.

    `asked` are candidates of the numbers of designs, `groups="2-8"`, `width=range(48, 1025)`, `expansion=[1, 1.5]`, and
    limits on metrics, `max_macs="140M"`, `min_fusion_share=0.1`. Metrics are macs, params, activations, memory (bytes
    of activations at their peak, of a `dtype` and `in_place` as in `memory`), size (bytes of parameters under a
    `scheme` as in `size`), latency, loss (of connections), exact_loss (counted), fusion_share, mixing_depth, and the
    numbers width, fusion, resolution, groups and stem. `latencies` is the path of a table in CSV that `latency` wrote,
    `max_latency="20ms"` a limit, in seconds where it is a number: designs that the table has not are not within it, or,
    with `fit_latency`, are by a fit, whose error on held-out designs is `found.latencies.fit.median_error`. With one
    objective the `top` 10 are kept, or `every` one; with several the front; with none the largest. `jobs` are
    processes. A stem or fusion width that is not given is that of each tier of the authors. `where` is a predicate over
    arrays of numbers and metrics by attribute: `lambda d: d.width >= 8 * d.stem`.

    Raises DesignError for what designs do not have, and for limits and ranges that nothing can meet; TypeError for what
    is of another type.

    >>> found = search(max_macs="140M", max_memory="2.5MB", groups="3,4,8", in_place=True, width="200-400")
    >>> found.feasible, found.legal, found.designs[0].name
    (21, 108, '216-MENet-12x1/3')
    """
    from menet_design.exploration.asking import ask
    from menet_design.exploration.found import search_all

    options: dict[str, Any] = {"top": top, "every": every, "where": where, "dtype": dtype, "in_place": in_place}
    options |= {"scheme": scheme, "minimise": minimise, "maximise": maximise}
    options |= {"latencies": latencies, "fit_latency": fit_latency}
    *_, found = search_all(ask(family, **options, **asked), jobs)
    return found


def detect(
    source: Source,
    detector: "FasterRCNN | None" = None,
    subnet: str | None = None,
    convention: ConventionName | Convention = "paper",
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> "Detection":
    """What a network costs as the backbone of a detector: base, region proposals, subnet and head.

    `subnet` is the stage with which what runs on each proposal begins; by default as the papers split the network's
    family, and otherwise the first one whose maps have a stride of more than 16 on the image. `input` is the shape of
    the network's own image, by which it knows the size of its RoIs. Raises DesignError where a network has no stages,
    where what follows reads more than one map of the base, and for what takes no image of the detector's size: a
    Network, which has one size, among it.

    >>> detect("VGG-16").parts[2].output
    (4096, 1, 1)
    """
    from menet_design.analysis.detector import detect as of_network
    from menet_design.analysis.reconciliation import check_counted
    from menet_design.papers.detectors import split_of

    own, rules = network(source, input, allow, **settings), _rules(convention)
    check_counted(own, rules)
    return of_network(
        own, lambda *sides: resized(source, own, sides, allow, settings), detector, subnet, split_of(own), rules
    )


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

    costs = [count(each, PAPER, input, named("allow", allow), **settings) for each in each_of(sources)]
    if not costs:
        raise DesignError("a table needs a design")
    return ArchitectureTable(layout(costs))


def picture(
    *sources: Source | Iterable[Source], unit: bool = False, input: Input = None, allow: Names = None, **settings: Any
) -> Picture:
    """The SVG of networks side by side and of their units, in the manner of Fig. 3 of the MENet paper.

    Takes sources, or iterables of them. `unit` draws the units alone, for a column of a paper (3.5 in). `save` writes
    the picture into a file of another format. Raises DesignError where there is no source.

    >>> picture("228-MENet-12x1/3", "352-MENet-12x1/8", unit=True).startswith("<svg")
    True
    """
    from menet_design.report.drawing_files import svg, write
    from menet_design.report.picture import picture as drawn

    networks = [network(each, input, named("allow", allow), **settings) for each in each_of(sources)]
    if not networks:
        raise DesignError("a picture needs a design")
    drawing = drawn(networks, unit)
    return Picture(svg(drawing), partial(write, drawing))
