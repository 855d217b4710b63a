"""menet-design plot: figures for papers of what is counted."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from menet_design.cli.answer import Force
from menet_design.cli.options import CountAs, Given, Settings, SomeNames, given
from menet_design.cli.output import check
from menet_design.cli.parsing import refuse, units, values_along
from menet_design.cli.spreading import command
from menet_design.errors import DesignError, printable
from menet_design.families.design import IMAGENET, Design
from menet_design.values import check_known

if TYPE_CHECKING:
    from menet_design.analysis.conventions import Convention
    from menet_design.exploration.accuracies import Point
    from menet_design.graph.network import Network
    from menet_design.papers.others import Measured

_HELP = (
    "accuracy: top-1 against MFLOPs; cost: stacked bars of MFLOPs; width: MFLOPs of each legal width; "
    "groups: legal widths around a budget, by groups; sensitivity: what one more step of each number costs; "
    "latency: as measured, against MFLOPs; training: accuracy and loss of a run, epoch by epoch; "
    "figure-4: that of the MENet paper."
)


@dataclass(frozen=True)
class Accuracies:
    """What `accuracy` draws beside the published accuracies of the designs."""

    point: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK=TOP1", help="Of accuracy: a network and its top-1; repeat it."),
    ] = None
    points: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Of accuracy: network, top1 and, if it cannot be counted, mflops. Of latency: what latency wrote. "
            "Of training: a run's log.",
        ),
    ] = None
    published: Annotated[
        bool,
        typer.Option("--published", help="Of accuracy: all published networks, too; the default without any other."),
    ] = False
    data: Annotated[str | None, typer.Option(help=f"Of accuracy: data set; by default {IMAGENET}.")] = None


@dataclass(frozen=True)
class Parts:
    """How `cost` stacks its bars."""

    by: Annotated[
        Literal["stage", "branch", "type"] | None, typer.Option(help="Of cost: stage, branch or type of layer.")
    ] = None
    shares: Annotated[bool, typer.Option("--shares", help="Of cost: bars of one length, in percent.")] = False


@dataclass(frozen=True)
class Range:
    """What `width` and `groups` draw."""

    budget: Annotated[
        str | None, typer.Option(metavar="MFLOPS", help="Of width and groups: millions, a line across.")
    ] = None
    vary: Annotated[
        str | None,
        typer.Option(metavar="NAME=FROM:TO:STEP", help="Of width, for networks not built in: argument to vary."),
    ] = None


@command
def run(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=_HELP)],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .pdf, .svg, .eps or .png file.")],
    *,
    names: SomeNames = None,
    accuracies: Accuracies,
    parts: Parts,
    span: Range,
    metric: Annotated[
        Literal["macs", "params", "activations"] | None,
        typer.Option(metavar="METRIC", help="Of cost, width and groups: macs, params or activations."),
    ] = None,
    settings: Settings,
    convention: CountAs = "paper",
    force: Force = False,
) -> None:
    """Draw a figure at column width: accuracy, cost, width, groups, sensitivity, latency, training or figure-4.

    Example: menet-design plot cost 228-MENet-12x1/3 VGG-16 --by type --output cost.pdf
    """
    from menet_design.analysis.counters import convention as rules_of

    check_known("kind of figure", kind, tuple(_KINDS))
    own = given(accuracies) | given(parts) | given(span) | ({} if metric is None else {"metric": metric})
    _refuse_others(kind, own)
    check(None, force, figure=output)
    counted = metric or "macs", rules_of(convention)
    _KINDS[kind][0](_Asked(settings, names or (), accuracies, parts, span, *counted, output, force))
    print(f"wrote {printable(str(output))}", file=sys.stderr)


@dataclass(frozen=True)
class _Asked:
    """A figure as it was asked for."""

    settings: Settings
    names: Sequence[str]
    accuracies: Accuracies
    parts: Parts
    span: Range
    metric: str
    convention: "Convention"
    output: Path
    force: bool

    def found(self, *names: str) -> list[Given]:
        """The networks of some names, by default of those that are asked for. DesignError where there is none."""
        refuse(not (names or self.names), "there is nothing to draw", "Name a design")
        return self.settings.of(*(names or self.names))

    def designs(self, *names: str) -> list[Design]:
        """The same, of built-in networks alone. Raises DesignError for any other."""
        found = self.found(*names)
        for each in found:
            refuse(each.design is None, f"{each.name} is not built in", _OF_OTHERS)
        return [each.design for each in found if each.design]

    @property
    def budget(self) -> Any:
        """The budget, if there is one. Raises DesignError for what is none."""
        if self.span.budget is None:
            return None
        budget = units(self.span.budget)
        refuse(
            not 0 < budget < float("inf"), f"budget {self.span.budget!r:.20} is no amount", "Write 140 for 140 million"
        )
        return budget

    @property
    def axis(self) -> str:
        """What is counted, as an axis says it."""
        from menet_design.report.cost_figures import unit

        return unit(self.metric, self.convention.name)


_OF_OTHERS = "Give --point NETWORK=TOP1 for an accuracy, --vary NAME=FROM:TO:STEP for a width"


def _accuracy(asked: _Asked) -> None:
    from menet_design.exploration.accuracies import published
    from menet_design.report.accuracy_figures import accuracy

    options, data = asked.accuracies, asked.accuracies.data or IMAGENET
    points = _own_points(asked, data)
    left_out: Mapping[str, Sequence[str]] = {}
    if options.published or not points:
        around, left_out = published(data, asked.convention)
        points += [each for each in around if each.name not in {point.name for point in points}]
    accuracy(points, data, asked.axis, asked.output, asked.force)
    for reason, others in left_out.items():
        print(f"left out: {', '.join(others)}: {reason}", file=sys.stderr)


def _own_points(asked: _Asked, data: str) -> "list[Point]":
    """The points that are asked for: designs as they are published, and networks with accuracies of one's own."""
    from menet_design.exploration.accuracies import quoted
    from menet_design.papers.others import read_accuracies

    designs = asked.designs() if asked.names else []
    own = [_measured(each) for each in asked.accuracies.point or ()]
    own += read_accuracies(asked.accuracies.points) if asked.accuracies.points else []
    return [*(quoted(each, data, asked.convention) for each in designs), *(_point(each, asked) for each in own)]


