"""Who hears whom: the answer of `connectivity`."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from menet_design.analysis.connectivity import BlockConnectivity, Connectivity, Pair
from menet_design.report.costs import readings, recorded_readings, settings
from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.report.units import exact, percent

if TYPE_CHECKING:
    from menet_design.verification.influence import Probe

BY = ("block", "pair", "group")
_SHARES = {
    "connected": "connected",
    "linear": "linear",
    "gated": "gating",
    "no_shuffle": "no shuffle",
    "no_fusion": "no fusion",
    "neither": "neither",
}
_KEPT = Prose(
    "N_total: pairs of channels of different groups of the convolution before a shuffle; kept: those that the "
    "shuffle brings together in a group of the convolution after it (arXiv 1803.09127, Eq. 1, 2)"
)
_LOST = Prose("lost: (G - 1)/G, the closed form (Eq. 3); counted: the share that is lost, exactly")
_PRICE = Prose("fusion: kept with the fusion branch too; MACs, params: what it costs for each one that it brings back")
_FULL = "to full: modules until every output channel hears every input channel"
_MEANINGS = {
    "block": (
        Prose(
            "shares of (input channel, output channel) pairs that are connected; linear: without passing a gate, "
            "gating: by way of one; no shuffle, no fusion, neither: without these parts"
        ),
        _FULL,
    ),
    "pair": (_KEPT, _LOST, _PRICE),
    "group": (
        Prose(
            "channels that a group of the convolution after the shuffle hears, by the shuffle alone, of each group "
            "(0, 1, 2 and so on) of the one before it"
        ),
    ),
}
_TOTALS = (Prose(f"{_FULL}, wherever one starts"), _KEPT, "counted: the share that is lost, exactly", _PRICE)
# Side by side, a design shows one figure of each module.
_COMPARED = {
    "block": "share of (input channel, output channel) pairs that are connected",
    "pair": "share of the inter-group connections that a shuffle loses, counted",
    "group": "channels heard",
}


def connectivity(
    found: Sequence[Connectivity], by: str | None, proofs: "Sequence[Probe]", hints: Sequence[str]
) -> Document:
    """Who hears whom in designs, by one of BY: one design by block, several in total only, if it is not given.

    `proofs` are those of the designs, if they were asked for; `hints`, the next commands, take their place.
    """
    results = [described(each, by) for each in found]
    records = _records(found, by, proofs)
    if proofs:
        results = [result | {"proof": proved(proof)} for result, proof in zip(results, proofs, strict=True)]
        hints = [verdict(proof) for proof in proofs]
    hints = [*readings(each.design for each in found), *hints]
    if len(found) == 1:
        table = _TABLES[by or "block"](found[0])
        notes = (*_MEANINGS[by or "block"], *_ungrouped(found[0], by), settings(found[0].design), *hints)
        return Document("connectivity", results, table, _headline(found[0]), notes, records)
    if by is None:
        return Document("connectivity", results, _totals(found), "", (*_TOTALS, *hints), records)
    table = _stacked(found) if by == "group" else _side_by_side(found, by)
    notes = (*(_MEANINGS[by] if by == "group" else ()), *hints)
    return Document("connectivity", results, table, _COMPARED[by], notes, records)


def proved(proof: "Probe") -> dict[str, Any]:
    """A proof for JSON."""
    first = proof.first_difference
    return {"agrees": proof.agrees, "pairs_compared": proof.pairs, "first_difference": str(first) if first else None}


def verdict(proof: "Probe") -> str:
    """Whether the model agrees, in a sentence."""
    title, first = proof.design.title, proof.first_difference
    if first is not None:
        return f"{title}: NOT proven. First difference: {first}"
    return f"{title}: proven, gradients = bit-sets in {exact(proof.pairs)} channel pairs"


def described(found: Connectivity, by: str | None) -> dict[str, Any]:
    """A network and its blocks for JSON; by group, with what each group hears of each."""
    return {
        "network": found.design.name,
        "blocks_to_full": found.blocks_to_full,
        "shares": _floats(found.shares._asdict()),
        "blocks": [_block(block, by) for block in found.blocks],
        **recorded_readings(found.design),
    }


def _block(block: BlockConnectivity, by: str | None) -> dict[str, Any]:
    """A block for JSON; what speaks of convolutions around a shuffle is null where there is none."""
    pair = block.pair
    around = {key: getattr(pair, key) if pair else None for key in _PAIR_KEYS}
    costs = {"macs_per_recovered": block.macs_per_recovered, "params_per_recovered": block.params_per_recovered}
    described = {"name": block.name, **_floats(around | costs), "blocks_to_full": block.blocks_to_full}
    described["shares"] = _floats(block.shares._asdict())
    if by == "group":
        described["heard"] = {name: pair.listening(hears) for name, hears in _hearings(pair)} if pair else None
    return described


_PAIR_KEYS = (
    "groups",
    "channels",
    "possible",
    "kept",
    "loss_ratio",
    "exact_loss_ratio",
    "without_shuffle",
    "with_fusion",
)


def _hearings(pair: Pair) -> list[tuple[str, list[int]]]:
    return [
        ("kept", pair.hears),
        ("without_shuffle", pair.hears_without_shuffle),
        ("with_fusion", pair.hears_with_fusion),
    ]


def _floats(values: dict[str, Any]) -> dict[str, Any]:
    return {key: float(value) if isinstance(value, Fraction) else value for key, value in values.items()}


def _headline(found: Connectivity) -> str:
    """The answer in two lines: how soon everything is heard, and what shuffles lose."""
    title, full = found.design.title, found.blocks_to_full
    blocks = "1 block" if full == 1 else f"{full} blocks"
    soon = f"within {blocks}" if full else "only where the network ends, if at all"
    return "\n".join(filter(None, (f"{title}: every channel hears every other {soon}", _lost(found))))


def _lost(found: Connectivity) -> str:
    possible, kept, fused = _sums(found)
    if not possible:
        return ""
    text = f"shuffles lose {percent(Fraction(possible - kept, possible))} of inter-group connections"
    if fused == kept:
        return text
    back = "all of them" if fused == possible else percent(Fraction(fused - kept, possible - kept))
    return f"{text}, fusion brings {back} back"


def _pairs(found: Connectivity) -> list[Pair]:
    return [block.pair for block in found.blocks if block.pair]


def _sums(found: Connectivity) -> tuple[int, int, int]:
    """Connections over all blocks: possible, kept, and those with the fusion branch."""
    pairs = _pairs(found)
    return sum(p.possible for p in pairs), sum(p.kept for p in pairs), sum(p.with_fusion for p in pairs)


def _by_block(found: Connectivity) -> Table:
    columns = [
        Column("block", "block", align="left"),
        *(Column(key, header, percent) for key, header in _SHARES.items()),
        Column("blocks_to_full", "to full"),
    ]
    rows = [[block.name, *block.shares, block.blocks_to_full] for block in found.blocks]
    total = ["modules", *found.shares, found.blocks_to_full]
    merged = _merged(rows)
    return Table(columns, [*merged, total], chosen=len(merged))


_PAIR_COLUMNS = (
    Column("groups", "G"),
    Column("channels", "C"),
    Column("possible", "N_total", exact),
    Column("kept", "kept", exact),
    Column("with_fusion", "fusion", exact),
    Column("loss_ratio", "lost", percent),
    Column("exact_loss_ratio", "counted", percent),
)


def _figure(pair: Pair, key: str) -> Any:
    """A figure of a pair; no share is lost where there is nothing to lose."""
    return None if key.endswith("loss_ratio") and not pair.possible else getattr(pair, key)


def _ratio(value: Fraction) -> str:
    return f"{float(value):,.1f}" if value >= 100 else f"{float(value):,.2f}"


_COST_COLUMNS = (Column("macs_per_recovered", "MACs", _ratio), Column("params_per_recovered", "params", _ratio))


def _by_pair(found: Connectivity) -> Table:
    rows = [
        [
            block.name,
            *(_figure(block.pair, column.key) for column in _PAIR_COLUMNS),
            *(getattr(block, column.key) for column in _COST_COLUMNS),
        ]
        for block in found.blocks
        if block.pair
    ]
    return Table([Column("block", "block", align="left"), *_PAIR_COLUMNS, *_COST_COLUMNS], _merged(rows))


def _ungrouped(found: Connectivity, by: str | None) -> list[str]:
    """Why a module has nothing to lose, where loss is what is shown."""
    names = [block.name for block in found.blocks if not block.pair or not block.pair.possible]
    if by not in ("pair", "group") or not names:
        return []
    if len(names) == len(found.blocks):
        return ["no shuffle stands between group convolutions: no connections to lose"]
    return [f"{', '.join(names)}: the convolution before the shuffle is not grouped, nothing is lost"]


def _by_group(found: Connectivity) -> Table:
    return _listening(found.blocks, max((pair.groups for pair in _pairs(found)), default=0))


def _listening(blocks: Iterable[BlockConnectivity], groups: int) -> Table:
    """A row for each group after a shuffle, a column for each group before it."""
    columns = [Column("block", "block", align="left"), Column("group", "group")]
    columns += [Column(str(group), str(group)) for group in range(groups)]
    pairs = [(block.name, block.pair) for block in blocks if block.pair and block.pair.groups > 1]
    alike = _merged([[name, pair.listening(pair.hears)] for name, pair in pairs])
    rows = [
        [name if index == 0 else None, index, *row, *[None] * (groups - len(row))]
        for name, matrix in alike
        for index, row in enumerate(matrix)
    ]
    return Table(columns, rows)


_TABLES: dict[str, Callable[[Connectivity], Table]] = {"block": _by_block, "pair": _by_pair, "group": _by_group}
_COUNTED = "exact_loss_ratio"


def _merged(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows in which neighbours of one stage that differ in nothing but their name, the first value, are one."""
    runs = (list(run) for _, run in groupby(rows, key=lambda row: (row[0].partition(".")[0], list(row[1:]))))
    return [[_name(run[0][0], run[-1][0]), *run[0][1:]] for run in runs]


