"""Costs of designs: the answers of `flops` and `networks`."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import compress
from typing import Any

from menet_design.analysis.conventions import PAPER
from menet_design.analysis.cost import Cost, Row
from menet_design.design import IMAGENET, Design, Quote
from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.report.units import exact, millions, millions_like, percent, shape, some_millions

_AMOUNTS = {"macs": "MFLOPs", "params": "params (M)", "activations": "activations (M)"}


def _amount(key: str, header: str, costs: Sequence[Cost]) -> Column:
    """A column of millions that shows enough of the smallest design."""
    return Column(key, header, millions_like(getattr(cost, key) for cost in costs))


def described(cost: Cost) -> dict[str, Any]:
    """A design and its totals for machines."""
    numbers = cost.design.numbers()
    fields = ("width", "fusion", "expansion", "groups", "stem", "resolution", "classes")
    return {
        "network": cost.design.name,
        "family": cost.design.family,
        **{field: _plain(numbers.get(field)) for field in fields},
        "macs": cost.macs,
        "params": cost.params,
        "activations": cost.activations,
        "convention": cost.convention.name,
    }


def recorded(cost: Cost) -> dict[str, Any]:
    """A design, its totals and its readings for JSON."""
    return described(cost) | recorded_readings(cost.design)


def recorded_readings(design: Design) -> dict[str, list[dict[str, Any]]]:
    """What a design takes for granted, for JSON; nothing where it takes nothing."""
    found = [{**reading._asdict(), "instead": list(reading.instead)} for reading in design.readings]
    return {"readings": found} if found else {}


def readings(designs: Iterable[Design]) -> list[str]:
    """What designs take for granted, a line for those that share it."""
    designs = list(dict.fromkeys(designs))
    shared: dict[str, list[str]] = {}
    for design in designs:
        for reading in design.readings:
            shared.setdefault(str(reading), []).append(design.name)
    whose = {text: f" of {', '.join(names)}" if len(designs) > 1 else "" for text, names in shared.items()}
    return [Prose(f"reading{whose[text]}: {text}") for text in shared]


def other_units(designs: Iterable[Design]) -> list[str]:
    """Of designs whose own paper counts more than one FLOP a multiply-add: that it does."""
    units = {
        design.name: quote.flops_per_mac
        for design in designs
        for quotes in type(design).published.values()
        for quote in quotes
        if quote.flops_per_mac > 1
    }
    hints = {2: ", as --convention torch does"}
    return [
        Prose(f"{name}: its own paper counts {unit} FLOPs a multiply-add{hints.get(unit, '')}")
        for name, unit in units.items()
    ]


def flops(costs: Sequence[Cost], by: str | None, hints: Sequence[str]) -> Document:
    """What designs cost, gathered by one of GROUPINGS: by default one design by stage, several in total."""
    rows = [cost.by(by or "layer") for cost in costs]
    results = [
        {**recorded(cost), "rows": [_entry(row) for row in each]} for cost, each in zip(costs, rows, strict=True)
    ]
    records = _records(costs, rows) if by else _total_records(costs)
    notes: tuple[str, ...] = (costs[0].convention.statement, *hints)
    stated = [*readings(cost.design for cost in costs), *other_units(cost.design for cost in costs)]
    if len(costs) == 1:
        notes = (_taken(costs[0], " of the MFLOPs"), *stated, *notes)
        return Document("flops", results, _single(costs[0], by or "stage"), _headline(costs[0]), notes, records)
    if by:
        taken = [f"{cost.design.name}: {_taken(cost)}" for cost in costs]
        return Document("flops", results, _side_by_side(costs, rows), "", (*taken, *stated, *notes), records)
    return Document("flops", results, _totals(costs), "", (*_inputs(costs), *stated, *notes), records)


def _inputs(costs: Sequence[Cost]) -> list[str]:
    """What designs are fed and give: once if it is the same for all of them."""
    inputs = {cost.design.name: _input(cost.design) for cost in costs}
    if len(set(inputs.values())) == 1:
        return [_input(costs[0].design)]
    return [f"{name}: {each}" for name, each in inputs.items()]


def networks(published: Sequence[tuple[Cost, Sequence[Quote]]]) -> Document:
    """The published networks, with what the sources print beside what is counted."""
    results = [{**recorded(cost), "printed": [quote._asdict() for quote in quotes]} for cost, quotes in published]
    quotes, designs = [first for _, (first, *_) in published], [cost.design for cost, _ in published]
    macs = _amount("macs", "MFLOPs", [cost for cost, _ in published])
    columns = [macs if column.key == macs.key else column for column in _PUBLISHED]
    records = Table(columns, [_published(cost, first) for cost, (first, *_) in published])
    notes = (
        published[0][0].convention.statement,
        f"paper, top1 and top5 ({IMAGENET}, center crop) are quoted from the source",
        *_other_data([(cost.design.name, first) for cost, (first, *_) in published]),
        *_printed_units(quotes),
        *_reconstructions(designs),
        *under_readings(designs),
    )
    return Document("networks", results, _legible(records, quotes), "", notes, records)


_PUBLISHED = (
    Column("network", "network", align="left"),
    Column("macs", "MFLOPs"),
    Column("printed_mflops", "paper"),
    Column("params", "params (M)", millions),
    Column("stem", "stem"),
    Column("top1_percent", "top1 %", "{:.2f}".format),
    Column("top5_percent", "top5 %", "{:.2f}".format),
    Column("source", "source", align="left"),
    Column("dataset", "data", align="left"),
    Column("flops_per_mac", "FLOPs a MAC"),
    Column("family", "family", align="left"),
)


# What flops says of a network; a line of 80 columns has no room for it here.
_RECORDED_ONLY = ("params", "stem", "dataset", "flops_per_mac", "family")


def _published(cost: Cost, quote: Quote) -> tuple[Any, ...]:
    """A network, what it costs, and what a source prints of it."""
    counted = cost.design.name, cost.macs, quote.mflops, cost.params, cost.design.numbers().get("stem")
    return (*counted, quote.top1, quote.top5, quote.source, quote.dataset, quote.flops_per_mac, cost.design.family)


def _legible(records: Table, quotes: Sequence[Quote]) -> Table:
    """For people: printed FLOPs in their source's unit, "11.4/2", and what fits beside them: no empty columns."""
    printed = [_per_mac(quote) for quote in quotes]
    rows = [[*row[:2], text, *row[3:]] for row, text in zip(records.rows, printed, strict=True)]
    shown = [
        index
        for index, values in enumerate(zip(*rows, strict=True))
        if records.columns[index].key not in _RECORDED_ONLY and any(each is not None for each in values)
    ]
    return Table([records.columns[index] for index in shown], [[row[index] for index in shown] for row in rows])


