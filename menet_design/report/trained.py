"""What trained weights make of the connections: the answer of `connectivity --weights`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.analysis.connectivity import Connectivity
from menet_design.report.connectivity import described
from menet_design.report.costs import settings
from menet_design.report.tables import Column, Document, Prose, Table
from menet_design.report.units import percent

if TYPE_CHECKING:
    from menet_design.verification.trained import Ablation, Trained, TrainedBlock

_MEANINGS = (
    Prose(
        "lost: channels that the shuffle alone does not bring; energy: their share of the squared norm of the Jacobian "
        "from the convolution before the shuffle to the one after it, channels in units of their standard deviation; "
        "fusion: its share by way of the fusion branch"
    ),
    Prose(
        "gate: mean and standard deviation; moving: share of its variance that positions and images make, not "
        "channels; extreme: gates within 0.05 of 0 or 1"
    ),
)
_GROUP_MEANINGS = (
    Prose(
        "share of its energy (squared norm of the Jacobian, channels in units of their standard deviation) that each "
        "group of the convolution after the shuffle takes from each group (0, 1, 2 and so on) of the one before it"
    ),
)
_LOGITS = (
    Prose(
        "frozen, removed: change of the logits, as a share of their norm, where the fusion branch is held at its "
        "channels' means, or left out (gates of 1)"
    ),
)
_ALTERED = {"frozen": "all frozen", "removed": "all removed"}


def trained(found: "Trained", connectivity: Connectivity, by: str | None, weights: Path, images: str) -> Document:
    """Blocks of a trained model, or their groups, and its logits without what the fusion branches do.

    `weights` names the file, `images` says what the model was run on.
    """
    results = [described(connectivity, by) | {"trained": _described(found)}]
    table, meanings = (_by_group(found), _GROUP_MEANINGS) if by == "group" else (_by_block(found), _MEANINGS)
    measured = f"weights {weights.name}, over {images}"
    notes = (*meanings, *_LOGITS, *map(_sentence, found.ablations), measured, settings(found.design))
    return Document("connectivity", results, table, _headline(found), notes, _records(found, by))


def _described(found: "Trained") -> dict[str, Any]:
    return {
        "images": found.images,
        "blocks": [_block(block) for block in found.blocks],
        "logits": [ablation._asdict() for ablation in found.ablations],
    }


def _block(block: "TrainedBlock") -> dict[str, Any]:
    return {
        "name": block.name,
        "lost_channels": block.lost_channels,
        "listening": block.listening._asdict(),
        "gates": block.gates._asdict() if block.gates else None,
        "logits": [ablation._asdict() for ablation in block.alone],
    }


def _headline(found: "Trained") -> str:
    """The answer to the paper's claim: how much comes from the connections that shuffles lose."""
    if not found.blocks:
        return f"{found.design.title}: no shuffle between group convolutions"
    lost = [block.listening.lost for block in found.blocks]
    channels = sum(block.lost_channels for block in found.blocks) / len(found.blocks)
    between = f"{percent(min(lost))} to {percent(max(lost))} of what a group hears"
    return f"{found.design.title}: {between}\ncomes from the {percent(channels)} of channels that its shuffle loses"


def _sentence(ablation: "Ablation") -> str:
    kept = f"{percent(ablation.same_top1)} of images keep their first class"
    return f"{_ALTERED[ablation.name]}: change {_number(ablation.change)}, {kept}"


def _number(value: float) -> str:
    return f"{value:,.2f}"


_COLUMNS = (
    Column("block", "block", align="left"),
    Column("lost_channels", "lost", percent),
    Column("lost_energy", "energy", percent),
    Column("fusion_energy", "fusion", percent),
    Column("gate_mean", "gate", _number),
    Column("gate_spread", "±", _number),
    Column("gate_moving", "moving", percent),
    Column("gate_saturated", "extreme", percent),
    Column("frozen_change", "frozen", _number),
    Column("removed_change", "removed", _number),
)


def _by_block(found: "Trained") -> Table:
    return Table(_COLUMNS, [_row(block) for block in found.blocks])


def _row(block: "TrainedBlock") -> list[Any]:
    """What a block without gates, or without a fusion branch, lacks is empty."""
    gates: Sequence[float | None] = block.gates or [None] * 4
    changes: Sequence[float | None] = [ablation.change for ablation in block.alone] or [None] * 2
    return [block.name, block.lost_channels, block.listening.lost, block.listening.fusion, *gates, *changes]


def _by_group(found: "Trained") -> Table:
    """A row for each group after a shuffle, a column for each before it: the whole energy."""
    groups = max((len(block.listening.energy[0]) for block in found.blocks), default=0)
    columns = [Column("block", "block", align="left"), Column("group", "group")]
    columns += [Column(str(group), str(group), percent) for group in range(groups)]
    rows = [
        [block.name if index == 0 else None, index, *row]
        for block in found.blocks
        for index, row in enumerate(block.listening.energy)
        if len(row) > 1
    ]
    return Table(columns, rows)


def _records(found: "Trained", by: str | None) -> Table:
    """Every block, or every two groups around a shuffle, unrounded, for CSV and TSV."""
    network = Column("network", "network")
    if by != "group":
        return Table([network, *_COLUMNS], [[found.design.name, *_row(block)] for block in found.blocks])
    keys = ("block", "group", "of_group", "energy", "linear_energy")
    rows = [
        [found.design.name, block.name, after, before, energy, block.listening.linear[after][before]]
        for block in found.blocks
        for after, energies in enumerate(block.listening.energy)
        for before, energy in enumerate(energies)
    ]
    return Table([network, *(Column(key, key) for key in keys)], rows)
