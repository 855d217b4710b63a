"""Designs within limits: the answer of `search` and `merge`."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from menet_design.analysis.conventions import PAPER
from menet_design.exploration.constraints import Constraint, Objective
from menet_design.exploration.found import Binding, Fitting, Found
from menet_design.exploration.latencies import Latencies
from menet_design.exploration.space import Space
from menet_design.families.design import UNNAMED
from menet_design.report import costs
from menet_design.report.metrics import shown
from menet_design.report.tables import Column, Document, Table, picked, text_column
from menet_design.report.units import millions, percent
from menet_design.values import listed

# Conditions whose values say what they are.
_PLAIN = ("engine", "precision", "software", "machine")


def search(found: Found, hints: Sequence[str] = ()) -> Document:
    """The designs that a search found or, where none fits, what each limit would have to allow."""
    fitting = found.fitting
    table = _bindings(found.binding) if found.binding else _table(found)
    notes = [
        *_limits(found.question.constraints),
        *(f"{space.family}: {_space(space)}" for space in found.question.spaces),
        f"{found.considered:,} designs considered, {found.legal:,} legal, {found.feasible:,} within the limits",
        *_legend(found),
        *_latency_notes(found),
        *costs.assumptions(each.cost.network for each in fitting),
        PAPER.statement,
        *hints,
    ]
    records = [_recorded(found, each) for each in fitting]
    result = {
        "limits": {each.name: each.limit for each in found.question.constraints},
        "objectives": [each.name for each in found.question.objectives],
        "considered": found.considered,
        "legal": found.legal,
        "searched": found.searched,
        "feasible": found.feasible,
        **_latencies(found),
        "designs": records,
        "binding": list(map(_binding, found.binding)),
    }
    lines = [each | _fit_errors(found) for each in records]
    keys = () if lines else ("network", "family", "macs", "params", "activations", *found.question.asked)
    return Document("search", [result], table, _headline(found), notes, lines, keys=keys)


def _headline(found: Found) -> str:
    of = f"{found.considered:,} designs"
    if found.searched < found.legal:
        share = percent(Fraction(found.searched, found.legal))
        return f"interrupted after {share} of {found.legal:,} legal designs: {found.feasible:,} fit so far"
    if not found.feasible:
        return f"none of {of} fits: {_what_binds(found)}"
    fit = f"{found.feasible:,} of {of} fit{'s' * (found.feasible == 1)}"
    objectives = found.question.objectives
    if len(objectives) > 1:
        *goals, last = map(_goal, objectives)
        number = len(found.designs)
        return f"{fit}; {number:,} {'is' if number == 1 else 'are'} on the front of {', '.join(goals)} and {last}"
    return f"{fit}; the {_goal(objectives[0])}: {found.designs[0]}"


def _goal(objective: Objective) -> str:
    called = shown(objective.metric.name)
    return called.least if objective.minimise else called.most


def _what_binds(found: Found) -> str:
    """What has to give: one limit or, where no single one is why, those that no design meets."""
    names = [each.constraint.metric.name for each in found.binding]
    if found.refused and not names:
        return f"where holds for none of the {found.refused:,} within the limits"
    if not names:
        return "no single limit is why"
    if not found.binding[0].alone:
        *others, last = names if len(names) > 1 else [*names, "another limit"]
        return f"{', '.join(others)} and {last} have to give"
    if len(names) > 1 or found.refused:
        return f"one of {', '.join([*names, *['where'] * bool(found.refused)])} has to give"
    return _alone(found.binding[0])


def _alone(binding: Binding) -> str:
    metric, end = binding.constraint.metric.name, "least" if binding.constraint.at_most else "most"
    return f"{shown(metric).itself} is what binds; {_amount(metric, binding.needed)} is the {end}, at {binding.design}"


def _limits(constraints: Sequence[Constraint]) -> list[str]:
    """What is allowed at most and at least."""
    found: list[str] = []
    for at_most in (True, False):
        amounts = [
            f"{_amount(each.metric.name, each.limit)} {shown(each.metric.name).amounts}"
            for each in constraints
            if each.at_most == at_most
        ]
        found += [f"at {'most' if at_most else 'least'} {', '.join(amounts)}"] if amounts else []
    return found


def _amount(metric: str, value: int | Fraction) -> str:
    return shown(metric).unit.said(value)


def _space(space: Space) -> str:
    """The candidates of each number."""
    said = [f"{field.replace('_', ' ')} {_values(values)}" for field, values in space.axes.items()]
    tiered = [f"{' and '.join(space.tiered)} as the authors chose for each size"] if space.tiered else []
    return ", ".join([*said, *tiered])


def _values(values: Sequence[Any]) -> str:
    if isinstance(values, range) and len(values) > 3:
        step = f" in steps of {values.step}" if values.step > 1 else ""
        return f"{values.start:,} to {values[-1]:,}{step}"
    return listed(values)


def _legend(found: Found) -> list[str]:
    asked = found.question.asked
    texts = {
        "memory": "RAM: bytes of activations at their peak ({}); see menet-design memory",
        "size": "flash: bytes of the stored parameters ({}); see menet-design size",
        "loss": "lost: share of the inter-group connections that grouping loses",
        "exact_loss": "lost: the same, counted around the shuffle that loses most",
    }
    return [text.format(asked[name].how) for name, text in texts.items() if name in asked]


def _latencies(found: Found) -> dict[str, Any]:
    """The table of latencies and the fit to it, for machines; nothing where they were not asked for."""
    table = found.latencies
    if table is None:
        return {}
    fitted = table.fit and {
        **picked(table.fit, "networks", "macs", "median_error", "largest_error"),
        "seconds": table.fit.seconds._asdict(),
    }
    return {"latencies": {**picked(table, "table", "conditions"), "measured": found.measured, "fit": fitted}}


def _fit_errors(found: Found) -> dict[str, float]:
    """How far off a fit is, beside each design of a table that has no notes."""
    fit = found.latencies and found.latencies.fit
    return {"fit_median_error": fit.median_error, "fit_largest_error": fit.largest_error} if fit else {}


def _latency_notes(found: Found) -> list[str]:
    """Whose latencies these are, how they were measured, and how far off a fit is."""
    table = found.latencies
    if table is None:
        return []
    source = (
        f"ms: the median of a run by {table.table}, which has {found.measured:,} of the {found.legal:,} legal designs"
    )
    if table.fit is None:
        return [f"{source}; others are left out", _conditions(table)]
    error = f"{percent(table.fit.median_error)} in the median and {percent(table.fit.largest_error)} at most"
    designs = f"{table.fit.networks:,} designs of {' to '.join(map(millions, table.fit.macs))} MFLOPs"
    held_out = f"of each of its {designs}, held out, the fit to the others is off by {error}"
    return [f"{source}; ≈: by a fit to it", held_out, _conditions(table)]


def _conditions(table: Latencies) -> str:
    """What a table says of how it was measured: "measured with onnxruntime, threads 1, batch 1, float32"."""
    said = (
        value if key in _PLAIN else " ".join((*key.split("_"), *([value] if value != "True" else [])))
        for key, value in table.conditions.items()
        if value != "False"
    )
    return f"measured with {', '.join(said)}"


def _table(found: Found) -> Table:
    """A row a design: its name, what was searched and is no part of the name, and what was asked for."""
    rows = [_row(found, each) for each in found.fitting]
    asked = [column for name in found.question.asked if (column := shown(name).column)]
    searched = {key for space in found.question.spaces for key, values in space.axes.items() if len(values) > 1}
    unnamed = [Column(key, key) for key in UNNAMED[1:] if key in searched]
    columns = [
        text_column("network"),
        *unnamed,
        costs.MACS,
        costs.PARAMS_IN_MILLIONS,
        *asked,
        text_column("about", ""),
        text_column("remark", ""),
    ]
    return Table(columns, rows, chosen=0 if rows else None)


def _row(found: Found, each: Fitting) -> dict[str, Any]:
    about = "≈" if found.is_fitted(each.design) else None
    return {**costs.described(each.cost), **each.values, "about": about, "remark": _remark(each)}


def _remark(each: Fitting) -> str | None:
    """A mark at a published design, or the stem without which its name means another one."""
    printed = each.figures
    if printed:
        return f"← {'reconstruction' if printed[0].of_reconstruction else 'published'}: {printed[0].source}"
    return f"needs --stem {each.stem}" if each.stem else None


def _recorded(found: Found, each: Fitting) -> dict[str, Any]:
    sources = ", ".join(figure.source for figure in each.figures)
    fitted = {"fitted": found.is_fitted(each.design)} if found.latencies else {}
    return {**costs.described(each.cost), **each.values, **fitted, "published": sources or None}


def _bindings(binding: Sequence[Binding]) -> Table:
    """What each limit would have to allow while the others stay."""
    rows = [
        {
            "limit": each.constraint.name.replace("_", " "),
            "asked": _amount(each.constraint.metric.name, each.constraint.limit),
            "needed": _amount(each.constraint.metric.name, each.needed),
            "design": str(each.design),
        }
        for each in binding
    ]
    amounts = [Column("asked", "asked"), Column("needed", "needed")]
    return Table([text_column("limit"), *amounts, text_column("design", "for")], rows)


def _binding(each: Binding) -> dict[str, Any]:
    return {
        "limit": each.constraint.name,
        "asked": each.constraint.limit,
        "needed": each.needed,
        "alone": each.alone,
        "design": costs.described(each.cost),
    }
