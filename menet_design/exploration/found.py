"""The answer of a search: how many designs fit, the best of them or, where there is none, what has to give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from menet_design.analysis.cost import Cost, count
from menet_design.display import Displayed
from menet_design.exploration.budget import Candidate
from menet_design.exploration.constraints import Constraint, Objective
from menet_design.exploration.latencies import Latencies
from menet_design.exploration.search import Part, Question, cuts, empty, search_parts
from menet_design.families.architectures import network
from menet_design.families.design import Design


@dataclass(frozen=True)
class Fitting(Candidate):
    """A design within the limits, what it costs, and the exact values of what was asked for, by metric."""

    values: Mapping[str, int | Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class Binding:
    """A limit that has to give, the least or most that it would have to allow, and the design of it.

    `alone`: the others are met by that design. Otherwise no single limit is why, and no design at all meets this one.
    """

    constraint: Constraint
    needed: int | Fraction
    design: Design
    alone: bool = True

    @cached_property
    def cost(self) -> Cost:
        """What that design costs."""
        return count(network(self.design))


@dataclass(frozen=True)
class Found(Displayed):
    """What a search found: designs in the order of the objective, or those of the front, and exact numbers.

    Of a search that was done and found nothing, `binding` says which limit has to give and by how much, and `refused`
    how many designs are within all limits and only not what `where` asks for.
    """

    question: Question = field(repr=False)
    part: Part = field(repr=False)
    binding: tuple[Binding, ...] = ()
    refused: int = 0

    @property
    def considered(self) -> int:
        """The designs of the lattice that was asked for, legal or not."""
        return self.question.considered

    @property
    def legal(self) -> int:
        """The legal designs."""
        return self.question.legal

    @property
    def searched(self) -> int:
        """The legal designs that were searched: all, or those before an interruption."""
        return self.part.searched

    @property
    def feasible(self) -> int:
        """The designs within all limits, of those that were searched."""
        return self.part.feasible

    @property
    def latencies(self) -> Latencies | None:
        """The table of latencies that was asked for, with its conditions and its fit."""
        return self.question.latencies

    @property
    def measured(self) -> int:
        """The legal designs that the table of latencies has."""
        return len(self.question.measured)

    def is_fitted(self, design: Design) -> bool:
        """Whether the latency of a design is that of the fit."""
        return self.latencies is not None and design not in self.latencies.seconds

    @cached_property
    def designs(self) -> tuple[Design, ...]:
        """The best designs, or all that were asked for."""
        return tuple(self.question.at(int(index)) for index in self.part.kept.indices)

    @cached_property
    def fitting(self) -> tuple[Fitting, ...]:
        """The same designs, each counted by itself."""
        asked = self.question.asked
        return tuple(
            Fitting(design, count(network(design)), {name: metric.of(design) for name, metric in asked.items()})
            for design in self.designs
        )


def search_all(question: Question, jobs: int = 1, span: tuple[int, int] | None = None) -> Iterator[Found]:
    """The answer as far as it is known, again and again until it is whole; `span` is that of a shard."""
    first, stop = span or (0, question.legal)
    part = empty(question)
    yield Found(question, part)
    for part in search_parts(question, cuts(first, stop), jobs):
        yield Found(question, part)
    if span is None:
        yield finished(question, part, jobs)


def finished(question: Question, part: Part, jobs: int = 1) -> Found:
    """The answer of a search that is done: where nothing fits, with what has to give."""
    if part.feasible:
        return Found(question, part)
    refused = _best(replace(question, where=None), question.objectives[0], jobs).feasible if question.where else 0
    alone = tuple(_relaxed(question, jobs))
    return Found(question, part, alone or (() if refused else tuple(_unmet(question, jobs))), refused)


def _best(question: Question, objective: Objective, jobs: int) -> Part:
    *_, part = search_parts(replace(question, objectives=(objective,), top=1), cuts(0, question.legal), jobs)
    return part


def _relaxed(question: Question, jobs: int) -> Iterator[Binding]:
    """For each limit without which the others can be met, the least that it would have to allow."""
    for each in question.constraints:
        others = tuple(other for other in question.constraints if other is not each)
        part = _best(replace(question, constraints=others), Objective(each.metric, each.at_most), jobs)
        for index in part.kept.indices:
            design = question.at(int(index))
            yield Binding(each, each.metric.of(design), design)


def _unmet(question: Question, jobs: int) -> Iterator[Binding]:
    """The limits that no legal design meets."""
    for each in question.constraints:
        only = replace(question, constraints=(each,), where=None)
        yield from (replace(found, alone=False) for found in _relaxed(only, jobs) if not each.holds(found.needed))
