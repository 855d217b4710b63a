"""The detectors of the MENet paper's Table VIII: how it splits its networks (arXiv 1803.09127, Section IV-B)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from menet_design.analysis.conventions import PAPER, Convention
from menet_design.analysis.detector import Detection, FasterRCNN, detect
from menet_design.errors import DesignError
from menet_design.graph.network import Network


class Split(NamedTuple):
    """The stage that is the R-CNN subnet of a family's networks, and what the paper says otherwise."""

    subnet: str
    remark: str = ""


SPLITS: Mapping[str, Split] = {
    "menet": Split("stage4"),
    "shufflenet": Split("stage4"),
    "mobilenet": Split(
        "stage5",
        "the paper says 28 layers for the base and 4 for the subnet, more than there are; the last 4 convolutions are "
        "taken for the subnet, all before them for the base",
    ),
}


def detect_as_printed(
    network: Network, detector: FasterRCNN | None = None, convention: Convention = PAPER
) -> Detection:
    """Count the detector of Table VIII on a network; DesignError where the paper splits no such network."""
    split = SPLITS.get(network.source)
    if split is None:
        raise DesignError(f"the paper has no detector on {network.name}", "It has them on MENet, ShuffleNet, MobileNet")
    return replace(detect(network, split.subnet, detector, convention), remark=split.remark)
