"""Models: built, proven, timed, trained, at work and in files. Each function takes a network in any form.

What a source may be stands in `resolving`. `input` is the shape of its input without the batch, or several of them;
other keywords are the numbers of a design, or are passed to a factory.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from menet_design.errors import DesignError, missing
from menet_design.families.design import Design, sides
from menet_design.families.metadata import stored
from menet_design.graph.network import Network
from menet_design.resolving import Input, Names, Source, designed, each_of, modelled, network
from menet_design.values import check_type, named

if TYPE_CHECKING:
    from torch import Tensor, nn

    from menet_design.classification.classifier import Classifier
    from menet_design.classification.classify import Classified
    from menet_design.classification.evaluate import Evaluated
    from menet_design.exporting import Exported
    from menet_design.measurement.conditions import Engine, Part, Precision
    from menet_design.measurement.latency import Latency
    from menet_design.models.model import Model
    from menet_design.training.recipe import Recipe
    from menet_design.training.run import Training
    from menet_design.verification.agreement import Agreement
    from menet_design.verification.gradients import Probe
    from menet_design.verification.trained import Trained

# How channel shuffles are written: over five dimensions, over four, or as 1×1 convolutions.
Shuffle = Literal["5d", "4d", "conv"]


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
    several = list(each_of(sources))
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
