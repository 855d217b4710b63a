"""Every design of some spaces within limits: counted exactly, and the best of them kept."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from menet_design.errors import DesignError, missing
from menet_design.exploration.bisection import bisected, can_bisect
from menet_design.exploration.boxes import Box
from menet_design.exploration.constraints import Constraint, Objective
from menet_design.exploration.evaluation import Columns, OnPlane
from menet_design.exploration.kept import Kept, merged, nothing
from menet_design.exploration.latencies import Latencies
from menet_design.exploration.metrics import Metric
from menet_design.exploration.space import Space
from menet_design.families.design import Design
from menet_design.values import check_number, is_whole

# A search is done in so many parts, of some designs at least, so that one can say how far it came.
_PARTS, _LEAST = 64, 256


@dataclass(frozen=True)
class Question:
    """What is searched for: the best `top` designs by one objective, all where it is None, or the front of several.

    `where` is a predicate over `Columns`; `metrics` are those that it can ask for. `latencies` is the table that says
    how long designs take, where that is asked for; those that have no latency are not within the limits.
    """

    spaces: tuple[Space, ...]
    constraints: tuple[Constraint, ...]
    objectives: tuple[Objective, ...]
    top: int | None = None
    where: Callable[[Columns], Any] | None = None
    metrics: tuple[Metric, ...] = ()
    sweep: bool = False
    latencies: Latencies | None = None

    @property
    def asked(self) -> dict[str, Metric]:
        """The metrics of its limits and objectives, by name."""
        metrics = [*(each.metric for each in self.objectives), *(each.metric for each in self.constraints)]
        return {metric.name: metric for metric in metrics}

    @property
    def considered(self) -> int:
        """The designs of the lattices, legal or not."""
        return sum(space.considered for space in self.spaces)

    @property
    def offsets(self) -> list[int]:
        """The index of the first legal design of each space, and behind them the number of all."""
        return list(accumulate((space.legal for space in self.spaces), initial=0))

    @property
    def legal(self) -> int:
        """The legal designs."""
        return self.offsets[-1]

    @cached_property
    def measured(self) -> tuple[Design, ...]:
        """The designs of the spaces that the table of latencies has."""
        designs = () if self.latencies is None else self.latencies.seconds
        return tuple(design for design in designs if any(space.has(design) for space in self.spaces))

    def at(self, index: int) -> Design:
        """The design of an index."""
        space, offset = next(
            (space, first)
            for space, (first, stop) in zip(self.spaces, pairwise(self.offsets), strict=True)
            if index < stop
        )
        return space.at(index - offset)


class Part(NamedTuple):
    """What was found among so many legal designs: how many are within the limits, and the best of these."""

    searched: int
    feasible: int
    kept: Kept

    def joined(self, other: "Part", top: int | None) -> "Part":
        """Both parts as one."""
        kept = merged(self.kept, other.kept, top)
        return Part(self.searched + other.searched, self.feasible + other.feasible, kept)


def empty(question: Question) -> Part:
    """Nothing searched yet."""
    return Part(0, 0, nothing(len(question.objectives)))


def cuts(first: int, stop: int) -> list[tuple[int, int]]:
    """Ranges of indices from one on, before another, side by side."""
    parts = min(_PARTS, (stop - first) // _LEAST + 1)
    ends = [first + (stop - first) * place // parts for place in range(parts + 1)]
    return [(low, high) for low, high in pairwise(ends) if low < high]


def search_part(question: Question, first: int, stop: int) -> Part:
    """What is found among the designs of indices from one on, before another; ranges side by side share none."""
    found = empty(question)
    for space, offset in zip(question.spaces, question.offsets, strict=False):
        low, high = max(first - offset, 0), min(stop - offset, space.legal)
        if low < high:
            for each in _in_space(question, space, low, high, offset):
                found = found.joined(each, question.top)
    return found


def _in_space(question: Question, space: Space, first: int, stop: int, offset: int) -> Iterator[Part]:
    bisects = question.top is not None and not (question.sweep or question.where or question.latencies)
    if bisects and can_bisect(space, question.constraints, question.objectives):
        for plane in space.planes(first, stop):
            if plane.start >= first:
                yield from _bisected(question, OnPlane(space, plane), offset)
        return
    on: OnPlane | None = None
    for box in space.boxes(first, stop):
        if on is None or on.plane is not box.plane:
            on = OnPlane(space, box.plane)
        yield _swept(question, on, box, offset)


def _bisected(question: Question, on: OnPlane, offset: int) -> Iterator[Part]:
    (objective,), size = question.objectives, 1
    for values in on.plane.lists.values():
        size *= len(values)
    for feasible, indices, values in bisected(on, question.constraints, objective, question.top or 1):
        yield Part(size, feasible, Kept(indices + offset, (values,)).best(question.top))
        size = 0


def _swept(question: Question, on: OnPlane, box: Box, offset: int) -> Part:
    import numpy

    columns = Columns(on.space, on, box, {metric.name: metric for metric in question.metrics})
    places = _within(question, columns, box)
    if not len(places):
        return empty(question)._replace(searched=box.size)

    def flat(objective: Objective) -> Any:
        if objective.metric.is_counted:
            return objective.signed(columns.counted(objective.metric, places + box.start))
        return objective.signed(numpy.broadcast_to(columns.of(objective.metric), box.shape).reshape(-1)[places])

    kept = Kept(places + box.start + offset, tuple(map(flat, question.objectives)))
    return Part(box.size, len(places), kept)


def _within(question: Question, columns: Columns, box: Box) -> Any:
    """The places in a box of the designs within the limits; those that have to be counted come last."""
    import numpy

    mask = numpy.ones((1,) * len(box.shape), bool)
    if question.latencies is not None and question.latencies.fit is None:
        mask = mask & columns.among(question.measured)
        if not mask.any():
            return numpy.zeros(0, "int64")
    for each in question.constraints:
        if not each.metric.is_counted:
            mask = mask & each.holds(columns.of(each.metric))
            if not mask.any():
                return numpy.zeros(0, "int64")
    if question.where is not None:
        mask = mask & _held(question.where(columns), box.shape)
    places = numpy.flatnonzero(numpy.broadcast_to(mask, box.shape))
    for each in question.constraints:
        if each.metric.is_counted:
            places = places[each.holds(columns.counted(each.metric, places + box.start))]
    return places


def _held(found: Any, shape: tuple[int, ...]) -> Any:
    """What a predicate says of the designs of a box. Raises DesignError unless it is a truth value for each of them."""
    import numpy

    held = numpy.asarray(found)
    try:
        if held.dtype == bool:
            return numpy.broadcast_to(held, shape)
    except ValueError:
        pass
    cause = f"where gave {held.dtype} of shape {held.shape}, which is no truth value for each design"
    raise DesignError(cause, "Write it over arrays, as lambda d: d.width % 32 == 0")


def search_parts(question: Question, ranges: Sequence[tuple[int, int]], jobs: int = 1) -> Iterator[Part]:
    """What was found so far, after each of some ranges of indices: on one core, or by joblib on several."""
    _check_jobs(jobs)
    found = empty(question)
    for each in _parts(question, ranges, jobs):
        found = found.joined(each, question.top)
        yield found


def _check_jobs(jobs: int) -> None:
    check_number("jobs", jobs)
    if not is_whole(jobs) or jobs == 0:
        raise DesignError(f"{jobs} is no number of processes", "Write 1, or 4, or -1 for one on each core")


def _parts(question: Question, ranges: Sequence[tuple[int, int]], jobs: int) -> Iterator[Part]:
    if jobs == 1:
        yield from (search_part(question, *each) for each in ranges)
        return
    try:
        from joblib import Parallel, delayed
    except ModuleNotFoundError as error:
        raise missing(error) from None
    work = Parallel(n_jobs=jobs, return_as="generator_unordered")
    yield from work(delayed(search_part)(question, *each) for each in ranges)
