"""How metrics are shown: in a sentence, on an axis, in a column."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from menet_design.report.tables import Column, plain
from menet_design.report.units import millions_like, milliseconds, percent, thousands


class Unit(NamedTuple):
    """What one of a metric is on an axis, the sign of that, and how an amount stands in a sentence."""

    scale: float = 1
    sign: str = ""
    said: Callable[[Any], str] = lambda value: f"{plain(Fraction(value)):,}"


_ONES, _MILLIONS, _KILOBYTES = Unit(), Unit(1e-6, " M"), Unit(1e-3, " kB")
_PERCENT = Unit(100, " %", percent)
_MILLISECONDS = Unit(1e3, " ms", lambda value: f"{milliseconds(1e3 * float(value))} ms")


class Shown(NamedTuple):
    """What amounts of a metric are called, the metric itself, and the best of it where it is minimised or maximised.

    `axis` says it along an axis, in its `unit`. The `column` is that of answers that do not have it anyway.
    """

    amounts: str
    itself: str
    least: str
    most: str
    axis: str
    unit: Unit = _ONES
    column: Column | None = None


def _number(amounts: str, axis: str, unit: Unit, column: Column | None = None) -> Shown:
    return Shown(amounts, f"the number of {amounts}", f"fewest {amounts}", f"most {amounts}", axis, unit, column)


def _quantity(amounts: str, itself: str, adjectives: tuple[str, str], axis: str, unit: Unit, column: Column) -> Shown:
    least, most = (f"{adjective} {itself}" for adjective in adjectives)
    return Shown(amounts, itself, least, most, axis, unit, column)


_share = partial(Column, show=percent)
_SMALL, _LITTLE, _LOW = ("smallest", "largest"), ("least", "most"), ("lowest", "highest")
_SHOWN = {
    "macs": _number("multiply-adds", "MFLOPs (multiply-adds)", _MILLIONS),
    "params": _number("parameters", "parameters (millions)", _MILLIONS),
    "activations": _number(
        "activations",
        "activations (millions)",
        _MILLIONS,
        Column("activations", "activations (M)", show_like=millions_like),
    ),
    "memory": _quantity(
        "bytes of peak memory",
        "peak memory",
        _LITTLE,
        "peak memory (kB)",
        _KILOBYTES,
        Column("memory", "RAM", thousands),
    )._replace(itself="memory"),
    "size": _quantity(
        "bytes of stored parameters",
        "size",
        _SMALL,
        "stored parameters (kB)",
        _KILOBYTES,
        Column("size", "flash", lambda value: thousands(int(value))),
    ),
    "loss": _number("lost connections", "lost connections (%)", _PERCENT, _share("loss", "lost"))._replace(
        itself="the share of lost connections"
    ),
    "exact_loss": _number(
        "lost connections, counted", "lost connections, counted (%)", _PERCENT, _share("exact_loss", "lost")
    )._replace(itself="the counted share of lost connections"),
    "fusion_share": _quantity(
        "of multiply-adds in the fusion branch",
        "share of the fusion branch",
        _SMALL,
        "multiply-adds in the fusion branch (%)",
        _PERCENT,
        _share("fusion_share", "fusion"),
    )._replace(itself="the share of the fusion branch"),
    "latency": _quantity(
        "of latency",
        "latency",
        _LOW,
        "latency (ms)",
        _MILLISECONDS,
        Column("latency", "ms", lambda value: milliseconds(1e3 * value)),
    ),
    "mixing_depth": _quantity(
        "blocks of mixing depth",
        "mixing depth",
        _SMALL,
        "mixing depth (blocks)",
        _ONES,
        Column("mixing_depth", "mixing depth"),
    ),
}


def shown(metric: str) -> Shown:
    """How a metric is shown; numbers of a design by the names of their fields, as they stand in its name."""
    if metric in _SHOWN:
        return _SHOWN[metric]
    return Shown(metric, metric, f"smallest {metric}", f"largest {metric}", metric)
