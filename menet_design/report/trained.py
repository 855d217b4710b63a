"""What trained weights make of the connections: the answer of `connectivity --weights`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menet_design.analysis.connectivity import Connectivity
from menet_design.report.connectivity import described, legend
from menet_design.report.costs import settings
from menet_design.report.tables import Column, Document, Table, by_index, columns, headed, text_column
from menet_design.report.units import percent

if TYPE_CHECKING:
    from menet_design.verification.trained import Trained

_MEANINGS = {
    "lost_energy": "lost: channels that the shuffle alone does not bring; energy: their share of the squared norm of "
    "the Jacobian from the convolution before the shuffle to the one after it, channels in units of their standard "
    "deviation{by_branch}",
    "gate_mean": "gate: mean and standard deviation; moving: share of its variance that positions and images make, "
    "not channels; extreme: gates within 0.05 of 0 or 1",
    "group": "share of its energy (squared norm of the Jacobian, channels in units of their standard deviation) that "
    "each group of the convolution after the shuffle takes from each group (0, 1, 2 and so on) of the one before it",
}
_number = "{:,.2f}".format
_GROUP = ("block", "group", "of_group", "energy", "linear_energy")


def trained(found: "Trained", connectivity: Connectivity, by: str | None, weights: Path, images: str) -> Document:
    """Blocks of a trained model, or their groups, and its logits without what the branches do.

    `weights` names the file, `images` says what the model was run on.
    """
    blocks = [
        {"logits" if key == "alone" else key: value for key, value in asdict(block).items()} for block in found.blocks
    ]
    measured = {"images": found.images, "blocks": blocks, "logits": list(map(asdict, found.ablations))}
    results = [described(connectivity, by) | {"trained": measured}]
    branch = ", ".join(found.network.branches)
    table = _group_table(found) if by == "group" else _block_table(found, branch)
    records = _group_records(found) if by == "group" else table.records
    keys = _GROUP if by == "group" else [column.key for column in table.columns]
    by_branch = f"; {branch}: its share through the {branch} branch" if branch else ""
    notes = [
        *legend(table, _MEANINGS, by_branch=by_branch),
        *_logits(found, branch),
        f"weights {weights.name}, over {images}",
        settings(found.network),
    ]
    records = [{"network": found.network.name, **record} for record in records]
    return Document(
        "connectivity", results, table, _headline(found), notes, records, version=2, keys=["network", *keys]
    )


def _headline(found: "Trained") -> str:
    """The answer to the paper's claim: how much comes from the connections that shuffles lose."""
    if not found.blocks:
        return f"{found.network.title}: no shuffle between group convolutions"
    lost = [block.strength.lost for block in found.blocks]
    channels = sum(block.lost_channels for block in found.blocks) / len(found.blocks)
    between = f"{percent(min(lost))} to {percent(max(lost))} of what a group depends on"
    return f"{found.network.title}: {between}\ncomes from the {percent(channels)} of channels that its shuffle loses"


def _logits(found: "Trained", branch: str) -> list[str]:
    """What becomes of the logits without what the branches do, where there are any."""
    altered = (
        "frozen, removed: change of the logits, as a share of their norm, where the "
        f"{branch} branch is held at its channels' means, or left out (gates of 1)"
    )
    changes = [
        f"all {each.name}: change {_number(each.change)}, {percent(each.same_top1)} of images keep their first class"
        for each in found.ablations
    ]
    return [altered, *changes] if changes else []


def _block_table(found: "Trained", branch: str) -> Table:
    """A row for each shuffle; what a block without gates, or without a branch, lacks is None."""
    rows = []
    for block in found.blocks:
        gates = asdict(block.gates) if block.gates else dict.fromkeys(("mean", "spread", "moving", "saturated"))
        changes = {ablation.name: ablation.change for ablation in block.alone}
        rows.append(
            {
                "block": block.name,
                "lost_channels": block.lost_channels,
                "lost_energy": block.strength.lost,
                "branch_energy": block.strength.branch if branch else None,
                **{f"gate_{key}": value for key, value in gates.items()},
                **{f"{name}_change": changes.get(name) for name in ("frozen", "removed")},
            }
        )
    shown = [
        text_column("block"),
        *columns(percent, lost_channels="lost", lost_energy="energy", branch_energy=branch),
        *columns(_number, gate_mean="gate", gate_spread="±"),
        *columns(percent, gate_moving="moving", gate_saturated="extreme"),
        *columns(_number, frozen_change="frozen", removed_change="removed"),
    ]
    return Table(shown, rows)


def _group_table(found: "Trained") -> Table:
    """The whole energy: a row for each group after a shuffle, a column for each before it."""
    energies = {block.name: block.strength.energy for block in found.blocks if len(block.strength.energy[0]) > 1}
    rows = [
        row
        for name, energy in energies.items()
        for row in headed(
            "block", name, [{"group": index} | dict(enumerate(each)) for index, each in enumerate(energy)]
        )
    ]
    groups = max((len(energy[0]) for energy in energies.values()), default=0)
    return Table([text_column("block"), Column("group", "group"), *by_index(map(str, range(groups)), percent)], rows)


def _group_records(found: "Trained") -> list[dict[str, Any]]:
    """Every two groups around a shuffle, unrounded."""
    return [
        dict(zip(_GROUP, (block.name, after, before, energy, linear), strict=True))
        for block in found.blocks
        for after, rows in enumerate(zip(block.strength.energy, block.strength.linear, strict=True))
        for before, (energy, linear) in enumerate(zip(*rows, strict=True))
    ]
