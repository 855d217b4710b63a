"""Arguments and options that several commands share, and what they mean together."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from menet_design.design import MAX_CHANNELS, Design
from menet_design.errors import DesignError

Groups = Annotated[int | None, typer.Option("--groups", "-g", help="Groups, for names that do not say them.")]
Stem = Annotated[int | None, typer.Option(help="Channels of the first convolution; by default as published.")]
Resolution = Annotated[int | None, typer.Option(help="Height and width of the input; by default as published.")]
Classes = Annotated[int | None, typer.Option(help="Number of classes; by default as published.")]
Form = Annotated[
    Literal["table", "json", "csv", "tsv", "markdown", "latex"],
    typer.Option("--format", "-f", metavar="FORMAT", help="table, json, csv, tsv, markdown or latex."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file; - is standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
CountAs = Annotated[
    str,
    typer.Option("--convention", metavar="NAME", help="Count as another counter does, such as fvcore: see reconcile."),
]
_SEVERAL: Any = typer.Option("--groups", "-g", help="Groups: 3, or several: 2,3,4,8 or 1-16.")
Several = Annotated[str, _SEVERAL]
SomeGroups = Annotated[str | None, _SEVERAL]


def designs(
    names: list[str], groups: int | None, stem: int | None, resolution: int | None, classes: int | None
) -> list[Design]:
    """The designs that the arguments and options name; each design once.

    An option is for the designs that have such a number; DesignError where none has.
    """
    from menet_design.notation import read
    from menet_design.search.naming import parse

    options = {"groups": groups, "stem": stem, "resolution": resolution, "classes": classes}
    families = [read(name)[0] for name in names]
    for key in (key for key, value in options.items() if value is not None):
        if not any(family.has(key) for family in families):
            families[0].check_has(key)
    parsed = (
        parse(name, **{key: value for key, value in options.items() if family.has(key)})
        for name, family in zip(names, families, strict=True)
    )
    return list(dict.fromkeys(parsed))


def words(*designs: Design) -> list[str]:
    """The words of the command line that mean these very designs: names, and the options that they need.

    Designs that need the same options share a line of words.
    """
    names: dict[str, list[str]] = {}
    for design in designs:
        names.setdefault(_needed(design), []).append(f"'{design.name}'" if "(" in design.name else design.name)
    return [" ".join(line) + options for options, line in names.items()]


# The options that carry what a name may leave unsaid.
_BESIDE_NAMES = ("stem", "resolution", "classes")


def _needed(design: Design) -> str:
    from menet_design.notation import read
    from menet_design.search.naming import default_stem
    from menet_design.search.tiers import reference

    family, said = read(design.name)
    numbers = design.numbers()
    unsaid = {"stem": default_stem(family, numbers), **reference(family)} | said
    return "".join(f" --{key} {numbers[key]}" for key in _BESIDE_NAMES if numbers.get(key) != unsaid.get(key))


def next_steps(found: list[Design], convention: str) -> list[str]:
    """The next commands after a count: a proof of the paper's, the steps that lead to any other."""
    step = "prove it: menet-design verify" if convention == "paper" else "step by step: menet-design reconcile"
    return [f"{step} {line}" for line in words(*found)]


def numbers(text: str) -> list[int]:
    """Numbers of groups from "3", "2,3,4,8" or "1-16"; each once."""
    return list(dict.fromkeys(number for part in text.split(",") for number in _range(part.strip())))


def _range(text: str) -> range:
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", text)
    if not found:
        raise DesignError(f"groups {text!r:.20} are no whole numbers", "Write 3, or 2,3,4,8, or 1-16")
    start, stop = int(found[1]), int(found[2] or found[1])
    if not 1 <= start <= stop <= MAX_CHANNELS:
        raise DesignError(f"groups {text} do not lie between 1 and {MAX_CHANNELS:,}, upwards", "Write 1-16")
    return range(start, stop + 1)


def complete_name(incomplete: str) -> list[str]:
    """Published names for the shell's completion."""
    from menet_design import zoo

    names = (name for design, _ in zoo.published() for name in (design.name, design.identifier))
    return [name for name in names if name.lower().startswith(incomplete.lower())]


_DESIGN: dict[str, Any] = {
    "help": "352-MENet-12x1/8, any spelling, or model.json.",
    "autocompletion": complete_name,
}
Names = Annotated[list[str], typer.Argument(metavar="DESIGN...", **_DESIGN)]
SomeNames = Annotated[list[str] | None, typer.Argument(metavar="[DESIGN...]", **_DESIGN)]
Name = Annotated[str, typer.Argument(metavar="DESIGN", **_DESIGN)]
