"""Arguments and options that several commands share, written once, and what they mean together.

A command is a function that takes groups of options as dataclasses beside options of its own; `command` spreads the
fields of the groups over the command line.
"""

import contextlib
import inspect
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from menet_design.cli.output import check, is_rich, say
from menet_design.errors import DesignError
from menet_design.families.design import Design
from menet_design.families.spelling import written
from menet_design.graph.network import Network
from menet_design.report.export import render
from menet_design.report.tables import Document
from menet_design.values import MAX_CHANNELS, check_whole, rational

if TYPE_CHECKING:
    from torch import nn

CountAs = Annotated[
    str,
    typer.Option("--convention", metavar="NAME", help="Count as another counter does, such as fvcore: see reconcile."),
]
Plot = Annotated[Path | None, typer.Option(help="Draw it into a .pdf, .svg, .eps or .png file.")]
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
_STRUCTURE = "Structure of built-in networks"
SmallImages = Annotated[
    bool, typer.Option("--small-images", help="First layer without stride and pool.", rich_help_panel=_STRUCTURE)
]


def _structure(text: str) -> Any:
    return typer.Option(metavar="N,N,N", help=text, rich_help_panel=_STRUCTURE)


Blocks = Annotated[str | None, _structure("Standard units in each stage; by default 3,7,3.")]
Widths = Annotated[str | None, _structure("Output channels of each stage, where they do not double.")]
Fusions = Annotated[str | None, _structure("Fusion width of each stage, where it has no expansion.")]
ShuffleGroups = Annotated[
    int | None, typer.Option(help="Groups of the shuffles; by default the convolutions'.", rich_help_panel=_STRUCTURE)
]
RoundTo = Annotated[
    int | None,
    typer.Option(help="Round channels to multiples of a number, with 1 down to whole.", rich_help_panel=_STRUCTURE),
]
Classes = Annotated[int | None, typer.Option(help="Number of classes; by default as published.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file; - is standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


def command(run: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters that are dataclasses stand for an option a field."""
    hints = get_type_hints(run, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    spread = [each for own in inspect.signature(run).parameters.values() for each in _spread(own, hints[own.name])]

    def gathered(**given: Any) -> None:
        made = {
            name: kind(**{each.name: given.pop(each.name) for each in fields(kind)}) for name, kind in groups.items()
        }
        run(**made, **given)

    gathered.__doc__, gathered.__module__ = run.__doc__, run.__module__
    gathered.__signature__ = inspect.Signature(spread)  # type: ignore[attr-defined]
    return gathered


def _spread(parameter: inspect.Parameter, hint: Any) -> list[inspect.Parameter]:
    """The parameters that one stands for: those of a group's fields, or itself."""
    types, parts = {parameter.name: hint}, [parameter]
    if isinstance(hint, type) and is_dataclass(hint):
        types, parts = get_type_hints(hint, include_extras=True), list(inspect.signature(hint).parameters.values())
    return [each.replace(annotation=types[each.name], kind=each.KEYWORD_ONLY) for each in parts]


def complete_name(incomplete: str) -> list[str]:
    """Published names for the shell's completion."""
    from menet_design import families

    names = (name for design, _ in families.published() for name in (design.name, design.identifier))
    return [name for name in names if name.lower().startswith(incomplete.lower())]


_DESIGN: dict[str, Any] = {
    "help": "352-MENet-12x1/8 in any spelling, model.json, timm:NAME, net.py:Net, model.pt2 or model.onnx.",
    "autocompletion": complete_name,
}
Names = Annotated[list[str], typer.Argument(metavar="DESIGN...", **_DESIGN)]
SomeNames = Annotated[list[str] | None, typer.Argument(metavar="[DESIGN...]", **_DESIGN)]
Name = Annotated[str, typer.Argument(metavar="DESIGN", **_DESIGN)]


def given(options: Any) -> dict[str, Any]:
    """The options of a group that are given, by name."""
    return {key: value for key, value in vars(options).items() if value is not None and value is not False}


@dataclass(frozen=True)
class Given:
    """A network that was asked for: by which words of the command line, and its design, if it is built in.

    `allowed` are the operations that were counted as nothing because --allow says so.
    """

    name: str
    network: Network
    design: Design | None
    options: str = ""
    allowed: tuple[str, ...] = ()

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

    def load(self) -> "tuple[nn.Module, Sequence[Sequence[int]]]":
        """The module of somebody else's network, and the shapes of its inputs; DesignError for a file without code."""
        from menet_design.importing.sources import load

        return load(self.name, self.network.inputs, self.network.numbers)


@dataclass(frozen=True)
class Passed:
    """What the networks of others are made with."""

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

        shapes = [_shape(each) for each in self.input or ()]
        settings = dict(map(_setting, self.set or ())) | settings
        parts = [("input", each) for each in self.input or ()]
        parts += [("set", f"{key}={value}") for key, value in settings.items()]
        parts += [("allow", each) for each in self.allow or ()]
        options = "".join(f" --{key} {shlex.quote(value)}" for key, value in parts)
        allowed = tuple(self.allow or ())
        return Given(name, describe(name, shapes, settings, allowed), None, options, allowed)


@dataclass(frozen=True)
class Layers:
    """The numbers of a network's layers that names may leave unsaid, but for groups."""

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
        readers = {"resolution": size_of, **dict.fromkeys(("blocks", "widths", "fusions"), _by_stage)}
        return {key: readers[key](value, key) if key in readers else value for key, value in given(self).items()}


@dataclass(frozen=True)
class Numbers(Structure):
    """The numbers that names may leave unsaid."""

    groups: Groups = None

    def designs(self, *names: str, **others: Any) -> list[Design]:
        """The designs that names mean with these numbers, each with those that its family has.

        Raises DesignError for a number that none of the families has.
        """
        from menet_design.api import parsed
        from menet_design.families.notation import read_or_none

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
class Settings(Numbers, Passed):
    """The numbers that names may leave unsaid, what the networks of others are made with, and the batch."""

    batch: Annotated[int | None, typer.Option(metavar="N", help="Images that are counted together; 1.")] = None

    def of(self, *names: str) -> list[Given]:
        """The networks that names and sources mean with these numbers; each once."""
        from menet_design.importing import is_source

        ours = [name for name in names if not is_source(name)]
        designs = iter(self.designs(*ours, **self._fed(*ours)))
        found = [self.imported(name) if is_source(name) else built_in(next(designs)) for name in names]
        batch = 1 if self.batch is None else check_whole("batch", self.batch, 1, MAX_CHANNELS)
        return list({(each.name, each.options): each.of_batch(batch) for each in found}.values())

    def _fed(self, *names: str) -> dict[str, Any]:
        """The numbers that --input says of built-in networks: channels, height and width."""
        if not (self.input and names):
            return {}
        several = len(self.input) > 1 or self.resolution is not None
        refuse(several, f"{names[0]} has one input", "Give one --input, or --resolution")
        channels, *sides = _shape(self.input[0])
        refuse(len(sides) != 2, f"{names[0]} reads images", "Write channels, height and width: 3x224x224")
        return {"channels": channels, "resolution": tuple(sides)}


@dataclass(frozen=True)
class Weights:
    """A file of weights, and how they are read into a model: see `models.checkpoint.load_checkpoint`."""

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
        found = {key: value for key, value in given(self).items() if key != "weights"}
        refuse(bool(found) and self.weights is None, "--rename, --except, --key and --trust are for weights", _WEIGHTS)
        return found | ({"rename": dict(map(_renaming, self.rename))} if self.rename else {})


_WEIGHTS = "Give --weights too"


def _renaming(text: str) -> tuple[str, str]:
    """A name in a file and ours from "fc=classifier.fc"."""
    theirs, equals, ours = text.partition("=")
    refuse(not (theirs and equals and ours), f"--rename {text!r:.60} is not two names", "Write --rename THEIRS=OURS")
    return theirs, ours


def built_in(design: Design) -> Given:
    """A design as it would be asked for."""
    from menet_design.api import network
    from menet_design.families.naming import options

    needed = "".join(_option(key, value) for key, value in options(design).items())
    return Given(f"'{design.name}'" if "(" in design.name else design.name, network(design), design, needed)


def _option(key: str, value: Any) -> str:
    """A number as an option says it."""
    said = "" if value is True else f" {written(value)}" if key == "resolution" else f" {_listed(value)}"
    return f" --{key.replace('_', '-')}{said}"


def _listed(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _by_stage(text: str, what: str) -> tuple[int, ...]:
    """Numbers from "3,7,3"."""
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9})*", text):
        raise DesignError(f"{what} {text!r:.40} are not whole numbers", "Write them as 3,7,3")
    return tuple(map(int, text.split(",")))


def size_of(text: str, what: str) -> tuple[int, int] | int:
    """A height and a width from "600x1000", or one number for both from "224"."""
    found = re.fullmatch(r"([0-9]{1,9})(?:[x×]([0-9]{1,9}))?", text)
    if not found:
        raise DesignError(f"{what} {text!r:.20} is not a height and a width", "Write 224 or 240x320")
    return (int(found[1]), int(found[2])) if found[2] else int(found[1])


def _shape(text: str) -> tuple[int, ...]:
    """Channels and sides from "3x224x224"."""
    if not re.fullmatch(r"[0-9]{1,9}([x×][0-9]{1,9})*", text):
        raise DesignError(f"input {text!r:.40} is not a shape", "Write channels, height and width: 3x224x224")
    return tuple(map(int, re.split("[x×]", text)))


def _setting(text: str) -> tuple[str, Any]:
    """A name and a value from "width=0.5": a number, true or false, or text."""
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise DesignError(f"--set {text!r:.40} is not a name and a value", "Write --set width=0.5")
    words: dict[str, Any] = {"true": True, "false": False, "none": None}
    if value.lower() in words:
        return name, words[value.lower()]
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return name, kind(value)
    return name, value


_ENDINGS = {".json": "json", ".csv": "csv", ".tsv": "tsv", ".md": "markdown", ".tex": "latex"}


@dataclass(frozen=True)
class Answer:
    """Where an answer goes, and in which format."""

    form: Annotated[
        Literal["table", "json", "csv", "tsv", "markdown", "latex"],
        typer.Option("--format", "-f", metavar="FORMAT", help="table, json, csv, tsv, markdown or latex."),
    ] = "table"
    output: Output = None
    force: Force = False

    def check(self, plot: Path | None = None) -> None:
        """Refuse a file, or a figure beside it, that cannot be written, before any long work is done."""
        check(self.output, self.force, plot)
        self._check_ending()

    def _check_ending(self) -> str:
        """The format that is asked for, or that the file's ending says; DesignError for an ending that says none."""
        ending = self.output.suffix.lower() if self.output else ""
        if self.form != "table" or ending in ("", ".txt"):
            return self.form
        known = f"Known: .txt, {', '.join(_ENDINGS)}"
        refuse(ending not in _ENDINGS, f"{ending} says no format", f"{known}; or give --format")
        return _ENDINGS[ending]

    def give(self, document: Document) -> None:
        """Print a document, or write it to the file, in the format that is asked for or that the file's ending says."""
        form = self._check_ending()
        if self.output is None and form == "table" and is_rich(sys.stdout):
            from menet_design.report.terminal import show

            show(document)
        else:
            say(render(document, form), self.output, self.force)


def refuse(is_wrong: bool, cause: str, remedy: str) -> None:
    """Raise DesignError where options do not go together."""
    if is_wrong:
        raise DesignError(cause, remedy)


def words(*found: Given) -> list[str]:
    """The words of the command line that mean these very networks: names, and the options that they need.

    Networks that need the same options share a line of words.
    """
    names: dict[str, list[str]] = {}
    for each in found:
        names.setdefault(each.options, []).append(each.name)
    return [" ".join(line) + needed for needed, line in names.items()]


def next_steps(found: Sequence[Given], convention: str) -> list[str]:
    """The next commands after a count: a proof of the paper's, the steps that lead to any other."""
    if convention == "paper":
        return to_prove("prove it: menet-design verify", found)
    from menet_design.analysis.counters import convention as named

    return step_by_step(found, [named(convention).name])


def step_by_step(found: Sequence[Given], conventions: Iterable[str]) -> list[str]:
    """The commands that show the steps of some conventions."""
    from menet_design.analysis.counters import EARLIER

    option = "" if EARLIER.keys().isdisjoint(conventions) else " --earlier"
    return [f"step by step: menet-design reconcile {line}{option}" for line in words(*found)]


def to_prove(step: str, found: Sequence[Given], options: str = "") -> list[str]:
    """The commands that prove something of networks: of those that can be run."""
    return [f"{step} {line}{options}" for line in words(*(each for each in found if each.has_code))]


def values_along(text: str) -> tuple[str, list[Any]]:
    """A name and its values from "width=16:512:8": from the first to the last in steps, exactly as they are written."""
    name, _, span = text.partition("=")
    parts = span.split(":")
    try:
        start, stop, step = map(rational, parts)
    except ValueError:
        start = stop = step = Fraction(0)
    if not (name.isidentifier() and step > 0 and start <= stop and (stop - start) / step < MAX_CHANNELS):
        raise DesignError(f"--vary {text!r:.40} is not a name and its values", "Write --vary width=16:512:8")
    count = int((stop - start) / step) + 1
    exact = (start + index * step for index in range(count))
    return name, [int(each) if all("." not in part for part in parts) else float(each) for each in exact]


def numbers(text: str) -> list[int]:
    """Numbers of groups from "3", "2,3,4,8" or "1-16"; each once."""
    return list(dict.fromkeys(number for part in text.split(",") for number in _range(part.strip())))


def _range(text: str) -> range:
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", text)
    if not found:
        raise DesignError(f"groups {text!r:.20} are not whole numbers", "Write 3, or 2,3,4,8, or 1-16")
    start, stop = int(found[1]), int(found[2] or found[1])
    if not 1 <= start <= stop <= MAX_CHANNELS:
        raise DesignError(f"groups {text} do not lie between 1 and {MAX_CHANNELS:,}, upwards", "Write 1-16")
    return range(start, stop + 1)


_SCALES = {"k": 10**3, "m": 10**6, "g": 10**9}


def units(text: str) -> int | float | Fraction:
    """A budget in units from one in millions, or from "140M" and "0.14G", exactly where it is a decimal."""
    scale = _SCALES.get(text[-1:].lower())
    with contextlib.suppress(ValueError):
        return 10**6 * rational(text) if scale is None else scale * rational(text[:-1])
    with contextlib.suppress(ValueError):
        return 10**6 * float(text)
    raise DesignError(f"budget {text!r:.20} is not a number", "Write 140, 140M or 0.14G for 140 million")
