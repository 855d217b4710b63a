"""Arguments and options that several commands share, written once, and what they mean together."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import typer

from menet_design.cli.parsing import by_stage, refuse, setting, shape_of, size_of
from menet_design.errors import DesignError
from menet_design.families import FAMILIES
from menet_design.families.design import Design
from menet_design.families.spelling import written
from menet_design.graph.network import Network
from menet_design.values import MAX_CHANNELS, check_whole

if TYPE_CHECKING:
    from torch import nn

    from menet_design.classification.classifier import Classifier

# How help ends where a family may stand.
OR_A_FAMILY = f"or a family: {', '.join(FAMILIES)}."
CountAs = Annotated[
    str,
    typer.Option("--convention", metavar="NAME", help="Count as another counter does, such as fvcore: see reconcile."),
]
Grouping = Literal["layer", "block", "stage", "branch", "type", "operation", "module"]
_SEVERAL: Any = typer.Option("--groups", "-g", help="Groups: 3, or several: 2,3,4,8 or 1-16.")
Several = Annotated[str, _SEVERAL]
SomeGroups = Annotated[str | None, _SEVERAL]
Groups = Annotated[int | None, typer.Option("--groups", "-g", help="Groups, for names that do not say them.")]
Stem = Annotated[int | None, typer.Option(help="Channels of the first convolution; by default as published.")]
Resolution = Annotated[
    str | None, typer.Option(metavar="N|HxW", help="Height and width of the input; by default as published.")
]
Channels = Annotated[int | None, typer.Option(help="Channels of the input; by default 3.")]
SmallImages = Annotated[bool, typer.Option("--small-images", help="First layer without stride and pool.")]


def _by_stage(text: str) -> Any:
    return typer.Option(metavar="N,N,N", help=text)


Blocks = Annotated[str | None, _by_stage("Standard units in each stage; by default 3,7,3.")]
Widths = Annotated[str | None, _by_stage("Output channels of each stage, where they do not double.")]
Fusions = Annotated[str | None, _by_stage("Fusion width of each stage, where it has no expansion.")]
ShuffleGroups = Annotated[int | None, typer.Option(help="Groups of the shuffles; by default the convolutions'.")]
RoundTo = Annotated[
    int | None,
    typer.Option(help="Round channels to multiples of a number, with 1 down to whole."),
]
Classes = Annotated[int | None, typer.Option(help="Number of classes; by default as published.")]


def complete_name(incomplete: str) -> list[str]:
    """Published names for the shell's completion."""
    from menet_design import families

    names = (name for design, _ in families.published() for name in (design.name, design.identifier))
    return [name for name in names if name.lower().startswith(incomplete.lower())]


_NETWORK: dict[str, Any] = {
    "help": "352-MENet-12x1/8 in any spelling, model.json, model.safetensors, @answer.json, timm:NAME, net.py:Net, "
    "net.pt2 or net.onnx.",
    "autocompletion": complete_name,
}
Names = Annotated[list[str], typer.Argument(metavar="NETWORK...", **_NETWORK)]
SomeNames = Annotated[list[str] | None, typer.Argument(metavar="[NETWORK...]", **_NETWORK)]
Name = Annotated[str, typer.Argument(metavar="NETWORK", **_NETWORK)]


def given(options: Any) -> dict[str, Any]:
    """The options of a group that are given, by name."""
    return {key: value for key, value in vars(options).items() if value is not None and value is not False}


@dataclass(frozen=True)
class Given:
    """A network that was asked for: by which words of the command line, and its design, if it is built in.

    `allowed` are the operations that were counted as nothing because --allow says so; `is_deployed` says that batch
    norms are folded because --deploy does.
    """

    name: str
    network: Network
    design: Design | None
    options: str = ""
    allowed: tuple[str, ...] = ()
    is_deployed: bool = False

    @property
    def has_code(self) -> bool:
        """Whether there is a model that can be run, and not only an exported file."""
        from menet_design.importing import ARCHIVES

        return not self.name.lower().endswith(ARCHIVES)

    def of_batch(self, batch: int) -> "Given":
        """The same network on so many images at once."""
        if batch == 1:
            return self
        return replace(self, network=replace(self.network, batch=batch), options=f"{self.options} --batch {batch}")

    def deployed(self) -> "Given":
        """The same network with its batch norms folded."""
        from menet_design.graph.deployed import deployed

        return replace(self, network=deployed(self.network), options=f"{self.options} --deploy", is_deployed=True)

    def load(self) -> "tuple[nn.Module, Sequence[Sequence[int]]]":
        """The module of somebody else's network, and the shapes of its inputs; DesignError for a file without code."""
        from menet_design.importing.sources import load

        return load(self.name, self.network.inputs, self.network.numbers)


