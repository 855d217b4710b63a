"""Arguments and options that several commands share, written once, and what they mean together.

A command is a function that takes groups of options as dataclasses beside options of its own; `command` spreads the
fields of the groups over the command line.
"""

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer

from menet_design.cli.output import check, is_rich, say
from menet_design.errors import DesignError
from menet_design.families.design import Design
from menet_design.report.export import render
from menet_design.report.tables import Document
from menet_design.values import MAX_CHANNELS

CountAs = Annotated[
    str,
    typer.Option("--convention", metavar="NAME", help="Count as another counter does, such as fvcore: see reconcile."),
]
Plot = Annotated[Path | None, typer.Option(help="Draw it into a .pdf, .svg, .eps or .png file.")]
Grouping = Literal["layer", "block", "stage", "branch", "operation"]
_SEVERAL: Any = typer.Option("--groups", "-g", help="Groups: 3, or several: 2,3,4,8 or 1-16.")
Several = Annotated[str, _SEVERAL]
SomeGroups = Annotated[str | None, _SEVERAL]
Groups = Annotated[int | None, typer.Option("--groups", "-g", help="Groups, for names that do not say them.")]
Stem = Annotated[int | None, typer.Option(help="Channels of the first convolution; by default as published.")]
Resolution = Annotated[int | None, typer.Option(help="Height and width of the input; by default as published.")]
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


_DESIGN: dict[str, Any] = {"help": "352-MENet-12x1/8, any spelling, or model.json.", "autocompletion": complete_name}
Names = Annotated[list[str], typer.Argument(metavar="DESIGN...", **_DESIGN)]
SomeNames = Annotated[list[str] | None, typer.Argument(metavar="[DESIGN...]", **_DESIGN)]
Name = Annotated[str, typer.Argument(metavar="DESIGN", **_DESIGN)]


def given(options: Any) -> dict[str, Any]:
    """The options of a group that are given, by name."""
    return {key: value for key, value in vars(options).items() if value is not None}


@dataclass(frozen=True)
class Settings:
    """The numbers that names may leave unsaid."""

    groups: Groups = None
    stem: Stem = None
    resolution: Resolution = None
    classes: Classes = None

    def of(self, *names: str) -> list[Design]:
        """The designs that names mean with these numbers; each design once.

        A number is for the designs that have it; DesignError where none has.
        """
        from menet_design.families.naming import parse
        from menet_design.families.notation import read

        families = [read(name)[0] for name in names]
        for key in given(self):
            if not any(family.has(key) for family in families):
                families[0].check_has(key)
        parsed = (
            parse(name, **{key: value for key, value in given(self).items() if family.has(key)})
            for name, family in zip(names, families, strict=True)
        )
        return list(dict.fromkeys(parsed))


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

    def give(self, document: Document) -> None:
        """Print a document, or write it to the file, in the format that is asked for or that the file's ending says."""
        ending = self.output.suffix.lower() if self.output else ""
        form = _ENDINGS.get(ending, self.form) if self.form == "table" else self.form
        if self.output is None and form == "table" and is_rich(sys.stdout):
            from menet_design.report.terminal import show

            show(document)
        else:
            say(render(document, form), self.output, self.force)


def refuse(is_wrong: bool, cause: str, remedy: str) -> None:
    """Raise DesignError where options do not go together."""
    if is_wrong:
        raise DesignError(cause, remedy)


def words(*designs: Design) -> list[str]:
    """The words of the command line that mean these very designs: names, and the options that they need.

    Designs that need the same options share a line of words.
    """
    from menet_design.families.naming import options

    names: dict[str, list[str]] = {}
    for design in designs:
        needed = "".join(f" --{key} {value}" for key, value in options(design).items())
        names.setdefault(needed, []).append(f"'{design.name}'" if "(" in design.name else design.name)
    return [" ".join(line) + needed for needed, line in names.items()]


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
        raise DesignError(f"groups {text!r:.20} are not whole numbers", "Write 3, or 2,3,4,8, or 1-16")
    start, stop = int(found[1]), int(found[2] or found[1])
    if not 1 <= start <= stop <= MAX_CHANNELS:
        raise DesignError(f"groups {text} do not lie between 1 and {MAX_CHANNELS:,}, upwards", "Write 1-16")
    return range(start, stop + 1)
