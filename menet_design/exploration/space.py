"""The design space of a family: a lattice of candidate values, of which the legal designs are known without a search.

What is legal for the widths depends on numbers such as the groups. So the lattice is cut into planes, one for each
combination of those numbers; in a plane the legal designs are a product of lists, and each has an index.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import Any

from menet_design import families
from menet_design.errors import DesignError, IllegalDesign
from menet_design.exploration.boxes import Box, Plane, cut
from menet_design.families.design import Design
from menet_design.families.formula import letters
from menet_design.families.tiers import Tier, filled, tiers

# What planes extend along, if several values of it are candidates: the legal values of no other number depend on it.
_ALONG = ("width", "fusion", "resolution", "classes")
_MOST_PLANES = 2**17
_MOST = 2**63


@dataclass(frozen=True)
class Space:
    """The designs of a family whose numbers are among candidate values: ascending ones by `axes`.

    A stem or fusion width without an axis is that of each tier of the authors; any other number is the usual one.
    """

    family: str
    axes: Mapping[str, Sequence[Any]]

    @cached_property
    def design(self) -> type[Design]:
        """The class of its designs."""
        return families.family(self.family)

    @cached_property
    def along(self) -> tuple[str, ...]:
        """The fields that planes extend along."""
        known, usual = letters(self.design), self.design.defaults()
        follows = any(usual.get(field, 0) is None for field in known if field not in self.axes)
        free = _ALONG[2:] if follows else _ALONG  # what follows the width needs to know it
        return tuple(field for field in free if field in known and len(self.axes.get(field, ())) > 1)

    @cached_property
    def _across(self) -> dict[str, Sequence[Any]]:
        """The candidates of what is one number in each plane, and the tiers where they give one."""
        fixed = {field: values for field, values in self.axes.items() if field not in self.along}
        return {**fixed, "tier": self._tiers} if self.tiered else fixed

    @property
    def tiered(self) -> tuple[str, ...]:
        """The channels that follow from the authors' tiers."""
        return tuple(self._tiers[0].channels)

    @cached_property
    def _tiers(self) -> tuple[Tier, ...]:
        """The tiers of the family, with the channels that no axis gives."""
        return tuple(
            Tier(tier.macs, {field: value for field, value in tier.channels.items() if field not in self.axes})
            for tier in tiers(self.design)
        )

    @property
    def _planes(self) -> int:
        return prod(map(len, self._across.values()))

    def check(self) -> None:
        """Raise DesignError for a space that is too large to be counted, or in which nothing is a candidate."""
        for field, values in self.axes.items():
            if not values:
                raise DesignError(f"there is no {field} in the range that is asked for")
        if self.considered >= _MOST:
            raise DesignError(f"{self.considered:.3g} designs are more than 2^63", "Narrow the ranges")
        if self._planes > _MOST_PLANES:
            wide = max(self._across, key=lambda field: len(self._across[field]))
            cause = f"{self._planes:,} combinations of {', '.join(self._across)} are more than {_MOST_PLANES:,}"
            raise DesignError(cause, f"Give fewer values of {wide}")

    def fault(self) -> DesignError:
        """Why the first design of the lattice is not legal, where none is."""
        first = next(numbers for numbers in map(self._numbers, range(self._planes)) if numbers is not None)
        try:
            self.design(**first, **{field: self.axes[field][0] for field in self.along})
        except DesignError as error:
            cause = f"none of {self.considered:,} designs is legal; of the first, {error.cause}"
            return DesignError(cause, error.remedy, error.nearest)
        return DesignError(f"none of {self.considered:,} designs is legal")

    @property
    def considered(self) -> int:
        """The designs of the lattice, legal or not."""
        return self._planes * prod(len(self.axes[field]) for field in self.along)

    @property
    def legal(self) -> int:
        """The legal designs."""
        return self._starts[-1]

    @cached_property
    def _starts(self) -> list[int]:
        """The index of the first design of each plane, and behind them the number of all."""
        sizes = (
            0 if lists is None else prod(map(len, lists.values())) for lists in map(self._lists, range(self._planes))
        )
        return list(accumulate(sizes, initial=0))

    def _numbers(self, index: int) -> dict[str, Any] | None:
        """What is one number in a plane; None where a smaller tier gives the same."""
        numbers: dict[str, Any] = {}
        rest = index
        for field, values in self._across.items():
            rest, place = divmod(rest, len(values))
            numbers[field] = values[place]
        if "tier" not in numbers:
            return numbers
        *smaller, tier = self._tiers[: self._tiers.index(numbers.pop("tier")) + 1]
        made = filled(numbers, tier)
        return None if any(filled(numbers, each) == made for each in smaller) else made

    def _lists(self, index: int) -> dict[str, Sequence[Any]] | None:
        """The legal values along a plane, by field; None where no design of it is legal."""
        numbers = self._numbers(index)
        if numbers is None:
            return None
        lists = {field: self.axes[field] for field in self.along}
        known = {**self.design.defaults(), **numbers}
        for quantity in self.design.checked():
            legal = self.design.legal_values(quantity, known)
            if quantity in lists:
                lists[quantity] = legal.within(lists[quantity])
            elif not legal.allows(known[quantity]):
                return None
        return lists if all(map(len, lists.values())) and self._first(numbers, lists) else None

    def _first(self, numbers: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]) -> Design | None:
        """The first design of a plane; None where it is not legal, for whatever reason: then none of them is."""
        try:
            return self.design(**numbers, **{field: values[0] for field, values in lists.items()})
        except IllegalDesign:
            return None

    def plane(self, index: int) -> Plane:
        """A plane that has legal designs."""
        lists, numbers = self._lists(index) or {}, self._numbers(index) or {}
        first = self._first(numbers, lists)
        return Plane(first.numbers() if first else {}, lists, self._starts[index])

    def planes(self, first: int, stop: int) -> Iterator[Plane]:
        """The planes with designs of indices from one on, before another."""
        starts = self._starts
        for index in range(bisect_right(starts, first) - 1, len(starts) - 1):
            if starts[index] >= stop:
                break
            if starts[index] < starts[index + 1]:
                yield self.plane(index)

    def boxes(self, first: int, stop: int) -> Iterator[Box]:
        """The boxes that begin at indices from one on, before another."""
        for plane in self.planes(first, stop):
            for box in cut(plane):
                if first <= box.start < stop:
                    yield box

    def has(self, design: Design) -> bool:
        """Whether a design is one of its legal ones."""
        numbers = design.numbers()
        own = {field: [value for value in values if value == numbers.get(field)] for field, values in self.axes.items()}
        like = Space(self.family, own)
        is_like = design.family == self.family and all(own.values())
        return is_like and any(like.at(index) == design for index in range(like.legal))

    def at(self, index: int) -> Design:
        """The design of an index."""
        (plane,) = self.planes(index, index + 1)
        numbers, rest = dict(plane.numbers), index - plane.start
        for field, values in reversed(list(plane.lists.items())):
            rest, place = divmod(rest, len(values))
            numbers[field] = int(values[place])
        return self.design(**numbers)
