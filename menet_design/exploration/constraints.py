"""Limits on what designs may cost, and what is best of those within them."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

from menet_design.exploration.metrics import Metric


@dataclass(frozen=True)
class Constraint:
    """A metric of at most, or else of at least, a limit."""

    metric: Metric
    limit: int | Fraction
    at_most: bool = True

    @property
    def name(self) -> str:
        """As it is asked for: "max_macs"."""
        return f"{'max' if self.at_most else 'min'}_{self.metric.name}"

    def holds(self, values: Any) -> Any:
        """Whether values, one or an array of them, are within the limit."""
        return values <= self._limit if self.at_most else values >= self._limit

    @property
    def _limit(self) -> int | float:
        """The limit as whole values are compared with it, exactly, or else as quotients are."""
        if not self.metric.is_whole:
            return float(self.limit)
        within = min(self.limit, 2**63 - 1)
        return floor(within) if self.at_most else ceil(within)


@dataclass(frozen=True)
class Objective:
    """A metric that is to be as small, or as large, as can be."""

    metric: Metric
    minimise: bool = True

    @property
    def name(self) -> str:
        """As it is asked for: "minimise macs"."""
        return f"{'minimise' if self.minimise else 'maximise'} {self.metric.name}"

    def signed(self, values: Any) -> Any:
        """Values, or an array of them, the less the better: whole ones as int64."""
        whole = values.astype("int64") if self.metric.is_whole else values
        return whole if self.minimise else -whole
