"""From what somebody asks for to a question: spaces, limits and objectives, checked against each other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from inspect import signature
from pathlib import Path
from typing import Any

from menet_design import families
from menet_design.analysis.memory import DTYPES
from menet_design.errors import DesignError
from menet_design.exploration.constraints import Constraint, Objective
from menet_design.exploration.kept import MOST
from menet_design.exploration.latencies import Latencies, read
from menet_design.exploration.metrics import CLOSED, FIELDS, NAMES, Metric, metric
from menet_design.exploration.reading import amount, candidates, values_of
from menet_design.exploration.search import Question
from menet_design.exploration.space import Space
from menet_design.families.design import Design
from menet_design.families.formula import letters
from menet_design.values import check_known, check_type, check_whole, named

TOP = 10
# Of what nobody asks for: as the budget's figures have them, and as wide as published networks are and some more.
_GROUPS, _WIDTHS = range(1, 9), range(1, 2049)
# What is easily worked out comes first, since it may spare the rest.
_ORDER = (
    *FIELDS,
    "loss",
    "params",
    "activations",
    "size",
    "macs",
    "fusion_share",
    "memory",
    "latency",
    "exact_loss",
    "mixing_depth",
)


def ask(
    family: str | Iterable[str] = "menet",
    *,
    minimise: str | Iterable[str] | None = None,
    maximise: str | Iterable[str] | None = None,
    top: int | None = None,
    every: bool = False,
    where: Callable[..., Any] | None = None,
    dtype: str = "float32",
    in_place: bool = False,
    scheme: str | None = None,
    sweep: bool = False,
    latencies: str | Path | None = None,
    fit_latency: bool = False,
    **asked: Any,
) -> Question:
    """A question about the designs of one or several families; see `menet_design.search`.

    Raises DesignError for what no family has, for limits that contradict each other and for ranges that hold nothing;
    TypeError for what is of another type.
    """
    check_type("every, all in a file,", every, bool, "true or false")
    check_type("in_place", in_place, bool, "true or false")
    check_type("fit_latency", fit_latency, bool, "true or false")
    check_type("where", where, Callable | None, "a function of arrays, as lambda d: d.width > 100")
    check_known("type", dtype, DTYPES)
    table = _latencies(latencies, fit_latency)
    spaces = _spaces(_names("a family", family), _without_limits(asked))

    def of(name: str) -> Metric:
        return metric(name, dtype, in_place, scheme or dtype, table)

    constraints = [_constraint(key, given, of) for key, given in asked.items() if _is_limit(key)]
    constraints.sort(key=lambda each: _ORDER.index(each.metric.name))
    _check_limits(constraints)
    objectives = [Objective(of(name)) for name in _names("an objective", minimise)]
    objectives += [Objective(of(name), minimise=False) for name in _names("an objective", maximise)]
    objectives = objectives or [Objective(of("macs"), minimise=False)]
    _check_objectives(objectives, top, every)
    metrics = [*(each.metric for each in constraints), *(each.metric for each in objectives)]
    _check_had(spaces, metrics)
    if table and not any(each.name == "latency" for each in metrics):
        raise DesignError("latencies are for a limit on latency, or a goal", "Give max_latency, or minimise latency")
    shown = None if every or len(objectives) > 1 else check_whole("top", TOP if top is None else top, 1, MOST)
    closed = tuple(map(of, CLOSED))
    return Question(spaces, tuple(constraints), tuple(objectives), shown, where, closed, sweep, table)


def _latencies(path: str | Path | None, fits: bool) -> Latencies | None:
    """The table of a file, with a fit if it is asked for."""
    if path is None:
        if fits:
            raise DesignError("there is nothing to fit latency to", "Give latencies=measured.csv, or --latencies")
        return None
    check_type("latencies", path, (str, Path), "the path of a table")
    found = read(Path(path))
    return found.fitted() if fits else found


def _names(what: str, given: Any) -> list[Any]:
    """Names, each of which may be several: "loss,macs"."""
    return [part for name in named(what, given) for part in (name.split(",") if isinstance(name, str) else [name])]


def _is_limit(key: str) -> bool:
    return key.startswith(("max_", "min_"))


def _without_limits(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {key: candidates(given) for key, given in asked.items() if not _is_limit(key)}


def _spaces(names: Sequence[str], numbers: Mapping[str, Any]) -> tuple[Space, ...]:
    """The space of each family, with the numbers that it has. Raises DesignError for one that none of them has."""
    found = list(dict.fromkeys(families.family(name) for name in names))
    if not found:
        raise DesignError("a search needs a family", f"Known: {', '.join(families.FAMILIES)}")
    for field in numbers:
        having = [family for family in found if _varies(family, field)]
        if not having:
            raise _unknown(found[0], field)
    spaces = tuple(Space(family.family, _axes(family, numbers)) for family in found)
    for space in spaces:
        space.check()
    if not any(space.legal for space in spaces):
        raise spaces[0].fault()
    return spaces


def _unknown(family: type[Design], name: str) -> DesignError:
    """What is asked for and is none of a family's numbers, nor anything else: the name that is nearest, or those."""
    limits = [f"{end}_{metric}" for end in ("max", "min") for metric in (*NAMES, *FIELDS)]
    near = get_close_matches(name, [*_fields(family), *limits, *signature(ask).parameters], 1, 0.85)
    remedy = f"Did you mean {near[0]}?" if near else f"It has {', '.join(_fields(family))}"
    return DesignError(f"a network like {family.example} has no {name or repr(name)} to search", remedy)


