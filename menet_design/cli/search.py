"""menet-design search: every design within limits, the best of them, or what has to give."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import typer

from menet_design.cli.answer import Answer, Plot
from menet_design.cli.hints import words
from menet_design.cli.memory import InPlace, Scheme
from menet_design.cli.options import built_in, given
from menet_design.cli.output import at_work, check, progress, say
from menet_design.cli.parsing import refuse
from menet_design.cli.spreading import command
from menet_design.exploration.metrics import FIELDS, NAMES
from menet_design.families import FAMILIES

if TYPE_CHECKING:
    from menet_design.exploration.found import Found
    from menet_design.exploration.search import Question

    Draw = Callable[[Found], None]

Text = str | None

_FAMILIES = f"One or several, by default menet: {', '.join(FAMILIES)}."
_GOALS = f"One or, for the Pareto front, several: {', '.join((*NAMES, *FIELDS))}."


def _range(text: str, metavar: str = "RANGE") -> Any:
    return typer.Option(metavar=metavar, help=text)


@dataclass(frozen=True)
class Ranges:
    """The candidates of each number."""

    panel: ClassVar[str] = "What is searched"

    family: Annotated[list[str] | None, _range(_FAMILIES, "NAME,…")] = None
    width: Annotated[Text, _range("48-1024, or 228,256,352; by default up to 2048, of mobilenet-v2 as published.")] = (
        None
    )
    groups: Annotated[Text, typer.Option("--groups", "-g", metavar="RANGE", help="2-8, or 3,4,8; 1-8 by default.")] = (
        None
    )
    fusion: Annotated[Text, _range("Fusion widths; by default as the authors chose them.")] = None
    expansion: Annotated[Text, _range("As 1,1.5,2.")] = None
    stem: Annotated[Text, _range("By default as the authors chose them.")] = None
    resolution: Annotated[Text, _range("128-224; multiples of 32, or less in families that halve less.")] = None
    classes: Annotated[Text, _range("By default as published.")] = None
    vary: Annotated[
        list[str] | None, _range("Any other number of a family, as combine=product,add; repeat it.", "NAME=RANGE")
    ] = None


def _limit(text: str, metavar: str = "N") -> Any:
    return typer.Option(metavar=metavar, help=text)


@dataclass(frozen=True)
class Limits:
    """What designs may cost, or have to."""

    panel: ClassVar[str] = "Limits"

    max_macs: Annotated[Text, _limit("At most so many multiply-adds, as 140M.")] = None
    min_macs: Annotated[Text, _limit("At least so many multiply-adds.")] = None
    max_params: Annotated[Text, _limit("At most so many parameters, as 2M.")] = None
    max_activations: Annotated[Text, _limit("At most so many outputs of convolutions.")] = None
    max_memory: Annotated[Text, _limit("At most so much for activations at their peak, as 250kB.", "BYTES")] = None
    max_size: Annotated[Text, _limit("At most so much for stored parameters, as 1.5MB.", "BYTES")] = None
    max_latency: Annotated[Text, _limit("At most so long a measured run, as 20ms; by --latencies.", "TIME")] = None
    max_loss: Annotated[Text, _limit("At most such a share of connections lost by grouping, as 0.8.", "SHARE")] = None
    min_fusion_share: Annotated[
        Text, _limit("At least such a share of MACs in the fusion branch, as 10%.", "SHARE")
    ] = None
    max_fusion_share: Annotated[Text, _limit("At most such a share of MACs in the fusion branch.", "SHARE")] = None
    max_mixing_depth: Annotated[Text, _limit("At most so many blocks until all channels are mixed.")] = None


@dataclass(frozen=True)
class Measured:
    """How long designs take."""

    panel: ClassVar[str] = "Latency"

    latencies: Annotated[Text, typer.Option(metavar="FILE", help="Times that latency --output measured.csv wrote.")] = (
        None
    )
    fit_latency: Annotated[
        bool, typer.Option("--fit-latency", help="Designs that it has not: by a fit, with its error.")
    ] = False


@dataclass(frozen=True)
class Best:
    """What is best among the designs within the limits."""

    panel: ClassVar[str] = "What is best"

    minimise: Annotated[list[str] | None, typer.Option(metavar="METRIC,…", help=_GOALS)] = None
    maximise: Annotated[
        list[str] | None, typer.Option(metavar="METRIC,…", help="Any that --minimise takes; macs if there is no goal.")
    ] = None
    top: Annotated[int | None, typer.Option(metavar="N", help="How many of the best are shown; 10 by default.")] = None
    every: Annotated[bool, typer.Option("--all", help="Show all that fit.")] = False


@dataclass(frozen=True)
class Types:
    """The types of activations and parameters in memory."""

    dtype: Annotated[
        Literal["float32", "float16", "int8"] | None,
        typer.Option(metavar="TYPE", help="Activations: float32, by default, float16 or int8."),
    ] = None
    in_place: InPlace = False
    scheme: Scheme = None


# Keywords of which those of the command line replace all of a file's.
_TOGETHER = ({"minimise", "maximise"}, {"top", "every"})


@dataclass(frozen=True)
class Work:
    """How a long search is spread."""

    panel: ClassVar[str] = "Long searches"

    jobs: Annotated[int, typer.Option(metavar="N", help="Processes; -1 is one for each core.")] = 1
    shard: Annotated[Text, typer.Option(metavar="I/N", help="One part of several, to be merged.")] = None


@command
def run(
    *,
    ranges: Ranges,
    limits: Limits,
    measured: Measured,
    best: Best,
    types: Types,
    file: Annotated[Path | None, typer.Option(help="TOML file that says the same as the options.")] = None,
    plot: Plot = None,
    work: Work,
    answer: Answer,
) -> None:
    """Search the design space exactly: all designs within limits, the best, the Pareto front, or why nothing fits.

    Example: menet-design search --max-macs 140M --max-memory 1.5MB --minimise loss
    """
    from menet_design.exploration.asking import ask
    from menet_design.exploration.files import ask_as_said, load
    from menet_design.exploration.found import search_all
    from menet_design.exploration.shards import shard, written

    said = _numbers(ranges) | given(limits) | given(measured) | given(best) | given(types)
    asked = _without(load(file) if file else {}, said) | said
    with at_work("counting the legal designs"):
        question = ask_as_said(file, asked) if file else ask(**asked)
    part = shard(work.shard) if work.shard else None
    refuse(part is not None and answer.output is None, "a shard is written to a file", "Give --output shard-1.json")
    refuse(part is not None and plot is not None, "a figure is drawn of a whole search", "Leave out --plot or --shard")
    if part is None:
        answer.check(plot)
        draw = _drawing(question, plot, answer.force) if plot else None
        _answer(search_all(question, work.jobs), question, answer, draw)
        return
    check(answer.output, answer.force)
    found = _whole(search_all(question, work.jobs, part.range(question)), question)
    say(written(asked, found, part), answer.output, answer.force)


def _without(found: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What a file asks for, without what goes together with something that the command line says."""
    replaced = {key for keys in _TOGETHER if keys & said.keys() for key in keys}
    return {key: value for key, value in found.items() if key not in replaced}