def _per_mac(quote: Quote) -> str | None:
    if quote.mflops is None:
        return None
    return str(quote.mflops) + (f"/{quote.flops_per_mac}" if quote.flops_per_mac > 1 else "")


def _printed_units(quotes: Sequence[Quote]) -> list[str]:
    """Which sources count more than one FLOP a multiply-add."""
    units = sorted({quote.flops_per_mac for quote in quotes if quote.flops_per_mac > 1})
    return [f"/{unit}: the source counts {unit} FLOPs a multiply-add" for unit in units]


def under_readings(designs: Sequence[Design]) -> list[str]:
    """Which of some published networks are counted under readings."""
    names = dict.fromkeys(design.name for design in designs if design.readings)
    return [Prose(f"counted under readings that flops states: {', '.join(names)}")] if names else []


def _reconstructions(designs: Sequence[Design]) -> list[str]:
    rebuilt = (design.name for design in designs if design.is_reconstruction)
    return [f"{name} is a reconstruction: its accuracy is that of the authors' network" for name in rebuilt]


def _other_data(quoted: Sequence[tuple[str, Quote]]) -> list[str]:
    """Whose quoted accuracies are on other data than ImageNet's."""
    names: dict[str, list[str]] = {}
    for name, quote in quoted:
        names.setdefault(quote.dataset, []).append(name)
    return [Prose(f"top1 on {data}: {', '.join(each)}") for data, each in names.items() if data != IMAGENET]


def settings(design: Design) -> str:
    """The numbers that a name does not carry, in words."""
    stem = design.numbers().get("stem")
    return _input(design) if stem is None else f"stem {stem}, {_input(design)}"


def _input(design: Design) -> str:
    return f"{design.resolution}×{design.resolution}, {design.classes} classes"


