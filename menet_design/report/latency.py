"""Latency of networks: the answer of `latency`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from menet_design.report.costs import MACS, assumptions, described, inputs_of, recorded_assumptions
from menet_design.report.tables import (
    Column,
    Document,
    Record,
    Table,
    headed,
    picked,
    scalars,
    text_column,
    unnested,
)
from menet_design.report.units import millions, millions_like, milliseconds, percent

if TYPE_CHECKING:
    from menet_design.analysis.traffic import Movement
    from menet_design.measurement.latency import Latency, Timed
    from menet_design.measurement.parts import Part


def latency(found: "Latency", hints: Sequence[str] = ()) -> Document:
    """How long networks take side by side, or what parts of them take; `hints` are the next commands."""
    networks = [_network(found, each) for each in found.timed]
    result = _conditions(found) | {"networks": networks}
    rows = unnested(networks, "parts") if found.conditions.by else list(map(scalars, networks))
    notes = [
        *inputs_of(each.network for each in found.timed),
        *assumptions(each.network for each in found.timed),
        *(_legend_of_parts(found) if found.conditions.by else _legend(found)),
        *_machine(found),
        *hints,
    ]
    table = _parts(found) if found.conditions.by else Table(_COLUMNS, [_row(found, each) for each in found.timed])
    return Document("latency", [result], table, _headline(found), notes, [each | _conditions(found) for each in rows])


def _conditions(found: "Latency") -> dict[str, Any]:
    return {
        **picked(found.conditions, "engine", "threads", "channels_last", "precision", "by"),
        "software": found.machine.software,
        "machine": found.machine.description,
        "peak_macs_per_second": found.machine.macs_per_second,
        "peak_bytes_per_second": found.machine.bytes_per_second,
    }


def _network(found: "Latency", timed: "Timed") -> dict[str, Any]:
    """A network and its times, for machines."""
    (low, high), slower = timed.quartiles, found.slower(timed)
    return {
        **described(timed.traffic.cost),
        "batch": timed.network.batch,
        "ms": 1e3 * timed.median,
        "ms_q1": 1e3 * low,
        "ms_q3": 1e3 * high,
        "rounds": len(timed.seconds),
        "ratio": slower.ratio,
        "ratio_low": slower.low,
        "ratio_high": slower.high,
        "slower": slower.is_longer,
        "bytes": timed.traffic.bytes,
        "roofline_ms": 1e3 * found.least(timed.traffic.movements),
        "parts": [_part(found, each) for each in timed.parts],
        **recorded_assumptions(timed.network),
    }


def _part(found: "Latency", part: "Part") -> dict[str, Any]:
    known = (
        {"macs": part.macs, "bytes": part.bytes, "roofline_ms": 1e3 * found.least(part.movements)}
        if part.movements
        else {}
    )
    return {"name": part.name, "ms": 1e3 * part.seconds} | (known or dict.fromkeys(("macs", "bytes", "roofline_ms")))


def _headline(found: "Latency") -> str:
    """The answer: which is fastest and by how much, or that it cannot be told."""
    fastest, *others = sorted(found.timed, key=lambda each: (each is not found.fastest, found.slower(each).ratio))
    titles = [each.network.title for each in (fastest, *others)]
    if not others:
        return f"{titles[0]}: {milliseconds(1e3 * fastest.median)} ms in {_engine(found)}"
    alike = sum(not found.slower(each).is_longer for each in others)
    slower = found.slower(others[max(0, alike - 1)])
    times = f"takes {slower.ratio:.2f} ({slower.low:.2f} to {slower.high:.2f}) times as long"
    if alike:
        both = f"{', '.join(titles[:alike])} and {titles[alike]}"
        return f"{both} cannot be told apart on this machine now:\n{titles[alike]} {times}"
    return f"{titles[0]} is fastest, {milliseconds(1e3 * fastest.median)} ms:\n{titles[1]} {times}"


_MB = Column("bytes", "MB", show_like=millions_like)
_INTENSITY = Column("intensity", "MACs/B", "{:.2f}".format)
_REACHED = Column("reached", "reached", percent)
_COLUMNS = (
    text_column("network"),
    MACS,
    _MB,
    _INTENSITY,
    Column("ms", "ms", milliseconds),
    Column("middle", "middle half"),
    Column("ratio", "×"),
    _REACHED,
)


def _row(found: "Latency", timed: "Timed") -> dict[str, Any]:
    (low, high), slower = timed.quartiles, found.slower(timed)
    sign = "" if slower.is_longer or timed is found.fastest else "≈ "
    return {
        "network": timed.network.name,
        **picked(timed.traffic, "bytes", "intensity"),
        "macs": timed.traffic.cost.macs,
        "ms": 1e3 * timed.median,
        "middle": f"{milliseconds(1e3 * low)} to {milliseconds(1e3 * high)}",
        "ratio": f"{sign}{slower.ratio:.2f}" if len(found.timed) > 1 else None,
        "reached": found.least(timed.traffic.movements) / timed.median,
    }


def _parts(found: "Latency") -> Table:
    """The parts of networks, one network below the other."""
    columns = (
        text_column("name", found.conditions.by),
        Column("ms", "ms", "{:.3f}".format),
        Column("share", "share", percent),
        Column("macs", "MFLOPs", millions),
        Column("bytes", "MB", millions),
        _INTENSITY,
        _REACHED,
    )
    rows = [row for each in found.timed for row in headed("network", each.network.name, _part_rows(found, each))]
    if len(found.timed) > 1:
        return Table([text_column("network"), *columns], rows)
    return Table(columns, rows, chosen=-1)


def _part_rows(found: "Latency", timed: "Timed") -> list[Record]:
    total = sum(each.seconds for each in timed.parts)
    movements = tuple(moved for each in timed.parts for moved in each.movements)
    whole = _part_row(found, "total", total, movements) | {"share": 1.0}
    rows = [_part_row(found, each.name, each.seconds, each.movements) for each in timed.parts]
    return [*({**row, "share": row["ms"] / whole["ms"]} for row in rows), whole]


def _part_row(found: "Latency", name: str, seconds: float, movements: Sequence["Movement"]) -> dict[str, Any]:
    row = {"name": name or "the network itself", "ms": 1e3 * seconds}
    if not movements:
        return row
    macs, moved = sum(each.row.macs for each in movements), sum(each.bytes for each in movements)
    intensity, reached = macs / moved if macs else None, found.least(movements) / seconds if seconds else None
    return row | {"macs": macs, "bytes": moved, "intensity": intensity, "reached": reached}


def _engine(found: "Latency") -> str:
    """The engine and how it ran: "torch 2.13.0 eager, 1 thread, float32"."""
    conditions, software = found.conditions, found.machine.software
    engine = software if conditions.engine in software else f"{software} {conditions.engine}"
    threads = f"{conditions.threads} thread{'s' * (conditions.threads > 1)}"
    return ", ".join([engine, threads, conditions.precision, *["channels last"] * conditions.channels_last])


def _legend(found: "Latency") -> list[str]:
    rounds = len(found.timed[0].seconds)
    folded = ", norms and activations folded" if found.timed[0].traffic.fused else ""
    several = ["×: times as long as the fastest, the median over rounds; ≈: it cannot be told apart (99 %)"]
    return [
        f"ms: the median of {rounds} rounds, in each of which every network ran once, in random order",
        *(several if len(found.timed) > 1 else []),
        f"MB: each operation's inputs, parameters and output, once{folded}; MACs/B: multiply-adds a byte",
    ]


def _legend_of_parts(found: "Latency") -> list[str]:
    if found.conditions.engine == "onnxruntime":
        return ["kernels as onnxruntime's profiler times them, which takes time, too; Reorder: other layouts of a map"]
    return [
        "a module that has layers: what its functions compute between them",
        "MB: each operation's inputs, parameters and output, once",
    ]


def _machine(found: "Latency") -> list[str]:
    peaks = f"{found.machine.macs_per_second / 1e9:.1f} GMAC/s and {found.machine.bytes_per_second / 1e9:.1f} GB/s"
    roofline = (
        f"reached: of the roofline, which is {peaks}, what this machine did at best in a product of matrices and in a "
        "copy"
    )
    has_column = not found.conditions.by or found.conditions.engine != "onnxruntime"
    return [*([roofline] if has_column else []), f"{_engine(found)}; {found.machine.description}"]
