"""Results of the library as the documents of their commands, by type."""

from collections.abc import Callable, Mapping
from typing import Any

from menet_design.papers.binarized import PrintedSize
from menet_design.report import (
    budgets,
    connectivity,
    costs,
    detectors,
    differences,
    explanations,
    proofs,
    reconciliation,
    sizes,
)
from menet_design.report.export import render
from menet_design.report.tables import Document

_DOCUMENTS: Mapping[str, Callable[[Any], Document]] = {
    "Agreement": lambda found: proofs.verify([found]),
    "Connectivity": lambda found: connectivity.connectivity([found]),
    "Cost": lambda found: costs.flops([found]),
    "Detection": lambda found: detectors.detectors([found]),
    "Difference": differences.diff,
    "ExplainedTable": explanations.table,
    "Explanation": explanations.explain,
    "Probe": lambda found: Document("connectivity", (), headline=connectivity.verdict(found)),
    "Reconciliation": lambda found: reconciliation.reconcile([found]),
    "Solution": lambda found: budgets.budget([budgets.Choice(found)]),
    "StoredSize": lambda found: sizes.size([[PrintedSize(found, None)]]),
}


def text(result: Any) -> str:
    """What a result's command prints of it, without the hints."""
    return render(_DOCUMENTS[type(result).__name__](result), "table").rstrip("\n")
