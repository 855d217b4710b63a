"""Latency: networks side by side on this machine, round by round."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from operator import truediv
from random import Random
from statistics import median, quantiles
from time import perf_counter

import torch
from torch import nn

from menet_design.analysis.traffic import Movement, Traffic, traffic
from menet_design.display import Displayed
from menet_design.errors import DesignError, lines_of
from menet_design.graph.network import Network
from menet_design.measurement.comparison import Comparison, compare
from menet_design.measurement.conditions import Conditions
from menet_design.measurement.engines import Prepared, prepare
from menet_design.measurement.machine import Machine, machine, peaks
from menet_design.measurement.parts import Part, parts_of

WARM_UP = 3  # runs of each network that are not measured
FEWEST = 11  # rounds

Run = Callable[[], object]
Tell = Callable[[str], object]


@dataclass(frozen=True)
class Timed:
    """A network, what it moves, and the seconds that a run of its whole batch took, one for each round.

    `parts` are its layers, or types of them, if they were asked for.
    """

    traffic: Traffic
    seconds: tuple[float, ...] = field(repr=False)
    parts: tuple[Part, ...] = field(default=(), repr=False)

    @property
    def network(self) -> Network:
        """The network that ran."""
        return self.traffic.network

    @cached_property
    def median(self) -> float:
        """The median of the seconds."""
        return median(self.seconds)

    @cached_property
    def quartiles(self) -> tuple[float, float]:
        """Between these lies the middle half of the seconds."""
        low, _, high = quantiles(self.seconds, n=4, method="inclusive")
        return low, high


@dataclass(frozen=True)
class Latency(Displayed):
    """Networks that were timed side by side, in the order in which they were named.

    `conditions` are those under which they ran, `machine` what this machine reached at best under them.
    """

    conditions: Conditions
    machine: Machine
    timed: tuple[Timed, ...] = field(repr=False)

    @cached_property
    def fastest(self) -> Timed:
        """The network that takes the least part of a round: the median over rounds, as networks are compared."""
        rounds = list(map(sum, zip(*(each.seconds for each in self.timed), strict=True)))
        shares = [median(map(truediv, each.seconds, rounds)) for each in self.timed]
        return self.timed[shares.index(min(shares))]

    def slower(self, timed: Timed) -> Comparison:
        """How many times as long as the fastest a network takes, round by round."""
        return compare(timed.seconds, self.fastest.seconds)

    def least(self, movements: Iterable[Movement]) -> float:
        """The seconds that operations take at least by this machine's peaks, one after the other: their roofline."""
        return sum(each.least(self.machine.macs_per_second, self.machine.bytes_per_second) for each in movements)


def latency(
    subjects: Sequence[tuple[Network, nn.Module]],
    conditions: Conditions,
    tell: Tell = lambda text: None,
) -> Latency:
    """Time models of networks on random inputs; they stay as they are.

    `tell` is told what is worked on. Raises DesignError where a model does not run so, and where there is none.
    """
    if not subjects:
        raise DesignError("there is nothing to measure", "Name a network")
    with _threads(conditions.threads), torch.inference_mode():
        prepared = [_prepared(network, model, conditions, tell) for network, model in subjects]
        runs = [*(each.run for each in prepared), *peaks(conditions)]
        *times, products, copies = interleaved(runs, conditions.seconds, tell)
        moved = [traffic(network, conditions.precision, fused=conditions.is_fused) for network, _ in subjects]
        parts = [parts_of(*each, conditions) for each in zip(moved, prepared, strict=True)]
    reached = machine(conditions, products, copies)
    return Latency(conditions, reached, tuple(map(Timed, moved, times, parts)))


def interleaved(
    runs: Sequence[Run],
    seconds: float,
    tell: Tell = lambda text: None,
    clock: Callable[[], float] = perf_counter,
) -> list[tuple[float, ...]]:
    """The seconds of runs, one each for every round, until so many seconds are over, and at least FEWEST rounds.

    In a round every one runs twice, in another order each time: once for its data to come back into the caches, and
    once on the clock.
    """
    random, order = Random(0), list(range(len(runs)))  # noqa: S311, no secret
    rounds: list[list[float]] = []
    end = clock() + seconds
    while len(rounds) < FEWEST or clock() < end:
        tell(f"measuring: round {len(rounds) + 1}")
        random.shuffle(order)
        taken = {index: _timed(runs[index], clock) for index in order}
        rounds.append([taken[index] for index in range(len(runs))])
    return list(zip(*rounds, strict=True))


def _timed(run: Run, clock: Callable[[], float]) -> float:
    run()
    start = clock()
    run()
    return clock() - start


def _prepared(network: Network, model: nn.Module, conditions: Conditions, tell: Tell) -> Prepared:
    """A model that has run, so that what is done once is done: compiling, choosing kernels, allocating."""
    tell(f"preparing {network.title} in {conditions.engine}")
    try:
        prepared = prepare(model, network.inputs, network.batch, conditions)
        for _ in range(WARM_UP):
            prepared.run()
    except (DesignError, ModuleNotFoundError):
        raise
    except Exception as error:  # an engine may raise anything
        cause = f"{network.name or network.title} does not run in {conditions.engine}, {conditions.precision}"
        raise DesignError(f"{cause}: {lines_of(error)[-1]}") from None
    return prepared


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """So many threads inside, and afterwards as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