def _name(first: str, last: str) -> str:
    """The name of a run of blocks: stage3.1-7."""
    return first if first == last else f"{first}-{last.rpartition('.')[2]}"


def _side_by_side(found: Sequence[Connectivity], by: str) -> Table:
    """One figure of each block, a column for each design."""
    figures = [
        {
            block.name: block.shares.connected if by == "block" else block.pair and _figure(block.pair, _COUNTED)
            for block in each.blocks
        }
        for each in found
    ]
    names = dict.fromkeys(name for each in figures for name in each)
    columns = [Column("block", "block", align="left")]
    columns += [Column(each.design.name, each.design.name, percent) for each in found]
    rows = [[name, *(each.get(name) for each in figures)] for name in names]
    return Table(columns, _merged([row for row in rows if any(figure is not None for figure in row[1:])]))


def _stacked(found: Sequence[Connectivity]) -> Table:
    """The listening of each design, one below the other."""
    groups = max((pair.groups for each in found for pair in _pairs(each)), default=0)
    tables = [_listening(each.blocks, groups) for each in found]
    rows = [
        [each.design.name if index == 0 else None, *row]
        for each, table in zip(found, tables, strict=True)
        for index, row in enumerate(table.rows)
    ]
    return Table([Column("network", "network", align="left"), *tables[0].columns], rows)