def _taken(cost: Cost, of: str = "") -> str:
    """The numbers that a name does not carry, and the share of the fusion branch, where there is one."""
    share = cost.share("fusion")
    return f"{settings(cost.design)}; fusion branch {percent(share)}{of}" if share else settings(cost.design)


def _plain(value: Any) -> Any:
    """A number that JSON knows."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value


def _entry(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "operation": row.operation or None,
        "macs": row.macs,
        "params": row.params,
        "output": list(row.output),
    }


def _headline(cost: Cost) -> str:
    macs, params, activations = map(some_millions, (cost.macs, cost.params, cost.activations))
    return f"{cost.design.title}: {macs} MFLOPs, {params} M parameters, {activations} M activations"


def _single(cost: Cost, by: str) -> Table:
    """One design, row by row, with the total last; layers with exact MACs, groups in millions with shares."""
    rows = cost.by(by)
    if by == "layer":
        return _layers(cost, rows)
    share, params = Column("share", "share", percent), Column("params", "params", exact)
    columns = [
        Column(by, by, align="left"),
        _amount("macs", "MFLOPs", [cost]),
        share,
        params,
        Column("activations", "activations", exact),
    ]
    values = [[row.name, row.macs, Fraction(row.macs, cost.macs), row.params, row.activations] for row in rows]
    values.append(["total", cost.macs, Fraction(1), cost.params, cost.activations])
    if by in ("stage", "block"):
        columns.append(Column("output", "output", shape))
        values = [[*value, output] for value, output in zip(values, [*(row.output for row in rows), None], strict=True)]
    return Table(columns, values, chosen=len(rows))


def _layers(cost: Cost, rows: Sequence[Row]) -> Table:
    columns = (
        Column("name", "layer", align="left"),
        Column("operation", "operation", align="left"),
        Column("output", "output", shape),
        Column("macs", "MACs" if cost.convention is PAPER else "FLOPs", exact),
        Column("params", "params", exact),
    )
    values: list[Sequence[Any]] = [(row.name, row.operation, row.output, row.macs, row.params) for row in rows]
    return Table(columns, [*values, ("total", None, None, cost.macs, cost.params)], chosen=len(rows))


def _totals(costs: Sequence[Cost]) -> Table:
    """A row a design."""
    share, stem = Column("fusion", "fusion", percent), Column("stem", "stem")
    amounts = [_amount(key, header, costs) for key, header in _AMOUNTS.items()]
    columns = (Column("network", "network", align="left"), *amounts, share, stem)
    rows = [
        (
            cost.design.name,
            *(getattr(cost, key) for key in _AMOUNTS),
            cost.share("fusion") or None,
            cost.design.numbers().get("stem"),
        )
        for cost in costs
    ]
    filled = [any(value is not None for value in values) for values in zip(*rows, strict=True)]
    return Table(list(compress(columns, filled)), [list(compress(row, filled)) for row in rows])


def _total_records(costs: Sequence[Cost]) -> Table:
    """A row a design, exact, for CSV and TSV."""
    rows = [described(cost) for cost in costs]
    return Table([Column(key, key) for key in rows[0]], [tuple(row.values()) for row in rows])


def _side_by_side(costs: Sequence[Cost], rows: Sequence[Sequence[Row]]) -> Table:
    """The MFLOPs of several designs, a column each; what one of them lacks is empty."""
    from menet_design.analysis.difference import merged

    names = reduce(merged, ([row.name for row in each] for each in rows))
    macs = [{row.name: row.macs for row in each} for each in rows]
    columns = [Column("name", "MFLOPs", align="left")]
    show = millions_like(cost.macs for cost in costs)
    columns += [Column(f"macs {cost.design.name}", cost.design.name, show) for cost in costs]
    values = [[name, *(each.get(name) for each in macs)] for name in names]
    return Table(columns, [*values, ["total", *(cost.macs for cost in costs)]], chosen=len(values))


def _records(costs: Sequence[Cost], rows: Sequence[Sequence[Row]]) -> Table:
    """Every row of every design, exact, for CSV and TSV."""
    keys = ("network", "name", "operation", "macs", "params", "activations", "output", "convention")
    values = [
        (cost.design.name, *row[:5], shape(row.output).replace("×", "x"), cost.convention.name)
        for cost, each in zip(costs, rows, strict=True)
        for row in each
    ]
    return Table([Column(key, key) for key in keys], values)