def _fields(family: type[Design]) -> list[str]:
    """The numbers of a family that can be searched."""
    left_out = {*family.optional, *family.derived}
    return [each.name for each in fields(family) if each.name not in left_out]


def _varies(family: type[Design], field: str) -> bool:
    return field in _fields(family)


def _axes(family: type[Design], numbers: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """The candidates of each number of a family that is asked for, and the usual ones of what it needs beside them."""
    usual: dict[str, Sequence[Any]] = {"groups": _GROUPS} if family.has("groups") else {}
    if family.has("width"):
        published = tuple(sorted({vars(each)["width"] for each in family.published}))
        usual["width"] = _WIDTHS if "width" in letters(family) else published
    given = {field: values_of(family, field, each) for field, each in numbers.items() if _varies(family, field)}
    return usual | given


def _constraint(key: str, given: Any, of: Callable[[str], Metric]) -> Constraint:
    name = key[4:]
    return Constraint(of(name), amount(name, given), key.startswith("max_"))


def _check_limits(constraints: Sequence[Constraint]) -> None:
    """Raise DesignError where more is asked of a metric than is allowed."""
    least = {each.metric.name: each.limit for each in constraints if not each.at_most}
    for each in constraints:
        if each.at_most and least.get(each.metric.name, 0) > each.limit:
            name = each.metric.name
            raise DesignError(f"min_{name} is more than max_{name}: nothing can fit", "Swap them")


def _check_objectives(objectives: Sequence[Objective], top: int | None, every: bool) -> None:
    names = [each.metric.name for each in objectives]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise DesignError(f"{twice} is an objective twice", "Minimise or maximise it, once")
    if len(objectives) > 1 and (top is not None or every):
        raise DesignError(
            "the front of several objectives is never cut", "Leave out top and all, or give one objective"
        )
    if top is not None and every:
        raise DesignError("top and all contradict each other", "Give one of them")


def _check_had(spaces: Sequence[Space], metrics: Iterable[Metric]) -> None:
    """Raise DesignError for a quantity that the networks of a family do not have."""
    from menet_design.families.architectures import network

    for space in spaces:
        example = network(next(iter(space.design.published)))
        for each in metrics:
            each.check_has(space.design, example)
