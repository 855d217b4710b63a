"""Which channels of networks are connected: the answer of `connectivity`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import groupby, product, zip_longest
from typing import TYPE_CHECKING, Any

from menet_design.analysis.connectivity import BlockConnectivity, Connectivity
from menet_design.analysis.difference import merged
from menet_design.analysis.pairs import Pair
from menet_design.report.costs import assumptions, recorded_assumptions, settings
from menet_design.report.tables import Column, Document, Table, by_index, columns, headed, picked, text_column
from menet_design.report.units import percent, thousands

if TYPE_CHECKING:
    from menet_design.verification.gradients import Probe

_PRICES = ("macs_per_recovered", "params_per_recovered")
_AROUND = ("possible", "kept", "with_branch", "exact_loss_ratio")
# The keys of the connections of groups, of a group on either side of a shuffle, and of the convolutions around it.
_SOURCES = ("kept", "without_shuffle", "with_branch")
_GROUP = ("network", "block", "first", "second", "group", "of_group", "channels", *_SOURCES)
_PAIR = ("first", "second", "groups", "channels", "possible", "kept", "loss_ratio", "exact_loss_ratio", *_SOURCES[1:])
_MEANINGS = {
    "connected": "shares of (input channel, output channel) pairs that are connected; linear: without passing a gate, "
    "gating: through one{parts}",
    "mixing_depth": "depth: the mixing depth, blocks until every output channel depends on every input channel{start}",
    "kept": "N_total: pairs of channels of different groups of the convolution before a shuffle; kept: those that the "
    "shuffle brings together in a group of the convolution after it (arXiv 1803.09127, Eq. 1, 2)",
    "loss_ratio": "lost: (G - 1)/G, the closed form (Eq. 3)",
    "exact_loss_ratio": "counted: the share that is lost, exactly",
    "with_branch": "{branch}: kept with the {branch} branch too; MACs, params: what it costs for each one that it "
    "brings back",
    "group": "channels on which a group of the convolution after the shuffle depends, by the shuffle alone, of each "
    "group (0, 1, 2 and so on) of the one before it",
}
# What is shown where nobody asks for more: how much is lost, how much comes back, and what is connected at last.
_BRIEF = [
    *map(text_column, ("network", "block")),
    *columns(percent, exact_loss_ratio="lost", recovered_ratio="brought back", connected="connected"),
    Column("mixing_depth", "depth"),
]
_BRIEFLY = {
    "connected": "connected: share of the (input channel, output channel) pairs of a block",
    "mixing_depth": "depth: blocks until every output channel depends on every input channel, wherever one starts",
}
# Side by side, a network shows one figure of each block.
_COMPARED = {
    None: "shares of inter-group connections that shuffles lose, and that branches bring back",
    "network": "",
    "block": "share of (input channel, output channel) pairs that are connected",
    "pair": "share of the inter-group connections that a shuffle loses, counted",
    "group": "channels that groups depend on",
}


def connectivity(
    found: Sequence[Connectivity], by: str | None = None, proofs: "Sequence[Probe]" = (), hints: Sequence[str] = ()
) -> Document:
    """What is connected in networks, by "network", "block", "pair" or "group"; without it in brief.

    In brief, one network is shown by block, several in total. `proofs` are those of the networks, if they were
    asked for; `hints`, the next commands, take their place.
    """
    results: list[dict[str, Any]] = [described(each, by) for each in found]
    if proofs:
        results = [result | {"proof": _proved(proof)} for result, proof in zip(results, proofs, strict=True)]
        hints = list(map(verdict, proofs))
    rows_of, keys = (_group_records, _GROUP) if by == "group" else (_pair_records, ())
    records = [row | result.get("proof", {}) for result in results for row in rows_of(result)]
    alone = found[0] if len(found) == 1 else None
    table, meanings = _shown(found, by)
    notes = [
        *meanings,
        *_ungrouped(found, by),
        *([settings(alone.network)] if alone else []),
        *assumptions(each.network for each in found),
        *hints,
    ]
    headline = _headline(alone) if alone else _COMPARED[by]
    return Document("connectivity", results, table, headline, notes, records, version=2, keys=keys)


def _shown(found: Sequence[Connectivity], by: str | None) -> tuple[Table, list[str]]:
    """A table of networks, and what its columns mean."""
    if by is None:
        table = _below_each_other(found, _BRIEF, _brief)
        return table, legend(table, _BRIEFLY)
    branch = ", ".join(dict.fromkeys(name for each in found for name in each.branches))
    compared = len(found) > 1 and by in ("block", "pair")
    table = _side_by_side(found, by) if compared else _in_full(found, by, branch)
    parts = f"; no shuffle, no {branch}, neither: without these parts" if branch else ""
    start = ", wherever one starts" if by == "network" else ""
    return table, legend(table, _MEANINGS, branch=branch, parts=parts, start=start)


def _brief(found: Connectivity, alone: bool) -> list[dict[str, Any]]:
    """The figures of a network alone by block, of one of several in total."""
    lost = ("exact_loss_ratio", "recovered_ratio") if found.branches else ("exact_loss_ratio",)
    if not alone:
        return [_figures(found, ("mixing_depth", *lost))]
    rows = [(each.name, [_figures(each, lost) | {"connected": each.shares.connected}]) for each in found.blocks]
    return _in_runs(rows, [found])


def _proved(proof: "Probe") -> dict[str, Any]:
    first = proof.first_mismatch
    return {"agrees": proof.agrees, "pairs_compared": proof.pairs, "first_mismatch": str(first) if first else None}


def proof(found: "Probe") -> Document:
    """Whether the model agrees, and in how much."""
    results = [{"network": found.network.name, **_proved(found)}]
    return Document("connectivity", results, headline=verdict(found))


def verdict(proof: "Probe") -> str:
    """Whether the model agrees, in a sentence."""
    title, first = proof.network.title, proof.first_mismatch
    if first is not None:
        return f"{title}: NOT proven. First mismatch: {first}"
    return f"{title}: proven, gradients = bit-sets in {thousands(proof.pairs)} channel pairs"


def described(found: Connectivity, by: str | None) -> dict[str, Any]:
    """A network and its blocks for JSON; by group, with the channels on which each group depends."""
    return {
        "network": found.network.name,
        "mixing_depth": found.mixing_depth,
        "shares": _values(found.shares, vars(found.shares)),
        "blocks": [
            {
                "name": block.name,
                "pairs": [_values(pair, _PAIR) | (_sources(pair) if by == "group" else {}) for pair in block.pairs],
                **_values(block, _PRICES),
                "mixing_depth": block.mixing_depth,
                "shares": _values(block.shares, vars(block.shares)),
            }
            for block in found.blocks
        ],
        **recorded_assumptions(found.network),
    }


def _values(found: object, keys: Iterable[str]) -> dict[str, Any]:
    return {key: float(value) if isinstance(value, Fraction) else value for key, value in picked(found, *keys).items()}


def _sources(pair: Pair) -> dict[str, Any]:
    found = (pair.sources, pair.sources_without_shuffle, pair.sources_with_branch)
    return {"sources": {name: pair.by_group(sets) for name, sets in zip(_SOURCES, found, strict=True)}}


def _pair_records(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each two convolutions around a shuffle, and for each block without any."""
    for block in result["blocks"]:
        shares = {f"share_{key}": share for key, share in block["shares"].items()}
        for pair in block["pairs"] or [dict.fromkeys(_PAIR)]:
            figures = {key: block[key] for key in (*_PRICES, "mixing_depth")}
            yield {"network": result["network"], "name": block["name"], **pair, **figures, **shares}


