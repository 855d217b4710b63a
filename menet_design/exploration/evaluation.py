"""Metrics of the designs of a box as arrays: closed forms, derived once for each structure of network."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, reduce
from typing import Any

from menet_design.exploration.boxes import Box, Plane
from menet_design.exploration.closed_forms import ClosedForm, closed_form
from menet_design.exploration.metrics import NAMES, Metric
from menet_design.exploration.space import Space
from menet_design.families import family
from menet_design.families.design import Design
from menet_design.families.formula import letters
from menet_design.families.symbolic import SymbolicNetwork, factors_of, multiple, symbolic

# What no letter stands for, by field.
_Fixed = tuple[tuple[str, Any], ...]


@cache
def _network(name: str, fixed: _Fixed) -> SymbolicNetwork:
    design = family(name)
    return symbolic(design, letters(design), dict(fixed))


@cache
def forms(name: str, fixed: _Fixed, metric: Metric) -> tuple[ClosedForm, ClosedForm]:
    """The sizes of a metric in a family's wholes, and what they are divided by.

    Raises DesignError where the family has no such quantity.
    """
    import sympy

    made = _network(name, fixed)
    metric.check_has(family(name), made.network)
    numbers = {each: whole * multiple(each, made.factors, made.wholes) for each, whole in made.wholes.items()}
    numbers |= dict(fixed)
    over = [metric.over] if isinstance(metric.over, int) else metric.over(made.network, numbers)
    sizes = [list(map(sympy.sympify, each)) for each in (metric.sizes(made.network, numbers), over)]
    return closed_form(sizes[0], made.wholes), closed_form(sizes[1], made.wholes)


@dataclass(frozen=True)
class OnPlane:
    """The closed forms of metrics on a plane, in what it extends along."""

    space: Space
    plane: Plane

    @cached_property
    def _fixed(self) -> _Fixed:
        known = letters(self.space.design)
        return tuple((field, value) for field, value in self.plane.numbers.items() if field not in known)

    @cached_property
    def multiples(self) -> dict[str, Any]:
        """What each number with a letter is a multiple of."""
        factors, numbers = factors_of(self.space.design), self.plane.numbers
        return {name: multiple(name, factors, numbers) for name in letters(self.space.design)}

    @cached_property
    def _wholes(self) -> dict[str, Any]:
        """The wholes of the numbers that all designs of the plane share."""
        shared = (name for name in self.multiples if name not in self.plane.lists)
        exact = {name: Fraction(self.plane.numbers[name]) / self.multiples[name] for name in shared}
        return {name: value.numerator if value.denominator == 1 else value for name, value in exact.items()}

    @cached_property
    def _largest(self) -> dict[str, int]:
        return {name: int(values[-1]) // self.multiples[name] for name, values in self.plane.lists.items()}

    @cached_property
    def _forms(self) -> dict[Metric, tuple[ClosedForm, ClosedForm]]:
        return {}

    def _form(self, metric: Metric) -> tuple[ClosedForm, ClosedForm]:
        if metric not in self._forms:
            size, over = forms(self.space.family, self._fixed, metric)
            self._forms[metric] = size.at(self._wholes, self._largest), over.at(self._wholes, self._largest)
        return self._forms[metric]

    def values(self, metric: Metric, arrays: Mapping[str, Any]) -> Any:
        """The values of a metric for arrays of what the plane extends along, by field, broadcast together."""
        size, over = self._form(metric)
        wholes = self._in_wholes(arrays)
        return _quotient(size.values(wholes), over.values(wholes))

    @cached_property
    def _along(self) -> dict[Any, Callable[[Any], Any]]:
        return {}

    def in_box(self, metric: Metric, box: Box, grid: Mapping[str, Any]) -> Any:
        """The values of a metric in a box: of one after the other along the first list, coefficients are kept."""
        wholes = self._in_wholes(grid)
        if box.shape[1:] != tuple(map(len, list(self.plane.lists.values())[1:])):
            return self.values(metric, grid)

        def values(form: ClosedForm) -> Any:
            if not form.names or form.maxima:
                return form.values(wholes)
            if id(form) not in self._along:
                self._along[id(form)] = form.along(wholes)
            return self._along[id(form)](wholes[form.names[0]])

        return _quotient(*map(values, self._form(metric)))

    def _in_wholes(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        return {name: array // self.multiples[name] for name, array in arrays.items()}


def _quotient(values: Any, divisor: Any) -> Any:
    return values if divisor.ndim == 0 and divisor == 1 else values / divisor


class Columns:
    """The designs of a box as arrays, by attribute: their numbers, such as `width`, and metrics, such as `macs`.

    All are broadcast together: what all designs of the box share is one number.
    """

    def __init__(self, space: Space, on: OnPlane, box: Box, metrics: Mapping[str, Metric]) -> None:
        self._space, self._on, self._box, self._metrics = space, on, box, metrics
        self._grid = box.grid()
        self._values: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._grid:
            return self._grid[name]
        if name in self._metrics:
            return self.of(self._metrics[name])
        if name in self._on.plane.numbers:
            return self._on.plane.numbers[name]
        if name in NAMES:
            raise AttributeError(f"{name} has no closed form, and so no array; limit it by max_{name}")
        raise AttributeError(f"designs of {self._space.family} have no {name}")

    def among(self, designs: Iterable[Design]) -> Any:
        """Which of them are one of some designs, all of which the space has: a mask."""
        import numpy

        masks = (self._are(design.numbers()) for design in designs if design.family == self._space.family)
        return reduce(numpy.logical_or, masks, numpy.False_)

    def _are(self, numbers: Mapping[str, Any]) -> Any:
        import numpy

        fixed = (field for field in numbers if field not in self._grid and field not in self._space.design.derived)
        if any(self._on.plane.numbers.get(field) != numbers[field] for field in fixed):
            return numpy.False_
        return reduce(numpy.logical_and, (self._grid[field] == numbers[field] for field in self._grid), numpy.True_)

    def of(self, metric: Metric) -> Any:
        """The values of a metric that has a closed form; worked out once."""
        if metric.name not in self._values:
            self._values[metric.name] = self._on.in_box(metric, self._box, self._grid)
        return self._values[metric.name]

    def counted(self, metric: Metric, indices: Any) -> Any:
        """The values of a metric that has none, for designs of some indices."""
        import numpy

        values = [metric.of(self._space.at(int(index))) for index in indices]
        return numpy.array(values, "int64" if metric.is_whole else float)