@dataclass(frozen=True)
class Passed:
    """What the networks of others are made with."""

    panel: ClassVar[str] = "Input, and networks of others"

    input: Annotated[
        list[str] | None,
        typer.Option(metavar="CxHxW", help="Shape of the input, as 3x224x224; once for each of several."),
    ] = None
    set: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Argument of its factory, as width=0.5; repeat it.")
    ] = None
    allow: Annotated[
        list[str] | None, typer.Option(metavar="OPERATION", help="Count an unknown operation as nothing; repeat it.")
    ] = None

    def imported(self, name: str, **settings: Any) -> Given:
        """The network of a source, with some more arguments of its factory. Raises DesignError where it means none."""
        from menet_design.importing.sources import describe

        shapes = [shape_of(each) for each in self.input or ()]
        settings = dict(map(setting, self.set or ())) | settings
        parts = [("input", each) for each in self.input or ()]
        parts += [("set", f"{key}={value}") for key, value in settings.items()]
        parts += [("allow", each) for each in self.allow or ()]
        options = "".join(f" --{key} {shlex.quote(value)}" for key, value in parts)
        allowed = tuple(self.allow or ())
        return Given(name, describe(name, shapes, settings, allowed), None, options, allowed)


@dataclass(frozen=True)
class Layers:
    """The numbers of a network's layers that names may leave unsaid, but for groups."""

    panel: ClassVar[str] = "Numbers of built-in networks"

    stem: Stem = None
    channels: Channels = None
    small_images: SmallImages = False
    blocks: Blocks = None
    widths: Widths = None
    fusions: Fusions = None
    shuffle_groups: ShuffleGroups = None
    round_to: RoundTo = None


@dataclass(frozen=True)
class Structure(Layers):
    """The numbers that names may leave unsaid, but for groups."""

    resolution: Resolution = None
    classes: Classes = None

    def numbers(self) -> dict[str, Any]:
        """Those that are given, by field."""
        readers = {"resolution": size_of, **dict.fromkeys(("blocks", "widths", "fusions"), by_stage)}
        return {key: readers[key](value, key) if key in readers else value for key, value in given(self).items()}


@dataclass(frozen=True)
class Numbers(Structure):
    """The numbers that names may leave unsaid."""

    groups: Groups = None

    def designs(self, *names: str, **others: Any) -> list[Design]:
        """The designs that names mean with these numbers, each with those that its family has.

        Raises DesignError for a number that none of the families has.
        """
        from menet_design.families.notation import read_or_none
        from menet_design.resolving import parsed

        families = {name: found[0] for name in names if (found := read_or_none(name))}
        numbers = {key: value for key, value in self.numbers().items() if key in _NUMBERS} | others
        for key in numbers:
            if families and not any(family.has(key) for family in families.values()):
                next(iter(families.values())).check_has(key)
        having = {
            name: {key: value for key, value in numbers.items() if family.has(key)} for name, family in families.items()
        }
        return [parsed(name, having.get(name, {})) for name in names]


_NUMBERS = frozenset(each.name for each in fields(Numbers))


@dataclass(frozen=True)
class Sources(Numbers, Passed):
    """The numbers that names may leave unsaid, and what the networks of others are made with."""

    def of(self, *names: str) -> list[Given]:
        """The networks that names and sources mean with these numbers; each once."""
        from menet_design.importing import is_source

        ours = [name for name in names if not (name.startswith("@") or is_source(name))]
        designs = iter(self.designs(*ours, **self._fed(*ours)))
        found: list[Given] = []
        for name in names:
            if name.startswith("@"):
                found += map(built_in, self._in_file(Path(name[1:])))
            else:
                found.append(self.imported(name) if is_source(name) else built_in(next(designs)))
        return list({(each.name, each.options): each for each in found}.values())

    def _in_file(self, path: Path) -> list[Design]:
        """The designs in the JSON answer of a command, with the numbers that are given and that they have."""
        from menet_design.exploration.files import designs

        numbers = {key: value for key, value in self.numbers().items() if key in _NUMBERS}
        return [each.but(**{key: value for key, value in numbers.items() if each.has(key)}) for each in designs(path)]

    def _fed(self, *names: str) -> dict[str, Any]:
        """The numbers that --input says of built-in networks: channels, height and width."""
        if not (self.input and names):
            return {}
        several = len(self.input) > 1 or self.resolution is not None
        refuse(several, f"{names[0]} has one input", "Give one --input, or --resolution")
        batch, channels, *sides = (1, *shape_of(self.input[0]))[-4:]
        is_image = batch == 1 and len(sides) == 2
        refuse(not is_image, f"{names[0]} reads an image", "Write its channels, height and width, 3x224x224")
        return {"channels": channels, "resolution": tuple(sides)}