def _group_records(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each group after a shuffle and each group before it."""
    for block in result["blocks"]:
        for pair in block["pairs"]:
            names = (result["network"], block["name"], pair["first"], pair["second"])
            size, matrices = pair["channels"] // pair["groups"], pair["sources"].values()
            for group, of in product(range(len(pair["sources"]["kept"])), range(pair["groups"])):
                yield dict(zip(_GROUP, (*names, group, of, size, *(each[group][of] for each in matrices)), strict=True))


def _headline(found: Connectivity) -> str:
    """The answer, line by line: what shuffles lose, what branches bring back, how soon everything is connected."""
    lines = []
    if found.possible:
        end = "," if found.recovered else ";"
        lines += [f"shuffles lose {percent(found.exact_loss_ratio)} of inter-group connections{end}"]
    if found.recovered:
        share = found.recovered_ratio
        bring = "branch brings" if len(found.branches) == 1 else "branches bring"
        lines += [
            f"the {', '.join(found.branches)} {bring} {'all of them' if share == 1 else percent(share or 0)} back;"
        ]
    depth = found.mixing_depth
    within = f"every channel is connected to every other within {depth} block{'' if depth == 1 else 's'}"
    first, *others = [*lines, within if depth else "its blocks do not connect every channel to every other"]
    return "\n".join((f"{found.network.title}: {first}", *others))


def legend(table: Table, meanings: Mapping[str, str], **words: str) -> list[str]:
    """What the columns of a table mean, by their keys; `words` complete the meanings."""
    keys = {column.key for column in table.visible}
    return [meaning.format(**words) for key, meaning in meanings.items() if key in keys]


def _ungrouped(found: Sequence[Connectivity], by: str | None) -> list[str]:
    """Which networks, or blocks of the only one, have nothing to lose, and why, where loss is what is shown."""
    if by not in ("pair", "group"):
        return []
    without = [each.network.name for each in found if not each.possible]
    if without:
        whose = f"{', '.join(without)}: " if len(found) > 1 else ""
        return [f"{whose}no shuffle stands between group convolutions: no connections to lose"]
    blocks = found[0].blocks if len(found) == 1 else ()
    names = [block.name for block in blocks if block.pairs and not block.possible]
    return [f"{', '.join(names)}: the convolution before the shuffle is not grouped, nothing is lost"] if names else []


def _below_each_other(
    found: Sequence[Connectivity],
    shown: Sequence[Column],
    rows_of: Callable[[Connectivity, bool], list[dict[str, Any]]],
    *,
    named: bool = False,
) -> Table:
    """Rows of each network; one network alone is not named unless it is to be."""
    alone = len(found) == 1
    rows = [row for each in found for row in headed("network", each.network.name, rows_of(each, alone))]
    return Table(shown[alone and not named :], rows)


def _in_full(found: Sequence[Connectivity], by: str, branch: str) -> Table:
    """A row for each block, shuffle, group after a shuffle, or network."""
    table = _below_each_other(found, _columns(found, branch), lambda each, _: _rows(each, by), named=by == "network")
    return replace(table, chosen=-1 if by == "block" else None)


def _columns(found: Sequence[Connectivity], branch: str) -> list[Column]:
    """Those of every table, of which one shows those that have values."""
    groups = max((pair.groups for each in found for pair in each.pairs), default=0)
    return [
        text_column("network"),
        text_column("block"),
        *columns(percent, connected="connected", linear="linear", gated="gating", without_shuffle="no shuffle"),
        *columns(percent, without_branch=f"no {branch}", without_both="neither"),
        *columns(str, mixing_depth="depth", groups="G", channels="C"),
        *columns(thousands, possible="N_total", kept="kept", with_branch=branch),
        *columns(percent, loss_ratio="lost", exact_loss_ratio="counted"),
        *columns(_price, macs_per_recovered="MACs", params_per_recovered="params"),
        Column("group", "group"),
        *by_index(map(str, range(groups))),
    ]


def _price(value: Fraction) -> str:
    return f"{float(value):,.1f}" if value >= 100 else f"{float(value):,.2f}"


def _rows(found: Connectivity, by: str) -> list[dict[str, Any]]:
    """A network in total, or block by block; what speaks of branches is None where it has none."""
    if by == "network":
        rows = [_figures(found, ("mixing_depth", *_AROUND, *_PRICES))]
    else:
        rows = _in_runs([(block.name, _rows_of(block, by)) for block in found.blocks], [found])
    if by == "block":
        rows.append({"block": "modules", **_share_row(found)})
    lacking = () if found.branches else ("with_branch", "without_branch", "without_both")
    return [row | dict.fromkeys(lacking) for row in rows]


def _rows_of(block: BlockConnectivity, by: str) -> list[dict[Any, Any]]:
    if by == "block":
        return [_share_row(block)]
    if by == "pair":
        prices = picked(block, *_PRICES)
        return [_figures(pair, ("groups", "channels", "loss_ratio", *_AROUND)) | prices for pair in block.pairs]
    matrices = [pair.by_group(pair.sources) for pair in block.pairs if pair.groups > 1]
    return [{"group": index} | dict(enumerate(row)) for matrix in matrices for index, row in enumerate(matrix)]


def _share_row(found: BlockConnectivity | Connectivity) -> dict[str, Any]:
    return {**vars(found.shares), "mixing_depth": found.mixing_depth}


def _figures(found: Pair | BlockConnectivity | Connectivity, keys: Iterable[str]) -> dict[str, Any]:
    """The figures around shuffles; no share is lost where there is nothing to lose."""
    return {key: getattr(found, key) for key in keys if found.possible or "loss_ratio" not in key}


def _side_by_side(found: Sequence[Connectivity], by: str) -> Table:
    """The connected pairs of each block, or what each shuffle loses, a column for each network."""
    figures = [{block.name: _compared(block, by) for block in each.blocks} for each in found]
    rows = [
        (name, [dict(enumerate(row)) for row in zip_longest(*(each.get(name, ()) for each in figures))])
        for name in reduce(merged, figures, list[str]())
    ]
    return Table(
        [text_column("block"), *by_index((each.network.name for each in found), percent)], _in_runs(rows, found)
    )


def _compared(block: BlockConnectivity, by: str) -> list[Fraction]:
    if by == "block":
        return [block.shares.connected]
    return [pair.exact_loss_ratio for pair in block.pairs if pair.possible]


def _in_runs(rows: Iterable[tuple[str, list[dict[Any, Any]]]], found: Iterable[Connectivity]) -> list[dict[Any, Any]]:
    """The rows of blocks; blocks of one stage that follow each other and are alike have theirs in common."""
    stages = {block.name: block.stage for each in found for block in each.network.blocks}
    runs = (list(run) for _, run in groupby(rows, key=lambda block: (stages.get(block[0]), block[1])))
    return [row for run in runs for row in headed("block", _name(run[0][0], run[-1][0]), run[0][1])]


def _name(first: str, last: str) -> str:
    """The name of a run of blocks: stage3.1-7; what stands outside of all modules is the network's own."""
    first, last = first or "network", last or "network"
    (one, _, _), (other, _, end) = first.rpartition("."), last.rpartition(".")
    if first == last:
        return first
    return f"{first}-{end}" if one == other else f"{first} to {last}"
