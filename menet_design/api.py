"""The functions of the public API: each takes a network in any form.

What a source may be stands in `resolving`. `input` is the shape of its input without the batch, or several of them;
other keywords are the numbers of a design, or are passed to a factory.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from menet_design import families
from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.cost import Cost
from menet_design.analysis.cost import count as _count
from menet_design.display import Picture
from menet_design.errors import DesignError, NotationError, missing
from menet_design.families.design import Design, sides
from menet_design.families.metadata import stored
from menet_design.families.notation import plain, spelled, suggestions
from menet_design.graph.network import Network
from menet_design.resolving import Input, Names, Source, designed, modelled, network, resized
from menet_design.values import check_type, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from menet_design.analysis.connectivity import Connectivity
    from menet_design.analysis.detector import Detection, FasterRCNN
    from menet_design.analysis.difference import Difference
    from menet_design.analysis.explanation import ExplainedTable, Explanation
    from menet_design.analysis.memory import Memory
    from menet_design.analysis.reconciliation import Reconciliation
    from menet_design.analysis.size import StoredSize
    from menet_design.classification.classifier import Classifier
    from menet_design.classification.classify import Classified
    from menet_design.classification.evaluate import Evaluated
    from menet_design.exploration.evaluation import Columns
    from menet_design.exploration.found import Found
    from menet_design.exporting import Exported
    from menet_design.measurement.conditions import Engine, Part, Precision
    from menet_design.measurement.latency import Latency
    from menet_design.models.model import Model
    from menet_design.report.architecture import ArchitectureTable
    from menet_design.training.recipe import Recipe
    from menet_design.training.run import Training
    from menet_design.verification.agreement import Agreement
    from menet_design.verification.gradients import Probe
    from menet_design.verification.trained import Trained

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
# How channel shuffles are written: over five dimensions, over four, or as 1×1 convolutions.
Shuffle = Literal["5d", "4d", "conv"]
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
    rules = _rules(convention)
    if rules is not PAPER:
        from menet_design.analysis.reconciliation import check_counted

        check_counted(found, rules)
    return _count(found, rules)


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
    dtype: str = "float32",
    in_place: bool = False,
    scheme: str | None = None,
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

    costs = [count(each, PAPER, input, named("allow", allow), **settings) for each in _each(sources)]
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

    networks = [network(each, input, named("allow", allow), **settings) for each in _each(sources)]
    if not networks:
        raise DesignError("a picture needs a design")
    drawing = drawn(networks, unit)
    return Picture(svg(drawing), partial(write, drawing))


def _each(sources: Iterable[Source | Iterable[Source]]) -> Iterator[Source]:
    """Sources out of sources and iterables of them."""
    several: Iterable[Any] = (each if isinstance(each, list | tuple | Iterator) else [each] for each in sources)
    return (source for found in several for source in found)


def build(source: str | Path | Design, **numbers: Any) -> "Model":
    """The PyTorch model of a design, in training mode, with fresh weights (float32, on the CPU).

    `numbers` are those of the design, by field: `classes=10`. The model takes (batch, channels, height, width) images
    and gives (batch, classes) logits; its layers have the names of the cost table. Raises TypeError for what is no
    design, DesignError for what names none, and MissingPackage where torch is not installed.

    A file of weights that `export` wrote is its design, and the model has them.

    >>> build("228-MENet-12x1/3", classes=10).get_classifier()
    Linear(in_features=912, out_features=10, bias=True)
    """
    from menet_design.models import build as of_design
    from menet_design.models.checkpoint import load_checkpoint

    model, weights = of_design(designed(source, numbers)), stored(source)
    return load_checkpoint(model, weights) if weights else model


def export(
    source: Source,
    path: str | Path,
    weights: str | Path | None = None,
    *,
    shuffle: Shuffle = "5d",
    dynamic: Literal["batch", "size"] | None = None,
    batch: int = 1,
    seed: int = 0,
    deploy: bool = False,
    force: bool = False,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> "Exported":
    """Write a network into a file, whole or not at all; the ending says what.

    `.safetensors` are the weights, with the design beside them, so that `build` makes the model of the file alone;
    `.pt2` is a program of torch.export, `.onnx` one of ONNX: both are compared with the model, for images (batch,
    channels, height, width). `.py` is a file with the model's classes, `.json` the authors' model config. `weights` is
    a file that `load_checkpoint` reads; without it those of a design are random, from `seed`. `shuffle` writes shuffles
    over five dimensions, over four, or as 1×1 convolutions ("conv"); `dynamic` leaves the batch open, or batch, height
    and width ("size"); `deploy` writes the program of the model as `menet_design.deploy` makes it, with `allow`. Raises
    DesignError for another ending, for what has no place in such a file, and where the file exists while `force` is
    false; MissingPackage where a package is not installed.

    >>> export("108-MENet-8x1/3", "menet108.h5")
    Traceback (most recent call last):
        ...
    menet_design.errors.DesignError: .h5 says no format. Known: .safetensors, .pt2, .onnx, .py, .json
    """
    from menet_design.exporting import export as written
    from menet_design.exporting.subject import Subject

    check_type("a file", path, (str, Path), "a path")
    make = partial(modelled, source, _shapes_of(source, input), settings)
    file = Path(weights) if weights else None
    subject = Subject(source, make, file, {}, shuffle, dynamic, batch, seed, deploy, named("allow", allow))
    return written(subject, Path(path), force)


def _shapes_of(source: Any, input: Input) -> Input:
    """The shapes that are given, or those of the design that a module was built from."""
    design = getattr(source, "design", None)
    return (design.channels, *sides(design.resolution)) if input is None and isinstance(design, Design) else input


def train(
    source: Source,
    data: str | Path,
    output: str | Path,
    recipe: "str | Path | Recipe" = "menet",
    weights: str | Path | None = None,
    *,
    binarize: bool | Iterable[str] = False,
    workers: int = 0,
    resume: bool = False,
    tensorboard: bool = False,
    leave: Names = None,
    input: Input = None,
    **settings: Any,
) -> "Training":
    """Train a network on the images of a folder, by a recipe, in a new folder, `output`; `resume` goes on there.

    `data` has class folders in `train` and in `val` or `test`, or the idx files of MNIST and its like. `recipe` is the
    name of one that is shipped, a file of TOML, or a `Recipe`. `weights` is a file that `load_checkpoint` reads, into
    all layers but those that `leave` names; without it those of a design are random. `binarize` makes patterns of k×k
    kernels, of all or of the layers of these names, and trains the rest. `workers` processes read images, beside this
    one. After each epoch there are in `output` the weights, with the design, the log in CSV (for TensorBoard, too, if
    that is asked for), and the state, from which an interrupted run goes on as if nothing had been. Raises DesignError
    for what does not go together, MissingPackage where a package is not installed, and KeyboardInterrupt, once the
    state is saved, after Ctrl-C.

    >>> train("108-MENet-8x1/3", "flowers", "run", "imagenet")
    Traceback (most recent call last):
        ...
    menet_design.errors.DesignError: recipe 'imagenet' is not known. Known: fashion-mnist, menet
    """
    from menet_design.training.recipe import Recipe, read_recipe

    for folder in (data, output):
        check_type("a folder", folder, (str, Path), "a path")
    said = recipe if isinstance(recipe, Recipe) else read_recipe(recipe)
    try:
        from menet_design.exporting.subject import Subject
        from menet_design.training.run import Plan
        from menet_design.training.run import train as of_plan

        reading = {"leave": named("leave", leave)} if leave else {}
        make = partial(modelled, source, _shapes_of(source, input), settings)
        subject = Subject(source, make, Path(weights) if weights else None, reading, seed=said.seed)
        layers = ("*",) if binarize is True else named("binarize", binarize or None) or None
        plan = Plan(subject, Path(data), said, layers)
        return of_plan(plan, Path(output), workers=workers, resume=resume, board=tensorboard)
    except ModuleNotFoundError as error:
        raise missing(error) from None


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

    return of_design(designed(source, {}), weights, images, **reading)


def verify(
    source: Source,
    weights: str | Path | None = None,
    input: Input = None,
    allow: Names = None,
    batch: int = 1,
    deploy: bool = False,
    **settings: Any,
) -> "Agreement":
    """Count a model with fvcore and torch as it runs, and compare it layer by layer with what its network costs.

    Of a built-in network the model is built, and `weights` may be a checkpoint of it; of another it is the module
    itself. With `deploy` both are as they are deployed. Raises DesignError where there is no model that could be run,
    and MissingPackage without torch.

    >>> verify("108-MENet-8x1/3").agrees
    True
    """
    from menet_design.verification.agreement import verify as of_design
    from menet_design.verification.modules import verify_module

    found = modelled(source, input, settings)
    if isinstance(found, Design):
        return of_design(found, weights, batch, deploy)
    if weights is not None:
        raise DesignError("weights are loaded into built-in networks", "Load them into the module before")
    module, shapes = found
    name = source if isinstance(source, str) else ""
    return verify_module(module, shapes, name=name, allowed=named("allow", allow), batch=batch, deploys=deploy)


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

    found = modelled(source, input, settings)
    if isinstance(found, Design):
        return of_design(found)
    module, shapes = found
    return probe_module(network(module, shapes, allow), module, named("without", without))


def latency(
    *sources: Source | Iterable[Source],
    engine: "Engine" = "eager",
    threads: int = 1,
    channels_last: bool = False,
    precision: "Precision" = "float32",
    seconds: float = 10.0,
    by: "Part | None" = None,
    batch: int = 1,
    deploy: bool = False,
    input: Input = None,
    allow: Names = None,
    **settings: Any,
) -> "Latency":
    """Time networks side by side on this machine for so many seconds, and say whether they can be told apart.

    `engine` is "eager", "compiled" (torch.compile, which takes a minute first) or "onnxruntime", `precision` "float32",
    "bfloat16" or "float16"; `batch` images run together; with `deploy` models run as they are deployed. `by` is "layer"
    or "type": what takes the time. Raises DesignError where there is no model that could be run, or it does not run so,
    and MissingPackage without the engine.

    >>> latency("32-MENet-8x1/4", resolution=32, seconds=0).fastest.network.name
    '32-MENet-8x1/4'
    """
    from menet_design.measurement.conditions import Conditions

    conditions = Conditions(engine, threads, channels_last, precision, seconds, by)
    several = list(_each(sources))
    found = [network(each, input, allow, batch, deploy, **settings) for each in several]
    try:
        from menet_design.measurement.latency import latency as of_models

        models = [_module(modelled(each, input, settings), deploy, allow) for each in several]
        return of_models(list(zip(found, models, strict=True)), conditions)
    except ModuleNotFoundError as error:
        raise missing(error) from None


def classify(
    images: str | Path | Iterable[str | Path],
    weights: str | Path | None = None,
    network: Source | None = None,
    *,
    labels: str | Path | None = None,
    top: int | None = None,
    reading: Mapping[str, Any] | None = None,
    input: Input = None,
    **settings: Any,
) -> "Classified":
    """What a network with its weights sees on images in files: the `top` most probable classes of each, by default 5.

    `weights` is a file that `load_checkpoint` reads, with the keywords `reading`, or an `.onnx` file. `network` says of
    which network it is, or the file itself, if `export` wrote it, or its name; a module may have its own weights.
    `labels` is a file of the classes' names, one a line; those of a thousand are ImageNet's. Of an image the centre is
    seen, 7/8 of its shorter edge, or all of that by networks for less than 96 pixels. Raises ImageError, which names
    the file, for what cannot be read as an image, DesignError where no network is meant or weights do not fit, and
    MissingPackage where torch or onnxruntime is not installed.

    >>> found = classify("cat.png", "108-MENet-8x1-group-3.pth.tar")  # doctest: +SKIP
    >>> found.images[0][1][0]  # doctest: +SKIP
    Prediction(number=285, name='Egyptian cat', probability=0.588...)
    """
    check_type("an image", images, (str, Path, Iterable), "a path, or several")
    classifier = _classifier(weights, network, input, reading or {}, settings)
    from menet_design.classification.classify import classify as classified
    from menet_design.datasets.labels import names

    paths = [images] if isinstance(images, str | Path) else list(images)
    return classified(classifier, paths, names(classifier.classes, labels), top)


def evaluate(
    folder: str | Path,
    weights: str | Path | None = None,
    network: Source | None = None,
    *,
    batch: int = 32,
    workers: int = 0,
    skip_bad: bool = False,
    resume: str | Path | None = None,
    reading: Mapping[str, Any] | None = None,
    input: Input = None,
    **settings: Any,
) -> "Evaluated":
    """How often a network with its weights is right about the images of a folder that has a folder for each class.

    The network is found, and images are seen, as by `classify`. Classes are in the order of their folders' names, or
    those of ImageNet where all names are its synsets ("n02124075"). `workers` are processes that read images. `resume`
    is a file that keeps how far it came: the same call goes on from there. Raises ImageError for an image that cannot
    be read, unless `skip_bad`, and DesignError where the classes are not the network's, and where `resume` is the
    progress of other weights or images.

    >>> evaluate("val", "108-MENet-8x1-group-3.pth.tar", resume="progress.json")  # doctest: +SKIP
    """
    check_type("a folder", folder, (str, Path), "a path")
    classifier = _classifier(weights, network, input, reading or {}, settings)
    from menet_design.classification.evaluate import evaluate_all
    from menet_design.datasets import open_dataset

    dataset = open_dataset(folder, classifier.transform, classifier.shape[0])
    kept = None if resume is None else Path(resume)
    *_, found = evaluate_all(classifier, dataset, batch, workers, skip_bad, kept)
    return found


def _classifier(
    weights: str | Path | None,
    source: Source | None,
    input: Input,
    reading: Mapping[str, Any],
    settings: dict[str, Any],
) -> "Classifier":
    """What runs: the network that is meant, with the weights of a file or, of a module, its own."""
    try:
        from menet_design.classification.classifier import of_model, of_onnx, source_of
    except ModuleNotFoundError as error:
        raise missing(error) from None
    file = Path(weights) if weights is not None else stored(source)
    if file is None and isinstance(source, str | Path | Design | Network | None):
        raise DesignError("a network that sees something has weights", "Give weights=FILE")
    found: Any = source if file is None else source_of(file, source)
    if str(found).lower().endswith(".onnx"):
        return of_onnx(network(found, input), Path(found))
    return of_model(modelled(found, _shapes_of(found, input), settings), file, reading)


def _module(found: "Design | tuple[nn.Module, Any]", deploys: bool, allow: Names) -> "nn.Module":
    """The model of a design, or the module that was found, as it is or as it is deployed."""
    from menet_design.deployment import deploy

    model, shapes = (build(found), None) if isinstance(found, Design) else found
    return deploy(model, shapes, allow) if deploys else model