def _totals(found: Sequence[Connectivity]) -> Table:
    """A row a design, over all of its blocks."""
    columns = (
        Column("network", "network", align="left"),
        Column("blocks_to_full", "to full"),
        *(column for column in _PAIR_COLUMNS if column.key in ("possible", "kept", "with_fusion", "exact_loss_ratio")),
        *_COST_COLUMNS,
    )
    return Table(columns, [_total(each) for each in found])


def _total(found: Connectivity) -> list[Any]:
    possible, kept, fused = _sums(found)
    lost = Fraction(possible - kept, possible) if possible else None
    amounts = [sum(getattr(block.fusion, key) for block in found.blocks) for key in ("macs", "params")]
    costs = [Fraction(amount, fused - kept) if fused > kept else None for amount in amounts]
    return [found.design.name, found.blocks_to_full, possible, kept, fused, lost, *costs]


def _records(found: Sequence[Connectivity], by: str | None, proofs: "Sequence[Probe]") -> Table:
    """Every block of every design, or every two groups around a shuffle, exact, for CSV and TSV; and the proofs."""
    rows_of = _group_records if by == "group" else _block_records
    proven = [proved(proof) for proof in proofs] or [{} for _ in found]
    rows = [
        {"network": each.design.name, **row, **proof}
        for each, proof in zip(found, proven, strict=True)
        for row in rows_of(each)
    ]
    keys = rows[0] if rows else _GROUP_KEYS
    return Table([Column(key, key) for key in keys], [list(row.values()) for row in rows])


_GROUP_KEYS = ("network", "block", "group", "of_group", "channels", "kept", "without_shuffle", "with_fusion")


def _block_records(found: Connectivity) -> list[dict[str, Any]]:
    described = [_block(block, None) for block in found.blocks]
    return [block | {f"share_{key}": share for key, share in block.pop("shares").items()} for block in described]


def _group_records(found: Connectivity) -> list[dict[str, Any]]:
    return [
        {"block": block.name, "group": after, "of_group": before, "channels": block.pair.channels // block.pair.groups}
        | {name: heard[after][before] for name, heard in matrices.items()}
        for block in found.blocks
        if block.pair
        for matrices in [{name: block.pair.listening(hears) for name, hears in _hearings(block.pair)}]
        for after in range(len(block.pair.hears))
        for before in range(block.pair.groups)
    ]
