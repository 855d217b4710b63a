"""By which rules printed figures come out: the answers of `explain`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from menet_design.analysis.explanation import PLAIN, ExplainedRow, ExplainedTable, Explanation, Match
from menet_design.analysis.figures import Rule, missed
from menet_design.report.costs import assumptions, recorded_assumptions, settings
from menet_design.report.tables import Column, Document, Table, plain, text_column, unnested
from menet_design.report.units import millions_like


def explain(found: Explanation, hints: Sequence[str] = ()) -> Document:
    """The rules that make a figure, the plainest first, and below them those that miss it by least."""
    result = {
        "network": found.network.name,
        "figure": found.printed,
        "rules": list(map(_result, found.matches)),
        "nearest": list(map(_result, found.nearest)),
        **recorded_assumptions(found.network),
    }
    number = len(found.matches)
    by = {0: "comes out by no rule", 1: "comes out by one rule"}.get(number, f"comes out by {number} rules")
    notes = [settings(found.network), *assumptions([found.network])]
    if number > 1:
        notes.append("the plainest rule stands first: the fewer digits are printed, the more come out by chance")
    rows = [*map(_shown, found.matches), *map(_shown, found.nearest)]
    shown = Table(_COLUMNS, rows, chosen=0 if number else None, breaks=[number] if number else ())
    records = [each for key in ("rules", "nearest") for each in unnested([result], key, ("network", "figure"))]
    headline = f"{found.printed} of {found.network.title}: {by}"
    return Document("explain", [result], shown, headline, [*notes, *hints], records)


def _result(each: Match) -> dict[str, Any]:
    return {
        "rule": str(each.way),
        **each.way._asdict(),
        "total": each.total,
        "shortened": ", ".join(each.roundings),
        "deviation": float(each.deviation),
    }


def _shown(each: Match) -> dict[str, Any]:
    """A rule for people: how it makes the figure, or by how much it misses it."""
    outcomes = {0: missed(each.deviation), 1: "".join(each.roundings), 2: "either way"}
    made = "exactly" if not each.deviation else outcomes[len(each.roundings)]
    return {"rule": str(each.way._replace(sides="")), "on": each.way.sides or None, "total": each.total, "made": made}


_COLUMNS = [
    text_column("rule", "counted"),
    text_column("on"),
    Column("total", "total", lambda total: f"{plain(total):,}"),
    text_column("made", "comes out"),
]


def table(found: ExplainedTable, name: str = "table") -> Document:
    """A table with the number of each row's rule, and below it the rules by how many figures they make."""
    used = {each.rule for each in found.rows}
    numbers = {rule: index for index, rule in enumerate((rule for rule, _ in found.rules if rule in used), 1)}
    rows = [
        {
            "network": each.network.name,
            "printed": each.printed,
            "total": each.total,
            "rule": str(numbers[each.rule]) if each.rule else "none",
            "missed": None if each.rule else missed(each.deviation),
            "breaks": None if each.holds else "←",
        }
        for each in found.rows
    ]
    made = sum(each.holds for each in found.rows)
    headline = f"{name}: {made} of {len(rows)} figures come out by the rule of most rows"
    notes = list(_legend(found, numbers))
    if made < len(rows):
        notes.append("← breaks the rule of most rows")
    return Document("explain", list(map(_row, found.rows)), Table(_ROW_COLUMNS, rows), headline, notes)


def _legend(found: ExplainedTable, numbers: Mapping[Rule, int]) -> Iterator[str]:
    """The rules that rows stand under, and, if it is none of them, the plainest, with how many figures each makes."""
    for rule, figures in found.rules:
        if rule in numbers:
            yield f"rule {numbers[rule]}: {rule}, makes {figures} of {len(found.rows)}"
        elif rule.counted in PLAIN and rule.rounding == "rounded":
            yield f"{rule}, makes {figures}"


def _row(each: ExplainedRow) -> dict[str, Any]:
    return {
        "network": each.network.name,
        "figure": each.printed,
        "rule": str(each.rule) if each.rule else None,
        "holds": each.holds,
        "total": each.total,
        "deviation": float(each.deviation),
    }


_ROW_COLUMNS = [
    text_column("network"),
    Column("printed", "printed"),
    Column("total", "counted", show_like=millions_like),
    Column("rule", "rule"),
    text_column("missed", ""),
    text_column("breaks", ""),
]