@dataclass(frozen=True)
class Settings(Sources):
    """The same, and the batch."""

    panel: ClassVar[str] = Passed.panel

    batch: Annotated[int | None, typer.Option(metavar="N", help="Images that are counted together; 1.")] = None

    def of(self, *names: str) -> list[Given]:
        """The networks that names and sources mean with these numbers, on the batch; each once."""
        batch = 1 if self.batch is None else check_whole("batch", self.batch, 1, MAX_CHANNELS)
        return [each.of_batch(batch) for each in super().of(*names)]


@dataclass(frozen=True)
class Deployable(Settings):
    """The same of networks that may be asked for as they are deployed."""

    panel: ClassVar[str] = Passed.panel

    deploy: Annotated[
        bool, typer.Option("--deploy", help="As deployed: batch norms folded into the layers before them.")
    ] = False

    def of(self, *names: str) -> list[Given]:
        """The networks that names and sources mean with these numbers; each once."""
        found = super().of(*names)
        return [each.deployed() for each in found] if self.deploy else found


@dataclass(frozen=True)
class Weights:
    """A file of weights, and how they are read into a model: see `models.checkpoint.load_checkpoint`."""

    panel: ClassVar[str] = "Weights"

    weights: Annotated[
        Path | None, typer.Option("--weights", "-w", help="Load weights, a file of torch.save or safetensors.")
    ] = None
    rename: Annotated[
        list[str] | None,
        typer.Option(metavar="THEIRS=OURS", help="Name of a layer in the file, or part of it, by ours; repeat it."),
    ] = None
    leave: Annotated[
        list[str] | None,
        typer.Option("--except", metavar="LAYER", help="Load all but these layers, as classifier; repeat it."),
    ] = None
    key: Annotated[str | None, typer.Option(help="Which of several state dicts in the file, as state_dict_ema.")] = None
    trust: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS", help="Class that the file may hold, as argparse.Namespace; repeat it."),
    ] = None

    def reading(self) -> dict[str, Any]:
        """The keywords of `load_checkpoint` that are given; DesignError for any without weights."""
        keywords = {each.name for each in fields(Weights)} - {"weights"}
        found = {key: value for key, value in given(self).items() if key in keywords}
        refuse(bool(found) and self.weights is None, "--rename, --except, --key and --trust are for weights", _WEIGHTS)
        return found | ({"rename": dict(map(_renaming, self.rename))} if self.rename else {})


_WEIGHTS = "Give --weights too"


@dataclass(frozen=True)
class Trained(Weights):
    """A file of weights, and the network that they are of."""

    weights: Annotated[
        Path | None,
        typer.Option("--weights", "-w", help="Load weights, a file of torch.save or safetensors; or run a .onnx file."),
    ] = None
    network: Annotated[
        str | None, typer.Option(metavar="NETWORK", help="Of which network, where neither file nor its name says it.")
    ] = None

    def classifier(self, sources: Sources) -> "Classifier":
        """What runs: the network that the file holds, says, or is called by, or the named one, with the weights."""
        from menet_design.classification.classifier import of_model, of_onnx, source_of

        if self.weights is None:
            raise DesignError("a network that sees something has weights", "Give --weights FILE")
        name, reading = source_of(self.weights, self.network), self.reading()
        given, *others = sources.of(name)
        refuse(bool(others), f"{name} holds several designs", "Name one")
        if given.has_code:
            return of_model(given.design or given.load(), self.weights, reading)
        refuse(bool(reading), f"{name} is read whole", "Leave out --rename, --except, --key and --trust")
        return of_onnx(given.network, self.weights)


def _renaming(text: str) -> tuple[str, str]:
    """A name in a file and ours from "fc=classifier.fc"."""
    theirs, equals, ours = text.partition("=")
    refuse(not (theirs and equals and ours), f"--rename {text!r:.60} is not two names", "Write --rename THEIRS=OURS")
    return theirs, ours


def built_in(design: Design) -> Given:
    """A design as it would be asked for."""
    from menet_design.families.naming import options
    from menet_design.resolving import network

    needed = "".join(_option(key, value) for key, value in options(design).items())
    return Given(design.name, network(design), design, needed)


def _option(key: str, value: Any) -> str:
    """A number as an option says it."""
    said = "" if value is True else f" {written(value)}" if key == "resolution" else f" {_listed(value)}"
    return f" --{key.replace('_', '-')}{said}"


def _listed(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
