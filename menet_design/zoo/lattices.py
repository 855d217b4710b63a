"""Legal values that several families share."""

from collections.abc import Callable, Mapping
from typing import Any

from menet_design.design import MAX_CHANNELS, Lattice


def multiples(step: int) -> Callable[[Mapping[str, Any]], Lattice]:
    """Multiples of a step, whatever the other numbers are."""
    return lambda _: Lattice(range(step, MAX_CHANNELS + 1, step))


def multiples_above(floor: int, step: int) -> Lattice:
    """Multiples of a step above a number of channels."""
    return Lattice(range((floor // step + 1) * step, MAX_CHANNELS + 1, step))


def grouped_widths(numbers: Mapping[str, Any]) -> Lattice:
    """Multiples of 4g above the stem: each bottleneck is a quarter of its module and splits into g groups."""
    return multiples_above(numbers["stem"], 4 * numbers["groups"])


def grouped_stems(numbers: Mapping[str, Any]) -> Lattice:
    """Multiples of g: the first module emits w - c channels in g groups, and w is a multiple of g."""
    return Lattice(range(numbers["groups"], MAX_CHANNELS + 1, numbers["groups"]))