def _numbers(ranges: Ranges) -> dict[str, Any]:
    """The ranges that are given, by field."""
    found = given(ranges)
    own = {each.name for each in fields(Ranges)}
    for text in found.pop("vary", ()):
        name, equals, values = text.partition("=")
        is_pair = bool(equals) and name.isidentifier()
        refuse(not is_pair, f"--vary {text!r:.40} is not a name and its values", "Write --vary combine=product,add")
        refuse(name in own, f"--vary {name} has an option of its own", f"Give --{name}")
        found[name] = values
    return found


def _whole(answers: "Iterator[Found]", question: "Question") -> "Found":
    """The last of the answers, with a bar on a terminal."""
    with progress("searching", question.legal, "designs") as show:
        for found in answers:
            show(found.searched)
    return found


def _answer(answers: "Iterator[Found]", question: "Question", answer: Answer, draw: "Draw | None") -> None:
    """Give the answer, then draw it; where somebody interrupts the search, what was found so far."""
    from menet_design.report import searches

    found: Found | None = None
    try:
        with progress("searching", question.legal, "designs") as show:
            for found in answers:
                show(found.searched)
    except KeyboardInterrupt:
        if found is not None:
            answer.give(searches.search(found))
        raise
    if found is not None:
        answer.give(searches.search(found, next_commands(found)))
        if draw is not None:
            draw(found)


def _drawing(question: "Question", plot: Path, force: bool) -> "Draw":
    """What will draw the front of several objectives, or else the region within the limits.

    Raises DesignError, before the search, where there can be no region.
    """
    from menet_design.exploration.regions import region
    from menet_design.report import search_figures

    if len(question.objectives) > 1:
        return lambda found: _draw_front(found, plot, force)
    made = region(question)
    return lambda _: search_figures.region(made, plot, force)


def _draw_front(found: "Found", plot: Path, force: bool) -> None:
    from menet_design.report import search_figures

    if found.designs:
        search_figures.front(found, plot, force)
    else:
        print(f"left out: {plot}: there is no design within the limits to draw", file=sys.stderr)


def next_commands(found: "Found") -> list[str]:
    """What to do with the first of the designs."""
    return [f"more of it: menet-design flops {line}" for line in words(*map(built_in, found.designs[:1]))]
