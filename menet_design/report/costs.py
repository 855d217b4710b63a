"""Costs of networks: the answers of `flops` and `networks`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import Any

from menet_design.analysis.conventions import PAPER
from menet_design.analysis.cost import Cost, Group, Row
from menet_design.analysis.difference import merged
from menet_design.families.design import IMAGE_CHANNELS, IMAGENET, PublishedFigure
from menet_design.graph.network import Network
from menet_design.report.tables import Column, Document, Table, by_index, picked, text_column, unnested
from menet_design.report.units import millions_like, percent, shape, some_millions, thousands

MACS = Column("macs", "MFLOPs", show_like=millions_like)
PARAMS_IN_MILLIONS = Column("params", "params (M)", show_like=millions_like)
PARAMS = Column("params", "params", thousands)
SHARE = Column("share", "share", percent)


def described(cost: Cost) -> dict[str, Any]:
    """A network, the numbers that it was made from, and its totals for machines."""
    return {
        "network": cost.network.name,
        "family": cost.network.source,
        **cost.network.numbers,
        **({"batch": cost.network.batch} if cost.network.batch > 1 else {}),
        **picked(cost, "macs", "params", "activations"),
        "convention": cost.convention.name,
    }


def recorded(cost: Cost) -> dict[str, Any]:
    """A network, its totals and its assumptions for JSON."""
    return described(cost) | recorded_assumptions(cost.network)


def recorded_assumptions(network: Network) -> dict[str, list[dict[str, Any]]]:
    """What a network takes for granted, for JSON; nothing where it takes nothing."""
    return {"assumptions": [each._asdict() for each in network.assumptions]} if network.assumptions else {}


def assumptions(networks: Iterable[Network]) -> list[str]:
    """What networks take for granted, a line for those that share it."""
    found = list(networks)
    names: dict[str, dict[str, None]] = {}
    for network in found:
        for assumption in network.assumptions:
            names.setdefault(str(assumption), {})[network.name] = None
    several = len({network.name for network in found}) > 1
    return [f"assumption{' of ' + ', '.join(each) if several else ''}: {text}" for text, each in names.items()]


def flops(
    costs: Sequence[Cost], by: str | int | None = None, notes: Sequence[str] = (), hints: Sequence[str] = ()
) -> Document:
    """What networks cost, gathered by one of GROUPINGS: by default one network by stage, several in total.

    `notes` stand before the convention, `hints` behind it.
    """
    results = [recorded(cost) | {"rows": list(map(_entry, _rows(cost, by or "layer")))} for cost in costs]
    records = unnested(results, "rows", ("network", "convention")) if by else None
    stated = [*assumptions(cost.network for cost in costs), *notes, costs[0].convention.statement, *hints]
    headline = ""
    if len(costs) == 1:
        headline, table, taken = (
            _headline(costs[0]),
            _single(costs[0], by or "stage"),
            [_taken(costs[0], " of the MFLOPs")],
        )
    elif by:
        table, taken = _side_by_side(costs, by), [f"{cost.network.name}: {_taken(cost)}" for cost in costs]
    else:
        table, taken = _totals(costs), inputs_of([cost.network for cost in costs])
    return Document("flops", results, table, headline, [*taken, *stated], records, version=2)


def _rows(cost: Cost, by: str | int) -> Sequence[Row | Group]:
    """The rows of a cost by a grouping, or to a depth."""
    return cost.to_depth(by) if isinstance(by, int) else cost.by(by)


def _entry(row: Row | Group) -> dict[str, Any]:
    output = row.output if row.output[0] else None  # parameters that no operation reads make no output
    return {"name": row.name, "operation": row.kind or None, **row.amounts._asdict(), "output": output}


def _headline(cost: Cost) -> str:
    macs, params, activations = map(some_millions, (cost.macs, cost.params, cost.activations))
    return f"{cost.network.title}: {macs} MFLOPs, {params} M parameters, {activations} M activations"


def _single(cost: Cost, by: str | int) -> Table:
    """One network, row by row, with the total last; layers with exact MACs, groups in millions with shares.

    Where there is room, layers have their activations and groups exact MACs.
    """
    whole = cost.macs or 1  # a network without a multiply-add has no shares of any
    rows = [{**_entry(row), "share": Fraction(row.macs, whole)} for row in _rows(cost, by)]
    total = described(cost) | {"name": "total", "share": Fraction(cost.macs, whole)}
    activations, output = Column("activations", "activations", thousands), Column("output", "output", shape)
    exact = Column("macs", "MACs" if cost.convention is PAPER else "FLOPs", thousands, for_room=by != "layer")
    if by == "layer":
        for_room = replace(activations, for_room=True)
        columns = [text_column("name", "layer"), text_column("operation"), output, exact, PARAMS, for_room]
    else:
        ends = [output] if by in ("stage", "block") or isinstance(by, int) else []
        macs, what = Column("macs", "MFLOPs", millions_like([cost.macs])), by if isinstance(by, str) else "part"
        columns = [text_column("name", what), macs, exact, SHARE, PARAMS, activations, *ends]
    return Table(columns, [*rows, total], chosen=-1)


def _totals(costs: Sequence[Cost]) -> Table:
    """A row a network, with the shares of its branches."""
    branches = dict.fromkeys(branch for cost in costs for branch in cost.network.branches)
    columns = [
        text_column("network"),
        MACS,
        PARAMS_IN_MILLIONS,
        Column("activations", "activations (M)", show_like=millions_like),
        *(Column(f"branch {branch}", branch, percent) for branch in branches),
        Column("stem", "stem"),
    ]
    rows = [described(cost) | {f"branch {branch}": cost.share(branch) or None for branch in branches} for cost in costs]
    return Table(columns, rows)


def _side_by_side(costs: Sequence[Cost], by: str | int) -> Table:
    """The MFLOPs of several networks, a column each; what one of them lacks is empty."""
    macs = [{row.name: row.macs for row in _rows(cost, by)} | {"total": cost.macs} for cost in costs]
    names: list[str] = reduce(merged, macs)  # type: ignore[arg-type]
    rows = [{"name": name, **dict(enumerate(each.get(name) for each in macs))} for name in names]
    columns = by_index((cost.network.name for cost in costs), millions_like(cost.macs for cost in costs))
    return Table([text_column("name", "MFLOPs"), *columns], rows, chosen=-1)


def inputs_of(networks: Iterable[Network]) -> list[str]:
    """What networks are fed and give: once if it is the same for all of them."""
    inputs = {network.name: input_of(network) for network in networks}
    alike = set(inputs.values())
    return list(alike) if len(alike) == 1 else [f"{name}: {each}" for name, each in inputs.items()]


def _taken(cost: Cost, of: str = "") -> str:
    """The numbers that a name does not carry, and the share of the branches, where there are any."""
    shares = {branch: cost.share(branch) for branch in cost.network.branches}
    parts = [f"{branch} branch {percent(share)}{of}" for branch, share in shares.items() if share]
    return "; ".join((settings(cost.network), *parts))


def settings(network: Network) -> str:
    """The numbers that a name does not carry, in words."""
    stem = network.numbers.get("stem")
    return input_of(network) if stem is None else f"stem {stem}, {input_of(network)}"


def input_of(network: Network) -> str:
    """What a network is fed and gives: "224×224, 1000 classes"; channels and batch where they are not the usual."""
    batch = f", a batch of {network.batch}" if network.batch > 1 else ""
    if "classes" not in network.numbers:
        return f"input {', '.join(map(shape, network.inputs))}{batch}"
    channels, *sides = network.inputs[0]
    fed = shape(tuple(sides) if channels == IMAGE_CHANNELS else network.inputs[0])
    return f"{fed}, {network.numbers['classes']} classes{batch}"


def networks(published: Sequence[tuple[Cost, Sequence[PublishedFigure]]]) -> Document:
    """The published networks, with what the sources print beside what is counted."""
    results = [recorded(cost) | {"printed": [each._asdict() for each in figures]} for cost, figures in published]
    firsts = [(cost, figure) for cost, (figure, *_) in published]
    shown = [_published(cost, figure) | {"printed_mflops": _per_mac(figure)} for cost, figure in firsts]
    names: dict[str, list[str]] = {}
    for cost, figure in firsts:
        names.setdefault(figure.dataset, []).append(cost.network.name)
    notes = [
        published[0][0].convention.statement,
        f"paper, top1 and top5 ({IMAGENET}, center crop) are quoted from the source",
        *(f"top1 on {data}: {', '.join(each)}" for data, each in names.items() if data != IMAGENET),
        *(
            f"/{unit}: the source counts {unit} FLOPs a multiply-add"
            for unit in sorted({figure.flops_per_mac for _, figure in firsts} - {1})
        ),
        *(
            f"{cost.network.name} is a reconstruction: its accuracy is that of the authors' network"
            for cost, figure in firsts
            if figure.of_reconstruction
        ),
        *under_assumptions([cost.network for cost, _ in firsts]),
    ]
    records = [_published(cost, figure) for cost, figure in firsts]
    return Document("networks", results, Table(_PUBLISHED, shown), "", notes, records, version=2)


TOP1 = Column("top1_percent", "top1 %", "{:.2f}".format)
TOP5 = Column("top5_percent", "top5 %", "{:.2f}".format)
_PUBLISHED = (text_column("network"), MACS, Column("printed_mflops", "paper"), TOP1, TOP5, text_column("source"))


def _published(cost: Cost, figure: PublishedFigure) -> dict[str, Any]:
    """A network, what it costs, and what a source prints of it."""
    return {
        "network": cost.network.name,
        "macs": cost.macs,
        "printed_mflops": figure.mflops,
        "params": cost.params,
        "stem": cost.network.numbers.get("stem"),
        "top1_percent": figure.top1,
        "top5_percent": figure.top5,
        "source": figure.source,
        "dataset": figure.dataset,
        "flops_per_mac": figure.flops_per_mac,
        "family": cost.network.source,
    }


def _per_mac(figure: PublishedFigure) -> str | None:
    """Printed FLOPs in their source's unit: "11.4/2"."""
    unit = f"/{figure.flops_per_mac}" if figure.flops_per_mac > 1 else ""
    return None if figure.mflops is None else f"{figure.mflops}{unit}"


def under_assumptions(networks: Sequence[Network]) -> list[str]:
    """Which of some published networks are counted under assumptions."""
    names = dict.fromkeys(network.name for network in networks if network.assumptions)
    return [f"counted under assumptions that flops states: {', '.join(names)}"] if names else []