def _measured(text: str) -> "Measured":
    """A network and its accuracy from "108-MENet-8x1/3=56.1"."""
    from menet_design.papers.others import Measured, percentage

    name, equals, top1 = text.rpartition("=")
    refuse(not (name and equals), f"--point {text!r:.60} is not a network and its accuracy", "Write NETWORK=72.5")
    return Measured(name, percentage(top1, f"--point {text:.60}"))


def _point(measured: "Measured", asked: _Asked) -> "Point":
    """A network with an accuracy of one's own, counted unless what it costs is given."""
    from menet_design.analysis.cost import count
    from menet_design.exploration.accuracies import Point

    if measured.mflops is not None:
        return Point(measured.network, measured.mflops * 1e6, measured.top1)
    (found,) = asked.found(measured.network)
    return Point(found.network.title, count(found.network, asked.convention).macs, measured.top1)


def _cost(asked: _Asked) -> None:
    from menet_design.analysis.cost import count
    from menet_design.report.cost_figures import stacked

    costs = [count(each.network, asked.convention) for each in asked.found()]
    by, shares = asked.parts.by or "stage", asked.parts.shares
    stacked(costs, by, asked.metric, asked.axis, asked.output, asked.force, shares)


def _width(asked: _Asked) -> None:
    from menet_design.exploration import curves
    from menet_design.report.cost_figures import along_width

    budget, asks = asked.budget, (asked.metric, asked.convention)
    if asked.span.vary is None:
        found = [curves.along_width(each, budget, *asks) for each in asked.designs()]
        along_width(found, "width in channels", budget, asked.axis, asked.output, asked.force)
        return
    argument, values = values_along(asked.span.vary)
    refuse(not asked.names, "there is nothing to draw", "Name a network")
    found = [curves.along_argument(each, values, _made(asked, each, argument), *asks) for each in asked.names]
    along_width(found, argument, budget, asked.axis, asked.output, asked.force)


def _made(asked: _Asked, name: str, argument: str) -> "Callable[[Any], Network]":
    """How a network is made with a value of an argument."""
    return lambda value: asked.settings.imported(name, **{argument: value}).network


def _groups(asked: _Asked) -> None:
    from menet_design.exploration.curves import along_groups as search
    from menet_design.report.cost_figures import along_groups

    designs = asked.designs()
    refuse(len(designs) > 1, "the widths of several designs would hide each other", "Draw one design at a time")
    budget, curves = search(designs[0], asked.budget, asked.metric, asked.convention)
    along_groups(designs[0].title, curves, budget, asked.axis, asked.output, asked.force)


def _sensitivity(asked: _Asked) -> None:
    from menet_design.exploration.sensitivity import sensitivity
    from menet_design.report.search_figures import sensitivity as draw

    designs = asked.designs()
    refuse(len(designs) > 1, "the steps of several designs would hide each other", "Draw one design at a time")
    draw(str(designs[0]), sensitivity(designs[0]), asked.output, asked.force)


def _latency(asked: _Asked) -> None:
    from menet_design.papers.others import read_latencies
    from menet_design.report.latency_figures import over_macs

    refuse(bool(asked.names), "latency draws what was measured", "Name networks in latency --output measured.csv")
    points = asked.accuracies.points
    if points is None:
        raise DesignError("there is nothing to draw", "Give --points measured.csv, which latency wrote")
    over_macs(read_latencies(points), asked.output, asked.force)


def _training(asked: _Asked) -> None:
    from menet_design.papers.others import read_log
    from menet_design.report.training_figures import over_epochs

    refuse(bool(asked.names), "training draws the log of a run", "Name its log.csv: --points run/log.csv")
    points = asked.accuracies.points
    if points is None:
        raise DesignError("there is nothing to draw", "Give --points run/log.csv, which train wrote")
    over_epochs(read_log(points), asked.output, asked.force)


def _figure_4(asked: _Asked) -> None:
    from menet_design.exploration.neighbours import compared
    from menet_design.report.accuracy_figures import figure_4

    refuse(bool(asked.names), "figure-4 draws the networks of the paper", "Draw others by plot accuracy")
    figure_4(compared(), asked.output, asked.force)


# Each kind, and those of the options that not all kinds have that it has.
_KINDS: Mapping[str, tuple[Callable[[_Asked], None], set[str]]] = {
    "accuracy": (_accuracy, {"point", "points", "published", "data"}),
    "cost": (_cost, {"by", "shares", "metric"}),
    "width": (_width, {"budget", "vary", "metric"}),
    "groups": (_groups, {"budget", "metric"}),
    "sensitivity": (_sensitivity, set()),
    "latency": (_latency, {"points"}),
    "training": (_training, {"points"}),
    "figure-4": (_figure_4, set()),
}


def _refuse_others(kind: str, options: Iterable[str]) -> None:
    """Raise DesignError for an option that other kinds have, but not this one."""
    for option in options:
        having = [each for each, (_, own) in _KINDS.items() if option in own]
        refuse(option not in _KINDS[kind][1], f"--{option} is not for {kind}", f"It is for {' and '.join(having)}")
