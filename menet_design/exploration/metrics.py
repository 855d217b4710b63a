"""What designs are searched by: each metric as one function of a network and its numbers, be they ints or expressions.

Of a network of symbols it gives closed forms, which are evaluated over arrays; of a design's own network its value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

from menet_design.analysis.connectivity import connectivity
from menet_design.analysis.cost import count
from menet_design.analysis.memory import DTYPES, moments
from menet_design.analysis.size import SCHEMES, size
from menet_design.errors import DesignError
from menet_design.exploration.latencies import Latencies
from menet_design.families.architectures import network
from menet_design.families.design import Design
from menet_design.graph.network import Network
from menet_design.values import check_known, reduced

# Of a network and its numbers, by field: sizes of which the largest is meant.
Sizes = Callable[[Network, Mapping[str, Any]], Sequence[Any]]


@dataclass(frozen=True)
class Metric:
    """A quantity of designs: the largest of some sizes over another, in "numbers", "bytes", "seconds" or a "share".

    `needs` is the field without which no design has it, `branch` the branch. One that `grows` does not fall where the
    width alone is larger; one that `climbs` is larger there.
    `is_counted`: there is no closed form, so that each design is counted by itself. `how` says of which type it is;
    name and type tell a metric from others.
    """

    name: str
    sizes: Sizes = field(compare=False)
    over: Sizes | int = field(default=1, compare=False)
    unit: str = "numbers"
    needs: str = ""
    branch: str = ""
    grows: bool = False
    climbs: bool = False
    is_counted: bool = False
    how: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number of every design."""
        return self.over == 1 and self.unit in ("numbers", "bytes")

    def of(self, design: Design) -> int | Fraction:
        """The exact value of a design."""
        made, numbers = network(design), design.numbers()
        over = self.over if isinstance(self.over, int) else max(self.over(made, numbers))
        value: int | Fraction = reduced(Fraction(max(self.sizes(made, numbers))) / over)
        return value

    def check_has(self, family: type[Design], fixed: Network) -> None:
        """Raise DesignError unless designs of a family, one of whose networks is given, have this quantity."""
        if self.needs and not family.has(self.needs):
            lacking = f", and so no {self.name.replace('_', ' ')}" if self.name != self.needs else ""
            raise DesignError(f"a network like {family.example} has no {self.needs}{lacking}")
        if self.branch and self.branch not in fixed.branches:
            raise DesignError(f"a network like {family.example} has no {self.branch} branch")


def _cost(amount: str, made: Network, _: Mapping[str, Any]) -> list[Any]:
    return [getattr(count(made), amount)]


def _branch(name: str, made: Network, _: Mapping[str, Any]) -> list[Any]:
    return [sum(group.macs for group in count(made).by("branch") if group.name == name)]


def _peak(dtype: str, in_place: bool, made: Network, _: Mapping[str, Any]) -> list[Any]:
    return [moment.bytes for moment in moments(made, dtype, in_place=in_place)]


def _bits(scheme: str, made: Network, _: Mapping[str, Any]) -> list[Any]:
    return [size(made, scheme).bits]


def _field(name: str, less: int, _: Network, numbers: Mapping[str, Any]) -> list[Any]:
    return [numbers[name] - less]


def _exact_loss(made: Network, _: Mapping[str, Any]) -> list[Any]:
    """The share of lost connections around each shuffle, counted channel by channel."""
    return [pair.exact_loss_ratio for pair in connectivity(made).pairs]


def _mixing_depth(made: Network, _: Mapping[str, Any]) -> list[Any]:
    """The blocks after which every channel is connected to every other; more than any network has where none are."""
    found = connectivity(made).mixing_depth
    return [len(made.blocks) + 1 if found is None else found]


_MACS = partial(_cost, "macs")
_COSTS = {
    "macs": Metric("macs", _MACS, grows=True, climbs=True),
    "params": Metric("params", partial(_cost, "params"), grows=True, climbs=True),
    "activations": Metric("activations", partial(_cost, "activations"), grows=True, climbs=True),
    "loss": Metric("loss", partial(_field, "groups", 1), partial(_field, "groups", 0), "share", "groups"),
    "exact_loss": Metric("exact_loss", _exact_loss, 1, "share", "groups", is_counted=True),
    "fusion_share": Metric("fusion_share", partial(_branch, "fusion"), _MACS, "share", branch="fusion"),
    "mixing_depth": Metric("mixing_depth", _mixing_depth, is_counted=True),
}
# Those with a closed form, and all.
CLOSED = ("macs", "params", "activations", "memory", "size", "loss", "fusion_share")
NAMES = (*CLOSED, "latency", "exact_loss", "mixing_depth")
UNITS: Mapping[str, str] = {
    **{name: metric.unit for name, metric in _COSTS.items()},
    **dict.fromkeys(("memory", "size"), "bytes"),
    "latency": "seconds",
}
# Fields that can be limits and objectives, too.
FIELDS = ("width", "fusion", "resolution", "groups", "stem")

# What others call them.
_ALIASES = {
    **dict.fromkeys(("flops", "mflops", "multiply-adds"), "macs"),
    **dict.fromkeys(("parameters", "weights"), "params"),
    **dict.fromkeys(("ram", "peak"), "memory"),
    **dict.fromkeys(("flash", "bytes"), "size"),
}


def metric(
    name: str,
    dtype: str = "float32",
    in_place: bool = False,
    scheme: str = "float32",
    latencies: Latencies | None = None,
) -> Metric:
    """The metric of a name: one of NAMES, or a number of designs, one of FIELDS.

    Memory is that of activations in one of `memory.DTYPES`, size that of parameters under one of `size.SCHEMES`,
    latency that of a table. Raises DesignError for any other, and for latency without a table.
    """
    if name in _ALIASES:
        raise DesignError(f"metric {name!r} is not known", f"Did you mean {_ALIASES[name]}?")
    check_known("metric", name, (*NAMES, *FIELDS))
    check_known("type", dtype, DTYPES)
    check_known("scheme", scheme, SCHEMES)
    if name == "latency":
        return _latency(latencies)
    how = f"{dtype}, in place" if in_place else dtype
    made = {
        "memory": Metric("memory", partial(_peak, dtype, in_place), unit="bytes", grows=True, how=how),
        "size": Metric("size", partial(_bits, scheme), 8, "bytes", grows=True, climbs=True, how=scheme),
        **{number: Metric(number, partial(_field, number, 0), needs=number) for number in FIELDS},
    }
    return made[name] if name in made else _COSTS[name]


def _latency(latencies: Latencies | None) -> Metric:
    if latencies is None:
        remedy = "Give a table of designs that menet-design latency wrote: --latencies measured.csv"
        raise DesignError("latency is measured, not counted", remedy)
    return Metric("latency", lambda made, numbers: [latencies.of(made, numbers)], unit="seconds", is_counted=True)
